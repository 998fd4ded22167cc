"""The calendar of decisions as an iCalendar file (RFC 5545), to travel with the e-mail.

Whole-day entries with a reminder a week ahead. Its bytes depend on the edition alone: identifiers
come from what is due, the time stamp from the day of the report.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from roi_pipeline.domain.emails import Attachment
from roi_pipeline.reporting.sections.calendar import Due

FILE_NAME = "decisions.ics"
MEDIA_TYPE = "text/calendar"
PRODUCT = "-//roi_pipeline//decisions//EN"
DOMAIN = "roi-pipeline.invalid"
AHEAD = timedelta(days=7)


def calendar_attachment(dates: Sequence[Due], *, study: str, as_of: date) -> Attachment | None:
    """The appointments as a file; None when there are none."""
    if not dates:
        return None
    return Attachment(FILE_NAME, MEDIA_TYPE, calendar_bytes(dates, study=study, as_of=as_of))


def calendar_bytes(dates: Sequence[Due], *, study: str, as_of: date) -> bytes:
    """One entry a due date. The same appointment keeps its identifier from edition to edition."""
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    stamp = datetime.combine(as_of, time(), tzinfo=UTC)
    for due in dates:
        event = Event()
        event.add("uid", _identifier(study, due))
        event.add("dtstamp", stamp)
        event.add("dtstart", due.day)
        event.add("dtend", due.day + timedelta(days=1))
        event.add("summary", f"{due.module}: {due.title}")
        if due.note:
            event.add("description", due.note)
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{due.module}: {due.title}")
        alarm.add("trigger", -AHEAD)
        event.add_component(alarm)
        calendar.add_component(event)
    return calendar.to_ical()


def _identifier(study: str, due: Due) -> str:
    named = f"{study}\x1f{due.module_id}\x1f{due.kind}\x1f{due.about}\x1f{due.day.isoformat()}"
    return f"{hashlib.sha256(named.encode()).hexdigest()[:32]}@{DOMAIN}"
