"""The calendar of decisions: in the portfolio, and as a file that calendar programs read."""

from dataclasses import replace
from datetime import date

import pytest
from icalendar import Calendar
from report_clinic import clinic_edition

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Attachment, Email
from roi_pipeline.domain.modules import VendorContract
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.reporting import render_email
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.calendar import calendar_table, due_dates
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.view import voice_for


def edition_on(day: date) -> EditionInputs:
    edition = clinic_edition()
    first = edition.modules[0]
    contract = VendorContract(date(2025, 6, 1), date(2026, 5, 31), 30)
    module = replace(first.module, vendor_contract=contract)
    modules = (replace(first, module=module), *edition.modules[1:])
    return replace(edition, cycle=cycle_from_key("2026-Q1", as_of=day), modules=modules)


def context_of(edition: EditionInputs, language: Language = "en") -> EditionContext:
    return EditionContext(edition, voice_for(edition, language, shipped_sentences()))


def email_to(edition: EditionInputs, language: Language, *modules: str) -> Email:
    reader = Reader("owner@example.com", language, modules)
    return render_email(edition, reader, sentences=shipped_sentences())


def calendar_of(email: Email) -> Attachment:
    return next(item for item in email.attachments if item.name == "decisions.ics")


def test_what_is_due_stands_in_order_and_never_in_the_past() -> None:
    dates = due_dates(context_of(edition_on(date(2026, 4, 9))))
    assert [due.day for due in dates] == sorted(due.day for due in dates)
    assert {"decide_by", "contract_end"} <= {due.kind for due in dates}
    assert all(due.day >= date(2026, 4, 9) for due in dates)
    later = due_dates(context_of(edition_on(date(2026, 5, 2))))
    assert later
    assert "decide_by" not in {due.kind for due in later}
    assert "contract_end" in {due.kind for due in later}
    assert calendar_table(context_of(edition_on(date(2030, 1, 1)))) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_calendar_program_reads_the_file_of_the_email(language: Language) -> None:
    edition = edition_on(date(2026, 4, 9))
    found = calendar_of(email_to(edition, language))
    assert found.media_type == "text/calendar"
    calendar = Calendar.from_ical(found.content)
    events = calendar.walk("VEVENT")
    dates = due_dates(context_of(edition, language))
    assert [event.decoded("dtstart") for event in events] == [due.day for due in dates]
    assert [str(event["summary"]) for event in events] == [
        f"{due.module}: {due.title}" for due in dates
    ]
    assert len({str(event["uid"]) for event in events}) == len(dates) > 1
    assert all(event.walk("VALARM") for event in events)
    again = calendar_of(email_to(edition, language))
    assert again.content == found.content


def test_a_reader_of_one_module_gets_its_days_alone() -> None:
    edition = edition_on(date(2026, 4, 9))
    mine = edition.modules[0].module.id
    found = calendar_of(email_to(edition, "en", mine))
    names = {
        str(e["summary"]).split(": ")[0] for e in Calendar.from_ical(found.content).walk("VEVENT")
    }
    assert names == {context_of(edition).voice.name("module", mine)}


def test_the_same_appointment_keeps_its_identifier_in_the_next_edition() -> None:
    def ids(day: date, language: Language) -> set[str]:
        found = calendar_of(email_to(edition_on(day), language))
        return {str(event["uid"]) for event in Calendar.from_ical(found.content).walk("VEVENT")}

    first, second = ids(date(2026, 4, 9), "en"), ids(date(2026, 4, 20), "zh-TW")
    assert second
    assert second <= first
