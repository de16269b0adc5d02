"""Whose download from Facebook or Instagram it is, and of which of the two.

`profile_information.json` and `personal_information.json` say so, in whatever part of a big
download they lie. Where they are missing, a talk of two is named after the other one, and only the
owner is in all talks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath, PurePosixPath
from typing import Any
from weakref import WeakKeyDictionary

from ingest.export import Export, Member
from ingest.mojibake import mended
from ingest.values import entries_in
from secondme.errors import UnreadableExport

_PROFILE = re.compile(r"(?:profile_information|personal_information)\.json", re.IGNORECASE)
_THREAD = re.compile(r"(?:message(?:_\d+)?|.+_\d+)\.json", re.IGNORECASE)
_PAGE_OF_TALK = re.compile(r"message(?:_\d+)?\.(?:json|html?)", re.IGNORECASE)
_PEOPLE = re.compile(r'"participants"\s*:\s*\[')
_LARGEST = 8 * 1024 * 1024
_ENOUGH = 60
"""So many talks are looked at for the one person who is in all of them."""
_decode = json.JSONDecoder(strict=False).raw_decode
_owners: WeakKeyDictionary[Export, tuple[frozenset[str], str]] = WeakKeyDictionary()


def owner_names(export: Export) -> frozenset[str]:
    """The names that the profile in this download, or in one imported with it, gives its owner."""
    return _owner(export)[0]


def in_all_talks(export: Export) -> str:
    """The one name that is in every talk, of two or more; empty where that is not one."""
    return _owner(export)[1]


def _owner(export: Export) -> tuple[frozenset[str], str]:
    if export not in _owners:
        everything = [m for e in (export, *export.others) for m in e.everything]
        names = frozenset(name for m in everything for name in _profile_names(m))
        _owners[export] = (names, "" if names else _common(everything))
    return _owners[export]


def app_of(member: Member) -> str:
    """`instagram` or `messenger`, by the folders around it, the nearest first."""
    inside, outside = PurePosixPath(member.name).parts, PurePath(member.path).parts
    parts = (*reversed(inside), member.export.name, *reversed(outside))
    for part in parts[_own_names(inside[-1]) :]:
        low = part.lower()
        if "instagram" in low:
            return "instagram"
        if "facebook" in low or "messenger" in low or "e2ee" in low:
            return "messenger"
    return "instagram" if "instagram_activity" in member.start else "messenger"


def _own_names(file: str) -> int:
    """How many names of a path are a talk's own: one can be called after the other app."""
    if _PAGE_OF_TALK.fullmatch(file):
        return 2
    return 1 if _THREAD.fullmatch(file) else 0


def people(start: str) -> tuple[str, ...]:
    """The participants that the beginning of a talk names."""
    found = _PEOPLE.search(start)
    if not found:
        return ()
    try:
        listed = _decode(start, found.end() - 1)[0]
    except (ValueError, RecursionError):
        return ()
    return tuple(names(listed))


def names(listed: Any) -> Iterator[str]:
    """Of a list of participants, in either of its shapes."""
    for one in listed if isinstance(listed, list) else ():
        name = one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name:
            yield mended(name)


def _common(everything: Iterable[Member]) -> str:
    shared: set[str] | None = None
    looked = 0
    for member in everything:
        if not _THREAD.fullmatch(PurePosixPath(member.name).name):
            continue
        found = set(_people_of(member))
        if len(found) < 2:
            continue
        shared = found if shared is None else shared & found
        looked += 1
        if looked >= _ENOUGH or not shared:
            break
    return next(iter(shared)) if shared and len(shared) == 1 and looked > 1 else ""


def _people_of(member: Member) -> tuple[str, ...]:
    try:
        return people(member.start)
    except UnreadableExport:
        return ()  # reported when it is read


def _profile_names(member: Member) -> Iterator[str]:
    if not _PROFILE.fullmatch(PurePosixPath(member.name).name) or member.size > _LARGEST:
        return
    try:
        profile = mended(json.loads(member.read()))
    except (UnreadableExport, ValueError, RecursionError):
        return
    if isinstance(profile, dict):
        yield from _facebook_names(profile)
        yield from _instagram_names(profile)


def _facebook_names(profile: dict[str, Any]) -> Iterator[str]:
    about = profile.get("profile_v2") or profile.get("profile")
    about = about if isinstance(about, dict) else {}
    for one in (about.get("name"), *entries_in(about.get("previous_names"))):
        name = one.get("full_name") or one.get("name") if isinstance(one, dict) else one
        if isinstance(name, str) and name.strip():
            yield name.strip()


def _instagram_names(profile: dict[str, Any]) -> Iterator[str]:
    """Whatever is said about the owner: in their language, so that no key tells the name."""
    for one in entries_in(profile.get("profile_user")):
        said = one.get("string_map_data") if isinstance(one, dict) else None
        for entry in said.values() if isinstance(said, dict) else ():
            value = entry.get("value") if isinstance(entry, dict) else None
            if isinstance(value, str) and 0 < len(value.strip()) <= 100:
                yield value.strip()


__all__ = ["app_of", "in_all_talks", "names", "owner_names", "people"]
