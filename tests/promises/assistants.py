"""Gemini and AI Studio, and the logs of agents at the command line."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import Sample

_STUDIO = "gemini/Sinity__polylogue/tests/data/gemini_chunked_prompt/"
_CLAUDE_CODE = "coding_agents/daaain__claude-code-log/test/test_data/"
_CODEX = "coding_agents/Sinity__polylogue/tests/data/codex_event_stream/"
_CCUSAGE = "coding_agents/ryoppippi__ccusage/apps/ccusage/test/"
_THOUGHTS = "thoughts, code that was run and its output are chunks too, and nobody's words"
_LINES = (
    "what was typed and answered: the other lines are calls of tools and what came of them,"
    " notices and counts"
)
_SILENT = "nobody says anything in it: its lines are counts and calls of tools"


def chunks(sample: Sample) -> Counter[str]:
    found = re.match(r"(\d+) chunks", sample.expected)
    return +Counter(message=int(found[1]) if found else 0)


def lines(sample: Sample) -> Counter[str] | None:
    """It counts lines, of which few are said by anybody."""
    return None


FORMATS = {"gemini": chunks, "coding_agents": lines}
OTHERWISE = {
    _STUDIO + "code_execution_prompt.json": (Counter(message=2), _THOUGHTS),
    _STUDIO + "code_execution_session.json": (Counter(message=3), _THOUGHTS),
    _CLAUDE_CODE + "edge_cases.jsonl": (Counter(message=5), _LINES),
    _CLAUDE_CODE + "representative_messages.jsonl": (Counter(message=7), _LINES),
    _CODEX + "interleaved_stream.jsonl": (Counter(message=4), _LINES),
    _CODEX + "text_only_stream.jsonl": (Counter(message=2), _LINES),
    _CODEX + "tool_call_stream.jsonl": (Counter(message=2), _LINES),
    _CODEX + "functions_exec_multiple.jsonl": (Counter(), _SILENT),
    _CCUSAGE + "test-transcript.jsonl": (Counter(), _SILENT),
    _CCUSAGE + "fixtures/codex/sessions/project-alpha/session-alpha.jsonl": (Counter(), _SILENT),
}
