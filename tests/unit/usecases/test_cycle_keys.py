"""Which cycles a study has follows from its history."""

from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import OPEN_END, Window
from roi_pipeline.usecases.cycles import cycle_keys


def study(start: date, end: date, kind: str = "year") -> Study:
    return Study(
        id="s", folder=Path(), company=Text({"en": "S"}), headcount=1, currency="CNY",
        languages=("en",), timezone="UTC", cycle_kind=kind,  # type: ignore[arg-type]
        history=Window(start, end), modules=(), contracts=(), metrics={}, standards=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (date(2001, 1, 1), "2000"),
        (date(2001, 1, 2), "2001"),
        (OPEN_END, "2019"),
    ],
    ids=["a long history has all its cycles", "the last may be begun", "an open one ends somewhere"],
)  # fmt: skip
def test_cycles_run_from_the_first_day_to_the_last(end, last) -> None:
    keys = cycle_keys(study(date(1970, 1, 1), end))
    assert keys[0] == "1970"
    assert keys[-1] == last
    assert keys == sorted(set(keys))
