"""What happens in a chat of Signal's that is no message: calls, groups, numbers and timers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ingest.signal_people import Directory
from ingest.values import fields, listed, scalar, whole

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BY = ("updaterAci", "removerAci", "inviterAci", "requestorAci", "declinedAci", "revokerAci")
_WHOM = (
    "memberAci", "removedAci", "aci", "newMemberAci", "inviteeServiceId", "inviteeAci",
    "newMemberServiceId",
)  # fmt: skip
_SAID = ("newGroupName", "newDescription", "newName", "previousName", "username", "previousE164")


def told(update: dict[str, Any], directory: Directory) -> str:
    """An `updateMessage` in words: the export has none, only the parts."""
    for kind, value in update.items():
        inside = fields(value)
        if kind == "simpleUpdate":
            return scalar(inside.get("type")).replace("_", " ").lower() or "update"
        if kind in ("individualCall", "groupCall"):
            return _called(kind, inside)
        if kind == "groupChange":
            changes = (change for each in listed(inside.get("updates")) for change in each.items())
            lines = [_changed(name, fields(change), directory) for name, change in changes]
            return "\n".join(lines) or "group change"
        if kind == "expirationTimerChange":
            seconds = (whole(inside.get("expiresInMs")) or 0) // 1000
            return f"disappearing messages: {seconds} s" if seconds else "disappearing messages off"
        if kind == "profileChange":
            names = [scalar(inside.get(key)) for key in ("previousName", "newName")]
            return f"profile change: {' → '.join(names)}"
        return _changed(kind, inside, directory)
    return "update"


def call(update: dict[str, Any]) -> dict[str, str]:
    """What is known about a call, empty for anything else."""
    for key in ("individualCall", "groupCall"):
        if inside := fields(update.get(key)):
            kept = {
                name: scalar(inside.get(name)).lower() for name in ("type", "direction", "state")
            }
            return {name: value for name, value in kept.items() if value}
    return {}


def _called(kind: str, value: dict[str, Any]) -> str:
    video = "VIDEO" in scalar(value.get("type"))
    what = "group call" if kind == "groupCall" else "video call" if video else "voice call"
    parts = [scalar(value.get(key)).replace("_", " ").lower() for key in ("direction", "state")]
    return ", ".join([what, *(part for part in parts if part)])


def _changed(name: str, change: dict[str, Any], directory: Directory) -> str:
    """`groupNameUpdate` as `group name: Boats, by Ada`."""
    what = _HUMP.sub(" ", name).lower().removesuffix(" update")
    parts = list(_parts(change, directory))
    return f"{what}: {', '.join(parts)}" if parts else what


def _parts(change: dict[str, Any], directory: Directory) -> Iterator[str]:
    for key in _SAID:
        if said := scalar(change.get(key)):
            yield said
    for key in _WHOM:
        if change.get(key):
            yield directory.named(change[key])
    for key in _BY:
        if change.get(key):
            yield f"by {directory.named(change[key])}"


__all__ = ["call", "told"]
