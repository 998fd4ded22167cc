"""Which cycles a study has follows from its history."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import OPEN_END, Window
from roi_pipeline.usecases.cycles import cycle_keys, cycles_without_edition


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


def test_earlier_cycles_without_an_edition_are_those_before_the_one_asked_for(
    tmp_path: Path,
) -> None:
    found = replace(study(date(2020, 1, 1), date(2024, 1, 1)), folder=tmp_path)
    assert cycles_without_edition(found, until="2023") == ["2020", "2021", "2022"]
    closed = tmp_path / "out/editions/2021/final-1/manifest.json"
    closed.parent.mkdir(parents=True)
    closed.touch()
    assert cycles_without_edition(found, until="2023") == ["2020", "2022"]
