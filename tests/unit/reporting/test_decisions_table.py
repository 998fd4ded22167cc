"""Advice, decision and result stand side by side in every language."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from report_clinic import clinic_edition

from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.domain.texts import LANGUAGES, Language, Text
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.model import Table
from roi_pipeline.reporting.sections.context import ModuleContext
from roi_pipeline.reporting.sections.decisions import decisions_table
from roi_pipeline.reporting.view import voice_for

OBEYED = DecisionTaken("stop", "COO", date(2026, 1, 20), "loss", "2025-Q4", "stop")
OTHER = DecisionTaken("continue", "CEO", date(2026, 4, 9), "new price", "2026-Q1", "stop")
LATER = DecisionTaken("expand", "CEO", date(2026, 4, 10), "growth")


def table(*taken: DecisionTaken, language: Language = "en") -> Table | None:
    edition = clinic_edition()
    first = edition.modules[0]
    trend = (("2025-Q4", Decimal("-0.5"), 0.1), ("2026-Q1", Decimal("0.2"), 0.8))
    inputs = replace(first, module=replace(first.module, decisions=taken), trend=trend)
    voice = voice_for(edition, language, shipped_sentences())
    return decisions_table(ModuleContext(edition, voice, inputs))


def test_no_decision_no_table_and_none_from_the_future() -> None:
    assert table() is None
    assert table(LATER) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_advised_decided_and_came_of_it(language: Language) -> None:
    found = table(OBEYED, OTHER, LATER, language=language)
    assert found is not None
    newest, oldest = found.rows
    assert newest[4].text == "—"  # nothing can have come of it in its own cycle
    assert newest[2].note
    assert not oldest[2].note
    assert "−50" in oldest[4].text
    assert [newest[3].text, newest[3].note] == ["CEO", "new price"]
    assert newest[1].text == oldest[1].text == oldest[2].text != newest[2].text


def test_who_decided_and_why_stand_in_the_readers_language_where_the_study_gives_it() -> None:
    edition = clinic_edition()
    terms = {
        "运营总监": Text({"en": "COO"}),
        "再看一个季度": Text({"en": "look again in a quarter"}),
    }
    taken = DecisionTaken("optimise", "运营总监", date(2026, 1, 20), "再看一个季度")
    first = edition.modules[0]
    inputs = replace(first, module=replace(first.module, decisions=(taken,)))
    edition = replace(edition, study=replace(edition.study, terms=terms))
    texts = {
        language: decisions_table(
            ModuleContext(edition, voice_for(edition, language, shipped_sentences()), inputs)
        )
        for language in LANGUAGES
    }
    found = {language: each.rows[0][3] for language, each in texts.items() if each is not None}
    assert (found["en"].text, found["en"].note) == ("COO", "look again in a quarter")
    assert (found["zh-CN"].text, found["zh-CN"].note) == ("运营总监", "再看一个季度")
