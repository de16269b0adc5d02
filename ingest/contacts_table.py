"""Contacts as a table: the CSV of Google (both generations), Outlook, Thunderbird and Yahoo.

    Name,Given Name,…,E-mail 1 - Type,E-mail 1 - Value,…        Google until 2024
    First Name,…,Organization Name,…,E-mail 1 - Label,…         Google since then
    First Name,Last Name,E-mail Address,Mobile Phone,…          Outlook
    First Name,Last Name,Display Name,Primary Email,…           Thunderbird

Columns are known by their heading, in whatever order they stand.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from ingest.cards import Card, Labelled, day, joined_name
from ingest.decode import decode, fold_newlines
from ingest.export import Member
from secondme.errors import UnreadableExport
from secondme.record import Unread

_LARGEST = 24 * 1024 * 1024
_PARTS = {
    "prefix": {"name prefix", "title prefix"},
    "given": {
        "given name",
        "first name",
        "first",
        "vorname",
        "prénom",
        "nombre",
        "nome",
        "voornaam",
        "primeiro nome",
        "имя",
        "名",
    },
    "middle": {
        "additional name",
        "middle name",
        "middle",
        "weitere vornamen",
        "deuxième prénom",
        "segundo nombre",
        "secondo nome",
        "middelste naam",
        "отчество",
    },
    "family": {
        "family name",
        "last name",
        "last",
        "nachname",
        "nom",
        "apellidos",
        "apellido",
        "cognome",
        "achternaam",
        "sobrenome",
        "último nome",
        "apelido",
        "фамилия",
        "姓",
    },
    "suffix": {"name suffix", "suffix"},
}
_USUAL = frozenset(
    "company|nickname|job title|mobile phone|home phone|work phone|display name|firma|mobile"
    "|messenger id|notes|birthday|notizen|geburtstag|société|fonction|anniversaire"
    "|organización|puesto|cumpleaños|notas|società|posizione|compleanno|note|bedrijf|functie"
    "|verjaardag|notities|empresa|cargo|aniversário|observações|организация|должность".split("|")
)
_WHOLE = ("name", "display name", "anzeigename", "file as")
_MAILS = re.compile(
    r"(?:primary |secondary )?e-?mail(?: ?\d)?(?:[ -]?(?:addresse?|adresse|value))?"
    r"|e-mail \d - value|e-mail-adresse|primäre e-mail-adresse|sekundäre e-mail-adresse"
    r"|e-mail \d: adresse|adresse de messagerie(?: \d)?|adresse e-mail(?: \d)?"
    r"|(?:dirección|direccion) de correo(?: electrónico)?(?: \d)?|correo electrónico(?: \d)?"
    r"|indirizzo (?:di )?(?:posta elettronica|e-?mail)(?: \d)?|posta elettronica(?: \d)?"
    r"|e-?mailadres(?: \d)?|endereço de (?:e-?mail|correio eletr[oô]nico)(?: \d)?"
    r"|адрес эл\. почты(?: \d)?|адрес электронной почты(?: \d)?"
)
_NUMBERS = re.compile(
    r"(?=.{3,40}$)(?:.*\b)?(?:telefon|mobiltelefon|autotelefon|haupttelefon|téléphone|tél\."
    r"|teléfono|móvil|telefono|cellulare|telefoon|mobiele|mobiel|telefone|celular|telemóvel"
    r"|телефон)(?!\w).*"
)
"""Outlook names its columns in the language that it speaks; words around these say which one."""
_PHONES = re.compile(
    r"phone \d+ - value"
    r"|(?P<label>(?:[\w'/-]+ ){1,3})(?:phone|number|telephone)(?: \d)?"
    r"|(?P<bare>home|work|mobile|mobiltelefon|telefon \(privat\)|telefon geschäftlich|pager|fax)"
)
_NUMBERED = re.compile(
    r"(phone|e-mail|address|website|relation|event|im|custom field) (\d+) - (\w+)"
)
_PLACES = re.compile(
    r"(home|work|business|other)"
    r" (street|address|city|state|postal code|zipcode|zip|country/region|country)"
)
_WORK = (
    "organization 1 - name", "organization name", "company", "organization", "firma",
    "organization 1 - title", "organization title", "job title", "position",
    "organization 1 - department", "organization department", "department", "abteilung",
    "société", "fonction", "organización", "puesto", "società", "posizione", "bedrijf", "functie",
    "empresa", "cargo", "организация", "должность",
)  # fmt: skip
_BIRTHDAYS = frozenset(
    "birthday geburtstag anniversaire cumpleaños compleanno verjaardag aniversário".split()
)
_SEVERAL = " ::: "


def looks_like_table(start: str) -> bool:
    """By its headings: a name in two columns, and an address or a number."""
    first = start.lstrip("\ufeff").partition("\n")[0][:20_000]
    named = {cell.strip('" \r').casefold() for cell in re.split(r"[,;\t]", first)}
    if len(named) < 4:
        return False
    both = named & _PARTS["given"] and named & _PARTS["family"]
    reached = any(pattern.fullmatch(c) for c in named for pattern in (_MAILS, _PHONES, _NUMBERS))
    sure = named & {"e-mail 1 - value", "phone 1 - value"}
    known = named & _USUAL
    return bool(both and reached and (sure or len(known) >= 2))


def table(member: Member) -> Iterator[Card | Unread]:
    """The people, row by row. Raises `UnreadableExport` for a table of absurd size."""
    if member.size > _LARGEST:
        raise UnreadableExport(f"{member.name} is too large.", "Export the contacts as vCard.")
    text = fold_newlines(decode(member.read()).text).replace("\0", "")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        headings = [cell.strip().casefold() for cell in next(rows, [])]
        for number, row in enumerate(rows, 2):
            if any(cell.strip() for cell in row):
                yield _card(list(zip(headings, (c.strip() for c in row), strict=False)), number)
    except csv.Error as error:
        yield Unread(f"row {rows.line_num}", f"The table breaks off here ({error}).")


def _card(cells: list[tuple[str, str]], number: int) -> Card | Unread:
    said = [(heading, value) for heading, value in cells if value]
    labels = {h: v.lstrip("* ").lower() for h, v in said if h.endswith((" - label", " - type"))}
    made = Card(name=_name(said))
    for heading, value in said:
        for one in value.split(_SEVERAL):
            _take(made, heading, one.strip(), labels)
    made.work += [value for heading, value in said if heading in _WORK]
    made.addresses += _addresses(said, labels)
    if not (made.name or made.phones or made.emails or made.work):
        return Unread(f"row {number}", "Nobody is named here.")
    made.name = made.name or next(
        v for _, v in [("", w) for w in made.work] + made.emails + made.phones
    )
    return made


def _name(said: list[tuple[str, str]]) -> str:
    found = dict(reversed(said))
    parts = {
        part: next((found[heading] for heading in sorted(headings) if heading in found), "")
        for part, headings in _PARTS.items()
    }
    if not (parts["given"] or parts["family"]):
        return next((found[heading] for heading in _WHOLE if heading in found), "")
    return joined_name(**parts)


def _take(made: Card, heading: str, value: str, labels: dict[str, str]) -> None:
    numbered = _NUMBERED.fullmatch(heading)
    label = ""
    if numbered:
        place = f"{numbered[1]} {numbered[2]}"
        label = labels.get(f"{place} - label") or labels.get(f"{place} - type", "")
    if not value:
        return
    if _MAILS.fullmatch(heading):
        if "@" in value:
            made.emails.append((label, value))
    elif not heading.endswith("id number") and (phone := _PHONES.fullmatch(heading)):
        said = label or phone["label"] or phone["bare"] or ""
        if sum(c.isdigit() for c in value) >= 3:
            made.phones.append((said.strip(), value))
    elif _NUMBERS.fullmatch(heading):
        if sum(c.isdigit() for c in value) >= 3:
            made.phones.append((heading, value))
    elif heading in ("nickname", "spitzname"):
        made.nicknames.append(value)
    elif heading in _BIRTHDAYS:
        if value != "0/0/00":  # Outlook's way of saying none
            made.dates.append(("birthday", day(value)))
    elif heading in ("group membership", "labels", "categories", "category"):
        made.labels.append(value.lstrip("* "))
    elif heading in ("notes", "notizen", "notas", "note", "notities", "observações", "заметки"):
        made.notes.append(value)
    elif heading.startswith("custom field ") and heading.endswith(" - value"):
        made.notes.append(f"{label}: {value}" if label else value)
    elif numbered and numbered[3] == "value":
        kinds = {"relation": made.related, "event": made.dates, "website": made.urls}
        kinds.get(numbered[1], made.handles).append((label, value))
    elif heading in ("web page", "web page 1", "personal web page"):
        made.urls.append(("", value))
    elif heading in ("spouse", "children", "manager's name", "assistant's name"):
        made.related.append((heading, value))


def _addresses(said: list[tuple[str, str]], labels: dict[str, str]) -> Iterable[Labelled]:
    """Google has the whole address in one cell, others have it in pieces."""
    pieces: dict[str, list[str]] = {}
    for heading, value in said:
        numbered = _NUMBERED.fullmatch(heading)
        if numbered and numbered[1] == "address" and numbered[3] == "formatted":
            place = f"address {numbered[2]}"
            label = labels.get(f"{place} - label") or labels.get(f"{place} - type", "")
            yield label, ", ".join(line.strip() for line in value.split("\n") if line.strip())
        elif match := _PLACES.fullmatch(heading):
            pieces.setdefault(match[1], []).append(value)
    yield from ((label, ", ".join(parts)) for label, parts in pieces.items())


__all__ = ["looks_like_table", "table"]
