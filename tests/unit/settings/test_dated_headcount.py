"""A company that grew is judged by its size then: growth does not re-judge the past."""

from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.study import Study
from roi_pipeline.finance.periods import standard_in_force
from roi_pipeline.settings import read_study

EXAMPLE = Path(__file__).parents[3] / "studies" / "callcentre-startup"
GROWN = """
[[headcount_change]]
valid_from = 2026-07-01
headcount = 120

[[headcount_change]]
valid_from = 2026-03-31
headcount = 60
"""


def study_with(folder: Path, more: str) -> Study:
    copytree(EXAMPLE, folder, ignore=lambda _, names: [n for n in names if n in ("exports", "out")])
    path = folder / "study.toml"
    path.write_text(path.read_text("utf-8") + more, encoding="utf-8")
    return read_study(folder, environment={})


@pytest.mark.parametrize(
    ("key", "people", "tier"),
    [
        ("2026-02", None, "startup"),
        ("2026-03", 60, "sme"),  # the change falls on the last day of the cycle
        ("2026-06", 60, "sme"),
        ("2026-07", 120, "large"),
    ],
)
def test_a_cycle_is_judged_by_the_size_on_its_last_day(
    tmp_path: Path, key: str, people: int | None, tier: str
) -> None:
    study = study_with(tmp_path / "study", GROWN)
    cycle = study.cycle(key, as_of=date(2027, 1, 1))
    found = study.headcount_in(cycle)
    assert found == (people or study.headcount)
    assert standard_in_force(study.standards, date(2026, 12, 31)).tier_for(found).name == tier


def test_one_day_has_one_size(tmp_path: Path) -> None:
    with pytest.raises(StudyHasProblems, match="day of a change of headcount once"):
        study_with(tmp_path / "study", GROWN + GROWN)
