"""The portfolio's report folds away its cash by period, with present value, rate and payback."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.statements import CashPeriod, ModuleValue
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.model import Report, Section, Table
from roi_pipeline.reporting.view import portfolio_report, voice_for

D = Decimal
DAYS = (date(2026, 1, 1), date(2026, 4, 1), date(2027, 4, 1))


def with_cash(value: ModuleValue, payback: int | None) -> ModuleValue:
    won, spent = value.since_go_live.returns.benefits, value.since_go_live.returns.costs
    rows = (
        CashPeriod(DAYS[0], DAYS[1], won, spent, D(0), won - spent, won - spent),
        CashPeriod(
            DAYS[1], DAYS[2], D(8000), D(3000), D(0), won - spent + 5000, D(4500), is_ahead=True
        ),
    )
    returns = replace(value.since_go_live.returns, npv=D(12345), payback_month=payback)
    return replace(value, cash=rows, since_go_live=replace(value.since_go_live, returns=returns))


def report(edition: EditionInputs, language: Language, payback: int | None) -> Report:
    assert edition.portfolio is not None
    changed = replace(edition, portfolio=with_cash(edition.portfolio, payback))
    return portfolio_report(changed, voice_for(changed, language, shipped_sentences()))


def cash_of(report: Report) -> Section:
    (section,) = [section for section in report.sections if section.id == "cash"]
    return section


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_has_present_value_and_every_period(
    edition: EditionInputs, language: Language
) -> None:
    section = cash_of(report(edition, language, 3))
    assert "12,345" in section.gist
    assert "10%" in section.gist.replace("\u2060", "")
    assert not section.is_open
    (table,) = [block for block in section.blocks if isinstance(block, Table)]
    assert (table.id, len(table.rows)) == ("cash", 2)
    assert table.rows[1][0].note


def test_what_is_not_paid_back_says_so(edition: EditionInputs) -> None:
    assert "payback: not yet" in cash_of(report(edition, "en", None)).gist


def test_without_cash_there_is_no_section(edition: EditionInputs) -> None:
    voice = voice_for(edition, "en", shipped_sentences())
    assert "cash" not in {section.id for section in portfolio_report(edition, voice).sections}
