"""You, as your own words have it: what is new, what stands, every side of it over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from secondme.memory import Memory, as_dict
from tui.correct import CorrectingPage, Fact, standing
from tui.evidence import EvidencePane, Group, day, quoted
from tui.footer import Footer
from tui.listing import Known
from tui.safe import one_line, safe

MOST = 25
"""Lines shown of each part; the facts page has all of them."""


class Seen(NamedTuple):
    profile: dict[str, Any]
    facts: Mapping[str, Fact]
    """All of the owner's facts that the profile names, by id."""


class ProfilePage(CorrectingPage):
    """One list: status, bio, the facets with their timelines, and the core that models are told."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known = Known(_read)
        self._facts: Mapping[str, Fact] = {}

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield OptionList(id="profile")
            yield EvidencePane()
        yield Footer()

    def refill(self) -> None:
        self.fill(self._known.by, self._list, lane="profile")

    def _list(self, seen: Seen) -> None:
        options = self.query_one("#profile", OptionList)
        at = options.highlighted
        self._facts = seen.facts
        options.clear_options()
        options.add_options(_options(seen))
        if not seen.facts:
            self.query_one(EvidencePane).clear()
        elif at is not None:
            options.highlighted = min(at, options.option_count - 1)
            if self.chosen() is None:  # a heading stands there now
                self.query_one(EvidencePane).clear()
                options.action_cursor_up()
        else:
            options.action_first()

    def chosen(self) -> Fact | None:
        option = self.query_one("#profile", OptionList).highlighted_option
        return self._facts.get(option.fact) if isinstance(option, _Line) else None

    @on(OptionList.OptionHighlighted, "#profile")
    def line_highlighted(self) -> None:
        fact = self.chosen()
        if fact is None:
            return

        def read(memory: Memory) -> list[Group]:
            return [quoted(memory, "Your words", fact["evidence"])]

        def show(groups: list[Group]) -> None:
            self.query_one(EvidencePane).show(_about(fact), groups)

        self.carry_out(read, show, lane="evidence")

    @on(OptionList.OptionSelected, "#profile")
    def line_chosen(self) -> None:
        self.query_one("#quotes").focus()

    def action_back(self) -> None:
        self.query_one("#profile").focus()


class _Line(Option):
    """A fact stands in several parts, so that its id cannot be the option's."""

    def __init__(self, fact: str, line: Text) -> None:
        super().__init__(line)
        self.fact = fact


def _read(memory: Memory) -> Seen:
    facts = (as_dict(fact) for fact in memory.facts(subject="me"))
    return Seen(memory.profile(memory.today()), {fact["id"]: fact for fact in facts})


def _options(seen: Seen) -> Iterator[Option]:
    if not seen.facts:
        yield _heading("Nothing is known about you yet: f7 imports, f8 distils.")
        return
    for title, part in (("Lately", "status"), ("What stands", "bio")):
        lines = seen.profile[part]
        yield _heading(f"{title}: {len(lines):,} lines" if lines else f"{title}: nothing")
        for line in lines[:MOST]:
            yield _line(line["id"], line["category"], line["statement"], seen)
        yield from _more(len(lines))
    for facet in seen.profile["facets"]:
        yield from _facet(facet, seen)
    yield _heading("The core: what tells most, in few words")
    for line in seen.profile["core"].splitlines()[:MOST]:
        yield Option(Text(one_line(line)), disabled=True)


def _facet(facet: dict[str, Any], seen: Seen) -> Iterator[Option]:
    until = f" – {day(facet['last'])}" if facet["last"] != facet["first"] else ""
    yield _heading(f"{safe(facet['facet'])}: {facet['facts']:,}, {day(facet['first'])}{until}")
    for line in facet["timeline"][-MOST:]:
        yield _line(line["id"], day(line["at"]), line["statement"], seen)
    yield from _more(len(facet["timeline"]))


def _line(fact: str, label: str, statement: str, seen: Seen) -> Option:
    known = seen.facts.get(fact)
    passed = known is not None and known["status"] != "current"
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{one_line(label):10}  ", "dim")
    line.append(one_line(statement), "dim" if passed else "")
    if known is not None and standing(known) != "current":
        line.append(f"  ({standing(known)})", "dim")
    return _Line(fact, line)


def _heading(title: str) -> Option:
    return Option(Text(title, "bold"), disabled=True)


def _more(lines: int) -> Iterator[Option]:
    if lines > MOST:
        yield Option(Text(f"… {lines - MOST:,} more under f5", "dim"), disabled=True)


def _about(fact: Fact) -> Text:
    about = Text()
    about.append(safe(fact["statement"]) + "\n", "bold")
    until = f" until {day(fact['valid_to'])}" if fact["valid_to"] else ""
    return about.append(
        f"{safe(fact['category'])} · {standing(fact)} · since {day(fact['valid_from'])}{until}",
        "dim",
    )
