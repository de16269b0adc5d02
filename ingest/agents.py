"""What programs put into a talk in the owner's name: context, notices, the output of commands.

Agents that work at a command line have no other channel to tell the model anything, so that in
their logs half of what a `user` says was said by nobody.
"""

from __future__ import annotations

import re

_ELEMENT = re.compile(r"<([a-z][a-z_-]*)(?:\s[^<>]*)?>")
_NOTES = frozenset(
    "system-reminder ide_opened_file ide_selection ide_diagnostics new-diagnostics"
    " task-notification command-message command-name command-args command-contents"
    " local-command-stdout"
    " local-command-stderr local-command-caveat bash-input bash-stdout bash-stderr"
    " post-tool-use-hook user-prompt-submit-hook session-start-hook teammate-message"
    " environment_context user_instructions permissions turn_aborted user_shell_command"
    " subagent_notification collaboration_mode personality_spec skill image app-context"
    " environment_details session_context model_switch user_action".split()
)
"""Elements that stand for themselves in a message; their words are the program's."""
_OPENINGS = (
    "Caveat: The messages below were generated",
    "[Request interrupted by user",
    "This session is being continued from a previous conversation",
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "This is the Gemini CLI. We are setting up",
    "[SYSTEM NOTIFICATION",
)
_WARMUP = "Warmup"
"""What Claude Code sends to an agent that has nothing to do yet."""
_REQUEST = re.compile(r"^## My request for [A-Za-z ]+:[ \t]*\n", re.MULTILINE)
_REFERENCED = "\n--- Content from referenced files ---"


def own_words(text: str) -> str:
    """What of a `user` message was typed; empty for what was not. Linear in its length."""
    request = _REQUEST.search(text)
    if request:
        text = text[request.end() :]
    text = text.partition(_REFERENCED)[0]
    if "<" in text:
        text = _without_notes(text)
    text = text.strip()
    return "" if text == _WARMUP or text.startswith(_OPENINGS) else text


def _without_notes(text: str) -> str:
    pieces: list[str] = []
    at = 0
    unclosed: set[str] = set()
    for element in _ELEMENT.finditer(text):
        name = element[1]
        if element.start() < at or name not in _NOTES or name in unclosed:
            continue
        closing = f"</{name}>"
        end = text.find(closing, element.end())
        if end < 0:
            unclosed.add(name)
            continue
        pieces.append(text[at : element.start()])
        at = end + len(closing)
    return "".join(pieces) + text[at:]


__all__ = ["own_words"]
