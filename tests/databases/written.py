"""Writes the databases under `golden/` anew: `python -m tests.databases.written`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.databases import Rows, browsers, contacts, imessage, llm_logs, notes, write

GOLDEN = Path(__file__).parents[1] / "golden"
MADE: dict[str, tuple[str, Callable[[], Rows]]] = {
    "imessage/chat.db": (imessage.CHAT_DB, imessage.mac),
    "imessage/ios6_sms.db": (imessage.PHONE_6, imessage.phone_6),
    "imessage/3d0d7e5fb2ce288813306e4d4636395e047a3d28": (imessage.PHONE_5, imessage.phone_5),
    "contacts/AddressBook-v22.abcddb": (contacts.MAC, contacts.mac),
    "contacts/AddressBook.sqlitedb": (contacts.PHONE, contacts.phone),
    "browser/History": (browsers.CHROME, browsers.chrome),
    "browser/places.sqlite": (browsers.FIREFOX, browsers.firefox),
    "browser/History.db": (browsers.SAFARI, browsers.safari),
    "llm/logs.db": (llm_logs.LOGS, llm_logs.logs),
    "apple-notes/NoteStore.sqlite": (notes.NOTE_STORE, notes.note_store),
    "apple-notes/notes.sqlite": (notes.EARLY, notes.early),
}


if __name__ == "__main__":
    for name, (schema, rows) in MADE.items():
        write(GOLDEN / name, schema, rows())
