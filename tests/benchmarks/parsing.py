"""How fast exports are parsed, on one core, beside the parsers that others wrote; how much memory
the largest take.

    python -m tests.benchmarks.parsing            three sources, our parsers alone
    python -m tests.benchmarks.parsing --peers    the same files, read by others too
    python -m tests.benchmarks.parsing --large    1 GB of Telegram and 2 GB of mail, memory used

Peers live in an environment of their own, `.peers`, so that none of their licences enters ours.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.bars import line
from tests.benchmarks.chat import FROM, chat, vocabulary
from tests.benchmarks.speed import Figures

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".peers"
PINNED = ("whatstk==0.9.1", "chat-miner==0.6.0")
FILES = {
    "WhatsApp": "WhatsApp Chat with Bench.txt",
    "Telegram JSON": "result.json",
    "mbox": "bench.mbox",
}
_OURS = """
import json, resource, sys, time
import secondme
from pathlib import Path
from ingest import Export, Options, detect
from secondme.record import Record
(member,) = Export(Path(sys.argv[1])).members
importer = detect(member)
began, found = time.process_time(), 0
for item in importer.read(member, Options(zone="Europe/Berlin")):
    found += isinstance(item, Record)
spent = time.process_time() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"found": found, "seconds": spent, "MB": peak}))
"""
_TIMED = """
import json, sys, time
path = sys.argv[1]
{prepare}
began = time.process_time()
found = {read}
print(json.dumps({{"found": found, "seconds": time.process_time() - began}}))
"""
_MINER = "from chatminer.chatparsers import {0} as Parser"
_MINED = "(lambda p: (p.parse_file(), len(p.parsed_messages.get_df()))[1])(Parser(path))"
_MAILBOX = (
    "sum(1 for m in mailbox.mbox(path, factory=lambda f: message_from_binary_file(f,"
    " policy=policy.default)) if (m.get_body(('plain', 'html')).get_content(), m['date'].datetime))"
)
OTHERS = {
    "whatstk": ("WhatsApp", "from whatstk import df_from_whatsapp", "len(df_from_whatsapp(path))"),
    "chat-miner, WhatsApp": ("WhatsApp", _MINER.format("WhatsAppParser"), _MINED),
    "chat-miner, Telegram": ("Telegram JSON", _MINER.format("TelegramJsonParser"), _MINED),
    "stdlib mailbox and email": (
        "mbox",
        "import mailbox\nfrom email import message_from_binary_file, policy",
        _MAILBOX,
    ),
}


def telegram(messages: int) -> Iterator[str]:
    """A chat of two, as Telegram Desktop writes it; about 300 bytes a message."""
    yield '{\n "name": "Bench",\n "type": "personal_chat",\n "id": 4242,\n "messages": [\n'
    for number, (at, author, text) in enumerate(_said(messages), 1):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at))
        message = {
            "id": number, "type": "message", "date": stamp, "date_unixtime": str(at),
            "from": f"P{author}", "from_id": f"user{author + 4242}", "text": text,
            "text_entities": [{"type": "plain", "text": text}],
        }  # fmt: skip
        yield f"  {json.dumps(message)}{',' if number < messages else ''}\n"
    yield " ]\n}\n"


def mbox(mails: int) -> Iterator[str]:
    """Mails of one to two kilobytes with the headers that a provider's export has."""
    for number, (at, author, text) in enumerate(_said(mails), 1):
        stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(at))
        yield (
            f"From {number}@xxx {time.strftime('%a %b %d %H:%M:%S +0000 %Y', time.gmtime(at))}\n"
            f"X-GM-THRID: {number // 3}\nX-Gmail-Labels: Inbox,Opened\n"
            f"Received: by 10.0.0.1 with SMTP id x{number}; {stamp}\n"
            f"Received: from mail.example.org (mail.example.org [10.0.0.2])\n"
            f"        by mx.example.com with ESMTPS id y{number}; {stamp}\n"
            f"Message-ID: <{number}@example.org>\nIn-Reply-To: <{number - 1}@example.org>\n"
            f"References: <{number - 2}@example.org> <{number - 1}@example.org>\n"
            f"From: P{author} <p{author}@example.org>\nTo: Ada <ada@example.com>\n"
            f"Subject: {text[:40]}\nDate: {stamp}\nMIME-Version: 1.0\n"
            'Content-Type: text/plain; charset="UTF-8"\nContent-Transfer-Encoding: 8bit\n\n'
            + "\n\n".join([text] * 6)
            + "\n\n"
        )


