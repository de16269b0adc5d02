"""Writes the built-in life: from the hand-written scripts to the files that real apps export.

    python packaging/make_life.py            write secondme/life/exports and gold.json
    python packaging/make_life.py --to DIR   write them somewhere else

Nothing here is random and nothing asks the clock: equal scripts give equal bytes, on any machine
and any Python. The scripts lie in `life_script/`, one a source; `life_scenes.py` reads them.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from life_gold import gold
from life_scenes import Letter, Line, chat, files, letters, local, talks

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE / "life_script"
MARISOL = 700_300_400
TILDA = 700_100_200
IMAGES = {"android": "<Media omitted>", "ios": "\u200eimage omitted"}
VOICES = {"android": "<Media omitted>", "ios": "\u200eaudio omitted"}
NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"


class Piece(NamedTuple):
    """Where a stretch of text lies, in the importers' words: gold finds its references here."""

    source: str
    conversation: str
    text: str


class Made(NamedTuple):
    """One export file and the pieces of text in it."""

    name: str
    data: bytes
    pieces: list[Piece]


def script(name: str) -> str:
    return (SCRIPTS / f"{name}.txt").read_text("utf-8")


def make() -> dict[str, bytes]:
    """Every file of the built-in life by its path below `secondme/life`."""
    made = list(everything())
    result = {f"exports/{one.name}": one.data for one in made}
    if len(result) != len(made):
        raise ValueError("two exports have the same name")
    pieces = [piece for one in made for piece in one.pieces]
    result["gold.json"] = as_json(gold(script("gold"), pieces))
    return result


def everything() -> Iterator[Made]:
    yield android("Thursday Kettle", chat(script("kettle")))
    yield android("Joost", chat(script("joost")))
    yield ios("Hattie", chat(script("hattie")))
    yield telegram(chat(script("marisol")))
    yield chatgpt(script("chatgpt"))
    yield claude(script("claude"))
    yield from mail(letters(script("mail")))
    yield from notes(script("notes"))
    yield tidebook(script("tidebook"))


def as_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def shown(line: Line, app: str) -> str:
    """The text as the app writes it, media placeholders included."""
    return {"[image]": IMAGES[app], "[voice]": VOICES[app]}.get(line.text, line.text)


def android(name: str, lines: Iterable[Line]) -> Made:
    rows, pieces = [], []
    for line in lines:
        text = shown(line, "android")
        author = f"{line.author}: " if line.author else ""
        rows.append(f"{line.at:%d/%m/%Y, %H:%M} - {author}{text}\n")
        pieces.append(Piece("whatsapp", name, text))
    return Made(f"WhatsApp Chat with {name}.txt", "".join(rows).encode(), pieces)


def ios(name: str, lines: Iterable[Line]) -> Made:
    """The phone writes CRLF, and attributes its notices to the contact."""
    rows, pieces = [], []
    for line in lines:
        text = shown(line, "ios")
        author = line.author or name
        mark = "" if line.author else "\u200e"
        body = text.replace("\n", "\r\n")
        rows.append(f"[{line.at:%d/%m/%Y, %H:%M:%S}] {author}: {mark}{body}\r\n")
        pieces.append(Piece("whatsapp", name, text))
    data = zipped("_chat.txt", "".join(rows).encode())
    return Made(f"WhatsApp Chat - {name}.zip", data, pieces)


