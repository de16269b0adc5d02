"""Sources: one module per kind of export, each a pure parser behind a small registry.

An importer is a generator over one member (file) of an export. It yields `Record` for what it
understood, `Unread` for what it did not, `Question` for what only the owner can answer, `Dialect`
for what it took the member for, and raises `UnreadableExport` only when the whole member is beyond
reading. A member that belongs to a source but holds nothing anybody said (a list of members, an
index) is recognised and yields nothing. It never sorts, never looks at the clock, never opens a
socket, and never writes.

Other packages add importers by the entry point group `secondme.importers`: docs/importers.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from ingest.export import Export, Member
from ingest.resaved import in_utf8, unmarked
from secondme.record import Corrected, Dialect, Kept, Question, Record, Unread

Item = Record | Kept | Corrected | Unread | Question | Dialect


@dataclass(frozen=True, slots=True)
class Options:
    """What the owner said about the export: the import decisions that are part of the build."""

    me: tuple[str, ...] = ()
    """Names, addresses or ids under which the owner appears."""
    zone: str | None = None
    """IANA zone for sources that write local times; None means `local_zone`, marked guessed."""
    date_order: str | None = None
    """dmy | mdy | ymd for sources that leave it open."""
    local_zone: str = "UTC"
    """This machine's zone, passed in so that parsing needs no clock and no environment."""
    usual_order: str | None = None
    """The date order that was answered for another export of the source: the best guess."""
    redact_secrets: bool | None = None
    """Keys, tokens and card numbers are replaced before anything is written; None means as in
    earlier imports."""


Reader = Callable[[Member, Options], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Importer:
    name: str
    recognises: Callable[[Member], bool]
    """True when `member.head` (the first 64 KB) and its siblings show this format."""
    read: Reader


_registry: dict[tuple[str, str], Importer] = {}
"""By the module that registered it, and its name."""

# Asked in this order; the first that recognises a member reads it. The narrow formats come
# first, and anything that is merely text comes last.
_MODULES = (
    "own",
    "imessage",
    "browser",
    "llm_logs",
    "apple_notes",
    "sms",
    "photos",
    "recordings",
    "pdf",
    "webarchive",
    "office",
    "epub",
    "rtf",
    "signal_export",
    "matrix_page",
    "matrix",
    "whatsapp",
    "line",
    "kakaotalk",
    "wechat",
    "wechat_tables",
    "wechat_json",
    "irc",
    "imessage_text",
    "imessage_page",
    "telegram",
    "telegram_page",
    "signal",
    "sigtop",
    "discord",
    "discord_package",
    "discord_text",
    "discord_page",
    "slack",
    "chatgpt",
    "claude",
    "deepseek",
    "grok",
    "lechat",
    "perplexity",
    "gemini",
    "copilot",
    "claude_code",
    "codex",
    "gemini_cli",
    "vscode_chat",
    "cursor",
    "sillytavern",
    "aider",
    "sharegpt",
    "messenger",
    "instagram",
    "meta_pages",
    "facebook",
    "instagram_posts",
    "google_chat",
    "hangouts",
    "my_activity",
    "google_voice",
    "skype",
    "teams",
    "enex",
    "keep",
    "textbundle",
    "dayone",
    "simplenote",
    "standardnotes",
    "joplin",
    "notion",
    "roam",
    "logseq",
    "orgmode",
    "apple_journal",
    "onenote",
    "chatlog",
    "jsonl",
    "contacts",
    "calendars",
    "mail",
    "markdown",
    "bookmarks",
    "kindle",
    "linkedin",
    "reddit",
    "reading",
    "twitter",
    "vk",
    "page",
    "jrnl",
    "text",
)


def importer(name: str, *, recognises: Callable[[Member], bool]) -> Callable[[Reader], Reader]:
    """Register the decorated generator as the importer called `name`."""

    def register(read: Reader) -> Reader:
        _registry[read.__module__, name] = Importer(name, recognises, read)
        return read

    return register


_BROAD = frozenset({"markdown", "page", "text"})
"""They read what nobody else recognises."""


@cache
def importers() -> tuple[Importer, ...]:
    """Every importer, in the order in which they are asked."""
    for module in _MODULES:
        import_module(f"ingest.{module}")
    # By module and not by registration: a module that was imported early must not be asked first.
    asked = {f"ingest.{module}": rank for rank, module in enumerate(_MODULES)}
    own = [i for i in registered() if i.read.__module__ in asked]
    own.sort(key=lambda i: asked[i.read.__module__])
    from ingest import plugins

    broad = asked["ingest.markdown"]
    before = [i for i in own if asked[i.read.__module__] < broad]
    return (*before, *plugins.load({i.name for i in own}), *own[len(before) :])


def registered() -> tuple[Importer, ...]:
    """Every importer of a module that was imported so far, in no order that matters."""
    return tuple(_registry.values())


def detect(member: Member) -> Importer | None:
    """The first importer that recognises the member by its content, as it is or as it was before
    another program saved it.
    """
    found = _first(member)
    if found is not None and found.name not in _BROAD and not unmarked(member):
        return found
    clean = in_utf8(member)
    clean = unmarked(clean or member) or clean
    # WhatsApp itself puts marks in front of lines, and they mean something there.
    if clean is None or (found is not None and found.name == "whatsapp"):
        return found
    better = _first(clean)
    if better is None:
        return found
    return replace(better, read=lambda _, options: better.read(clean, options))


def _first(member: Member) -> Importer | None:
    return next((i for i in importers() if i.recognises(member)), None)


__all__ = [
    "Export",
    "Importer",
    "Item",
    "Member",
    "Options",
    "detect",
    "importer",
    "importers",
    "registered",
]
