"""A chat completion as it was asked for, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.chat import Manner
from secondme.serve.body import Fields, as_text
from secondme.serve.refusals import Refusal, bad

REMEMBERING, BARE = "secondme", "secondme/raw"
MODELS = (REMEMBERING, BARE)
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    # Templates know no others; what a tool says is given to the model by the caller.
    "tool": "user",
    "function": "user",
}
_MOST_MESSAGES = 1_000
_MOST_TOKENS = 1_000_000
_GIST = 1_000
"""Characters at either end of a long message that are searched with: people put what they want to
know before or after what they paste."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller wants, in our own terms."""

    model: str
    messages: tuple[dict[str, str], ...]
    manner: Manner
    """With `max_tokens` 0 where the caller set no bound."""
    stream: bool
    usage: bool
    """With `stream`: a last chunk that tells the usage."""
    remembers: bool
    question: str
    """The last thing the user said."""
    before: str
    """What the user said before that, or nothing: "and when was that?" means nothing alone."""


def asked(body: Fields) -> Asked:
    """Raises a refusal that names the field at fault."""
    model = known_model(body)
    messages = _messages(body.raw("messages"))
    said = [m["content"] for m, role in messages if role == "user" and m["content"].strip()]
    options = body.part("stream_options")
    if body.whole("n", 1, 1_000) not in (None, 1):
        raise bad("`n` must be 1.", "n", "unsupported_value")
    return Asked(
        model=model,
        messages=tuple(m for m, _ in messages),
        manner=_manner(body),
        stream=body.flag("stream", False),
        usage=options.flag("include_usage", False),
        remembers=model == REMEMBERING and body.part("secondme").flag("memory", True),
        question=_gist(said[-1]) if said else "",
        before=_gist(said[-2]) if len(said) > 1 else "",
    )


def _gist(text: str) -> str:
    return text if len(text) <= 2 * _GIST else f"{text[:_GIST]} {text[-_GIST:]}"


def known_model(body: Fields) -> str:
    """The model that was named. Raises 404 as OpenAI does for another."""
    model = body.text("model")
    if model is None:
        raise bad("`model` is missing.", "model")
    if model not in MODELS:
        raise Refusal(
            404, "There are the models secondme and secondme/raw.", "model_not_found", param="model"
        )
    return model


def _manner(body: Fields) -> Manner:
    most = body.whole("max_completion_tokens", 1, _MOST_TOKENS)
    if most is None:
        most = body.whole("max_tokens", 1, _MOST_TOKENS)
    top_p = body.number("top_p", 0, 1)
    return Manner(
        max_tokens=most or 0,
        stop=tuple(s for s in body.texts("stop", 4) if s),
        temperature=body.number("temperature", 0, 2) or 0.0,
        top_p=1.0 if top_p is None else top_p,
        seed=(body.whole("seed", -(2**63), 2**63 - 1) or 0) % 2**32,
    )


def _messages(value: Any) -> list[tuple[dict[str, str], str]]:
    """Each message as templates want it, with the role it was given."""
    if not isinstance(value, list) or not value:
        raise bad("`messages` must be a list with at least one message.", "messages")
    if len(value) > _MOST_MESSAGES:
        raise bad(f"`messages` may have {_MOST_MESSAGES} items.", "messages")
    return [_message(one, f"messages[{i}]") for i, one in enumerate(value)]


def _message(value: Any, at: str) -> tuple[dict[str, str], str]:
    if not isinstance(value, dict):
        raise bad(f"`{at}` must be an object.", at)
    role = value.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise bad(f"`{at}.role` must be one of {', '.join(_ROLES)}.", f"{at}.role")
    return {"role": _ROLES[role], "content": _content(value.get("content"), f"{at}.content")}, role


def _content(value: Any, at: str) -> str:
    """A message's text, also when it comes in parts; a call of a tool comes without any."""
    if value is None:
        return ""
    if not isinstance(value, list):
        return as_text(value, at)
    texts = []
    for part in value:
        if not isinstance(part, dict) or part.get("type") not in ("text", "refusal"):
            raise bad(f"`{at}` may hold text only.", at, "unsupported_content")
        texts.append(as_text(part.get(part["type"]), at))
    return "\n".join(texts)