def zipped(name: str, data: bytes) -> bytes:
    """Stored, not deflated: zlib's bytes differ between versions."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo(name, (2025, 3, 30, 12, 0, 0))
        entry.create_system = 3
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, data)
    return buffer.getvalue()


def telegram(lines: Iterable[Line]) -> Made:
    """One chat, "machine-readable JSON", without its media."""
    messages, pieces = [], []
    for number, line in enumerate(lines, 4001):
        parts = [] if line.text == "[image]" else list(entities(line.text))
        messages.append(telegram_message(number, line, parts))
        if line.author:
            pieces.append(Piece("telegram", str(MARISOL), "".join(p["text"] for p in parts)))
    whole = {"name": "Marisol Etxeberria", "type": "personal_chat", "id": MARISOL}
    path = "telegram/ChatExport_2025-03-31/result.json"
    return Made(path, as_json(whole | {"messages": messages}), pieces)


def telegram_message(number: int, line: Line, parts: list[dict[str, str]]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": number,
        "type": "message",
        "date": f"{line.at:%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(int(line.at.timestamp())),
    }
    if not line.author:
        action, _, seconds = line.text.partition(" ")
        row |= {"type": "service", "actor": "Marisol Etxeberria", "actor_id": f"user{MARISOL}"}
        row |= {"action": action, "duration_seconds": int(seconds), "discard_reason": "hangup"}
        return row | {"text": "", "text_entities": []}
    sender = TILDA if line.author == "Tilda Marrow" else MARISOL
    row |= {"from": line.author, "from_id": f"user{sender}"}
    if line.reply:
        row["reply_to_message_id"] = number - 1
    if line.text == "[image]":
        row |= {"photo": NOT_INCLUDED, "width": 1280, "height": 960}
    rich = [p["text"] if p["type"] == "plain" else p for p in parts]
    texts = [p for p in rich if isinstance(p, str)]
    text = "".join(texts) if texts == rich else rich
    return row | {"text": text, "text_entities": parts}


def entities(text: str) -> Iterator[dict[str, str]]:
    """Splits `**bold**`, `*italic*` and links into Telegram's typed parts."""
    for part in re.split(r"(\*\*[^*]+\*\*|\*[^*]+\*|https://\S+)", text):
        if part.startswith("**"):
            yield {"type": "bold", "text": part[2:-2]}
        elif part.startswith("*"):
            yield {"type": "italic", "text": part[1:-1]}
        elif part.startswith("https://"):
            yield {"type": "link", "text": part}
        elif part:
            yield {"type": "plain", "text": part}


def uid(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, ("secondme-life", *parts)))))


def chatgpt(text: str) -> Made:
    conversations, pieces = [], []
    for title, lines in talks(text):
        key = uid("chatgpt", title)
        mapping, current = tree(key, lines)
        pieces += [Piece("chatgpt", key, line.text) for line in lines]
        conversations.append(
            {
                "title": title,
                "create_time": lines[0].at.timestamp(),
                "update_time": lines[-1].at.timestamp(),
                "mapping": mapping,
                "moderation_results": [],
                "current_node": current,
                "conversation_id": key,
                "id": key,
                "is_archived": False,
                "default_model_slug": "auto",
            }
        )
    return Made("chatgpt/conversations.json", as_json(conversations), pieces)


def tree(key: str, lines: list[Line]) -> tuple[dict[str, Any], str]:
    """The nodes by id, and the last one on the visible path.

    As in the app: an empty root, a hidden system node, and answers that were set aside hang beside
    the one that was kept.
    """
    parent = uid(key, "root")
    mapping = {parent: node(parent, None, None)}
    for number, line in enumerate([Line(lines[0].at, "system", ""), *lines]):
        name, aside = uid(key, number), line.author == "alternate"
        above = mapping[parent]["parent"] if aside else parent
        mapping[name] = node(name, above, gpt_message(name, line))
        mapping[above]["children"].append(name)
        parent = parent if aside else name
    return mapping, parent


