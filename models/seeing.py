"""The words in pictures, by PP-OCRv4 as the extra `ocr` brings it: screenshots, letters, signs.

Nothing is fetched, and the same picture gives the same words.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any, Final

from secondme.errors import Missing

INSTALL: Final = "pip install 'secondme[ocr]'"
_LARGEST: Final = 64 * 1024 * 1024
_WIDEST: Final = 3000
"""Pixels: more make reading slower and no better."""
_MOST_PIXELS: Final = 120_000_000
_SURE: Final = 0.6
_SAME_LINE: Final = 0.6
"""Pieces whose middles are closer than this part of their height stand in one line."""


def reader() -> Callable[[bytes], str]:
    """What reads a picture: its lines from top to bottom, empty for none. Takes seconds to make.

    Raises `Missing` without the extra.
    """
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as error:
        raise Missing("Pictures cannot be read without the extra `ocr`.", INSTALL) from error
    engine = RapidOCR()

    def read(data: bytes) -> str:
        pixels = _pixels(data)
        if pixels is None:
            return ""
        found, _ = engine(pixels)
        return _lines([(box, text) for box, text, sure in found or () if float(sure) >= _SURE])

    return read


def _pixels(data: bytes) -> Any:
    """None for what is no picture, or one of absurd size."""
    import numpy as np
    from PIL import Image, ImageOps

    if len(data) > _LARGEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                if image.width * image.height > _MOST_PIXELS:
                    return None
                image.draft("RGB", (_WIDEST, _WIDEST))
                upright = ImageOps.exif_transpose(image).convert("RGB")
                upright.thumbnail((_WIDEST, _WIDEST))
                return np.asarray(upright)[:, :, ::-1].copy()
        except Exception:  # damage shows as errors of many kinds that have no common parent
            return None


def _lines(found: list[tuple[Any, str]]) -> str:
    """The pieces in the order in which people read them."""
    pieces = []
    for box, text in found:
        tops = [float(point[1]) for point in box]
        pieces.append((min(tops), max(tops) - min(tops), min(float(p[0]) for p in box), text))
    pieces.sort()
    lines: list[list[tuple[float, str]]] = []
    top = height = 0.0
    for start, tall, left, text in pieces:
        if lines and start - top < height * _SAME_LINE:
            lines[-1].append((left, text))
        else:
            lines.append([(left, text)])
            top, height = start, tall
    return "\n".join(" ".join(text for _, text in sorted(line)) for line in lines)


__all__ = ["INSTALL", "reader"]
