"""A study finds what it declares by name, and says what there is where a name is unknown."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import PurePath

import pytest
from finance_cases import metric, module

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import OPEN_END, Window

STUDY = Study(
    id="acme",
    folder=PurePath("acme"),
    company=Text({"en": "Acme"}),
    headcount=40,
    currency="CNY",
    languages=("en",),
    timezone="Asia/Shanghai",
    cycle_kind="quarter",
    history=Window(date(2025, 1, 1), OPEN_END),
    modules=(module(), replace(module(), id="callback")),
    contracts=(),
    metrics={"visit_rate": metric()},
    standards=(),
    exchange_rates={("USD", date(2026, 1, 1)): Decimal(7)},
    max_rate_age_days=5,
)
TODAY = date(2026, 4, 8)


def test_modules_and_metrics_are_found_by_their_ids() -> None:
    assert STUDY.module("callback").id == "callback"
    assert STUDY.metric("visit_rate") is STUDY.metrics["visit_rate"]


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"callbak.*callback"):
        STUDY.module("callbak")
    with pytest.raises(UnknownName, match=r"visit_rat.*visit_rate"):
        STUDY.metric("visit_rat")
    with pytest.raises(UnknownName, match=r"quarter cycle.*2026-02.*2026-Q1"):
        STUDY.cycle("2026-02", as_of=TODAY)


def test_a_cycle_ends_with_the_exports_where_the_history_has_an_end() -> None:
    assert STUDY.cycle("2026-Q1", as_of=TODAY).data_end is None
    closed = replace(STUDY, history=Window(date(2025, 1, 1), date(2026, 2, 1)))
    cycle = closed.cycle("2026-Q1", as_of=TODAY)
    assert cycle.observed == Window(date(2026, 1, 1), date(2026, 2, 1))


def test_rates_hold_as_long_as_the_study_says() -> None:
    assert STUDY.rates.on("USD", date(2026, 1, 6)) == 7
    assert STUDY.rates.stated_day("USD", date(2026, 1, 7)) is None