def node(name: str, parent: str | None, message: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": name, "message": message, "parent": parent, "children": []}


def gpt_message(name: str, line: Line) -> dict[str, Any]:
    role = {"u": "user", "system": "system"}.get(line.author, "assistant")
    hidden = role == "system"
    return {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": line.at.timestamp(),
        "update_time": None,
        "content": {"content_type": "text", "parts": [line.text]},
        "status": "finished_successfully",
        "end_turn": role != "user",
        "weight": 0.0 if hidden else 1.0,
        "metadata": {"is_visually_hidden_from_conversation": True} if hidden else {},
        "recipient": "all",
        "channel": None,
    }


def claude(text: str) -> Made:
    conversations, pieces = [], []
    for title, lines in talks(text):
        key = uid("claude", title)
        conversations.append(
            {
                "uuid": key,
                "name": title,
                "summary": "",
                "created_at": stamp(lines[0].at),
                "updated_at": stamp(lines[-1].at),
                "account": {"uuid": uid("account")},
                "chat_messages": [claude_message(key, n, x) for n, x in enumerate(lines)],
            }
        )
        pieces += [Piece("claude", key, line.text) for line in lines]
    return Made("claude/conversations.json", as_json(conversations), pieces)


def claude_message(key: str, number: int, line: Line) -> dict[str, Any]:
    at = stamp(line.at)
    block = {"start_timestamp": at, "stop_timestamp": at, "type": "text", "text": line.text}
    return {
        "uuid": uid(key, number),
        "text": line.text,
        "content": [block | {"citations": []}],
        "sender": "human" if line.author == "u" else "assistant",
        "created_at": at,
        "updated_at": at,
        "attachments": [],
        "files": [],
    }


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000000Z"


def mail(found: list[Letter]) -> Iterator[Made]:
    """One mbox as web mail hands it out, and the few letters kept as single files."""
    inbox, pieces = [], []
    for letter in found:
        text = rfc822(letter)
        piece = Piece("mail", letter.thread, letter.body)
        if letter.file != "inbox":
            yield Made(f"mail/{letter.file}", text.replace("\n", "\r\n").encode(), [piece])
            continue
        safe = "\n".join(f">{x}" if x.startswith("From ") else x for x in text.split("\n"))
        envelope = f"{letter.at.astimezone(UTC):%a %b %d %H:%M:%S +0000 %Y}"
        inbox.append(f"From {letter.key}@xxx {envelope}\n{safe}\n")
        pieces.append(piece)
    yield Made("mail/All mail.mbox", "".join(inbox).encode(), pieces)


def rfc822(letter: Letter) -> str:
    head = {
        "X-Gmail-Labels": "Sent" if letter.mine else "Inbox",
        "MIME-Version": "1.0",
        "Date": f"{letter.at:%a, %d %b %Y %H:%M:%S %z}",
        "Message-ID": f"<{letter.key}@example.org>",
    }
    if letter.references:
        head["In-Reply-To"] = f"<{letter.references[-1]}@example.org>"
        head["References"] = " ".join(f"<{key}@example.org>" for key in letter.references)
    head |= {name: encoded(value) for name, value in letter.headers.items()}
    plain = 'Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: 8bit\n\n'
    top = "".join(f"{name}: {value}\n" for name, value in head.items())
    if not letter.attachments:
        return f"{top}{plain}{letter.body}\n"
    edge = f"=_{letter.key}"
    content = base64.b64encode(b"%PDF-1.4 left out").decode()
    parts = [f"--{edge}\n{plain}{letter.body}\n"]
    parts += [
        f'--{edge}\nContent-Type: application/pdf; name="{name}"\n'
        f'Content-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{content}\n"
        for name in letter.attachments
    ]
    kind = f'Content-Type: multipart/mixed; boundary="{edge}"\n\n'
    return f"{top}{kind}{''.join(parts)}--{edge}--\n"


def encoded(value: str) -> str:
    """RFC 2047 for the part before an address; addresses are plain."""
    if value.isascii():
        return value
    return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def notes(text: str) -> Iterator[Made]:
    for name, body in files(text):
        source = "markdown" if name.endswith(".md") else "text"
        yield Made(name, body.encode(), [Piece(source, name.rpartition(".")[0], body)])


def tidebook(text: str) -> Made:
    """A swimming log, standing for every app without an importer of its own."""
    rows, pieces = [], []
    for number, line in enumerate(filter(None, text.split("\n")), 1):
        head, words, *mood = (part.strip() for part in line.split("|"))
        day, time, conversation = head.split()
        row = {
            "id": f"tb-{number:04d}",
            "conversation": conversation,
            "author": "Tilda Marrow",
            "at": f"{local(f'{day} {time}').astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "text": words,
            "reply_to": None,
            "me": True,
        }
        rows.append(json.dumps(row | ({"mood": mood[0]} if mood else {}), ensure_ascii=False))
        pieces.append(Piece("secondme-jsonl", conversation, words))
    return Made("tidebook.jsonl", ("\n".join(rows) + "\n").encode(), pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--to", type=Path, default=HERE.parent / "secondme" / "life")
    target = parser.parse_args().to
    for name, data in make().items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
