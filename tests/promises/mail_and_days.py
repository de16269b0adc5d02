"""Address books and calendars."""

from __future__ import annotations

import re
from collections import Counter

from tests.promises import REFUSED, Sample

_ICS = "ics/collective__icalendar/src/icalendar/tests/calendars/"
_SILENT = "an entry without words and times: its uid or a picture is all there is"


def cards(sample: Sample) -> Counter[str]:
    first = re.match(r"(\d+) cards", sample.expected)
    return +Counter(contact=int(first[1]) if first else 0)


def entries(sample: Sample) -> Counter[str]:
    """`2 VEVENT, 1 VTODO, 1 VCALENDAR`."""
    counted = {what: int(n) for n, what in re.findall(r"(\d+) (VEVENT|VTODO)", sample.expected)}
    return +Counter(appointment=counted.get("VEVENT", 0), task=counted.get("VTODO", 0))


FORMATS = {"vcard": cards, "ics": entries}
OTHERWISE = {
    _ICS + "fuzz_testcase_0_char_in_component_name.ics": (REFUSED, "there is no calendar in it"),
    _ICS + "issue_178_component_with_invalid_name_represented.ics": (
        REFUSED,
        "there is no calendar in it",
    ),
    _ICS + "issue_1050_calendar_with_events_and_todos.ics": (
        Counter(appointment=2, task=1, section=1),
        "the journal, which was not counted, is read too",
    ),
    _ICS + "rfc_7265_appendix_example_1_jcal.jcal": (
        Counter(appointment=1),
        "the appointment is written as JSON, where it was not counted",
    ),
    _ICS + "issue_722_missing_timezones.ics": (Counter(appointment=2, task=1), _SILENT),
    _ICS + "issue_1549_binary_attachment.ics": (Counter(), _SILENT),
    _ICS + "issue_1561_image_value.ics": (Counter(), _SILENT),
    _ICS + "issue_798_related_to.ics": (Counter(), _SILENT),
    _ICS + "rfc_7986_image.ics": (Counter(), _SILENT),
    _ICS + "small_bad_calendar.ics": (Counter(), _SILENT),
}