def _said(count: int) -> Iterator[tuple[int, int, str]]:
    rng, words, at = random.Random(5), vocabulary(), FROM
    for _ in range(count):
        at += rng.randrange(5, 900)
        text = " ".join(words[int(len(words) * rng.random() ** 3)] for _ in range(20))
        yield at, rng.randrange(2), text


WRITTEN: dict[str, Callable[[int], Iterator[str]]] = {
    "WhatsApp": chat,
    "Telegram JSON": telegram,
    "mbox": mbox,
}


def parsed(room: Path, *, messages: int, runs: int = 3) -> Figures:
    """Records per CPU second of each source, the median of some runs, beside what it must be."""
    found: Figures = {}
    for source, path, count in _files(room, messages):
        rates = sorted(_rate(sys.executable, _OURS, path, count) for _ in range(runs))
        found[f"parse {source}, records/CPU s"] = round(rates[runs // 2])
    return found


def beside_peers(room: Path, *, messages: int) -> Figures:
    """The same files read by others; how many of the records they found, where not all."""
    found = parsed(room, messages=messages)
    files = {source: (path, count) for source, path, count in _files(room, messages)}
    python = _environment()
    for name, (source, prepare, read) in OTHERS.items():
        path, count = files[source]
        script = _TIMED.format(prepare=prepare, read=read)
        told = _run(python, script, path)
        found[f"parse with {name}, records/CPU s"] = round(told["found"] / told["seconds"])
        if told["found"] != count:
            found[f"found by {name}"] = f"{told['found']:,} of {count:,}"
    return found


def large(room: Path) -> Figures:
    """Memory while a gigabyte of Telegram and two of mail are parsed, in MB."""
    found: Figures = {}
    for source, size in (("Telegram JSON", 1), ("mbox", 2)):
        path = room / FILES[source]
        count = _fill(path, source, size * 1024**3)
        told = _run(sys.executable, _OURS, path)
        assert told["found"] == count, (source, told["found"], count)
        found[f"parse {source} of {size} GB: RSS, MB"] = round(told["MB"])
        found[f"parse {source} of {size} GB: CPU s"] = round(told["seconds"])
        path.unlink()
    return found


def _fill(path: Path, source: str, size: int) -> int:
    """As many different records as make about the size."""
    sample = sum(map(len, WRITTEN[source](5_000))) / 5_000
    count = round(size / sample)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(WRITTEN[source](count))
    return count


def _files(room: Path, messages: int) -> Iterator[tuple[str, Path, int]]:
    for source, name in FILES.items():
        count = messages // 10 if source == "mbox" else messages
        path = room / name
        if not path.exists():
            path.write_text("".join(WRITTEN[source](count)), encoding="utf-8")
        yield source, path, count


def _rate(python: str, script: str, path: Path, count: int) -> float:
    told = _run(python, script, path)
    assert told["found"] == count, f"{path.name}: {told['found']} of {count}"
    return count / told["seconds"]


def _run(python: str | Path, script: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [str(python), "-c", script, str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _environment() -> Path:
    """The peers' own Python, made once."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        uv = ROOT / ".uv" / "bin" / "uv"
        tool = str(uv) if uv.exists() else "uv"
        subprocess.run([tool, "venv", "-q", "--python", sys.executable, str(PEERS)], check=True)
        subprocess.run([tool, "pip", "install", "-q", "--python", str(python), *PINNED], check=True)
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--large", action="store_true")
    arguments = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as folder:
        room = Path(folder)
        if arguments.large:
            figures = large(room)
        elif arguments.peers:
            figures = beside_peers(room, messages=arguments.messages)
        else:
            figures = parsed(room, messages=arguments.messages)
    print("\n".join(line(*figure) for figure in figures.items()))


if __name__ == "__main__":
    main()
