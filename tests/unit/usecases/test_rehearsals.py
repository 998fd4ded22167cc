"""SQL that was tried and runs is tried again only after something it depends on has changed."""

from pathlib import Path

import pytest
from tiny_study import write_tiny_study

from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases import check_sql
from roi_pipeline.usecases.check import check_study


class Trials:
    """Counts how often SQL was tried, and tries it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self._try = 0, check_sql.sql_problems
        monkeypatch.setattr(check_sql, "sql_problems", self)

    def __call__(self, study: Study) -> list[Problem]:
        self.count += 1
        return self._try(study)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "study")


@pytest.fixture
def trials(monkeypatch: pytest.MonkeyPatch) -> Trials:
    return Trials(monkeypatch)


def test_the_second_run_does_not_try_the_same_sql_again(folder: Path, trials: Trials) -> None:
    check_study(folder)
    check_study(folder)
    assert trials.count == 1


def test_asked_for_anew_it_is_tried_anew(folder: Path, trials: Trials) -> None:
    check_study(folder)
    check_study(folder, anew=True)
    assert trials.count == 2


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("sql/metrics/visits_daily.sql", "from facts.visits", "from facts.visit"),
        ("sources/pos__visits.toml", 'name = "is_sale"', 'name = "was_sale"'),
        ("metrics/sale_rate.toml", '"sales_count"', '"sale_count"'),
    ],
)
def test_a_fault_that_came_in_later_is_found(
    folder: Path, trials: Trials, file: str, old: str, new: str
) -> None:
    check_study(folder)
    text = (folder / file).read_text("utf-8")
    (folder / file).write_text(text.replace(old, new), "utf-8")
    for _ in range(2):  # a fault is not remembered as a success
        with pytest.raises(StudyHasProblems):
            check_study(folder)
    assert trials.count == 3
    (folder / file).write_text(text, "utf-8")
    check_study(folder)


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"sql_runs": 1}', b"\xff"])
def test_a_torn_memory_costs_one_trial_and_nothing_else(
    folder: Path, trials: Trials, torn: bytes
) -> None:
    check_study(folder)
    StudyPaths(folder).checked.write_bytes(torn)
    check_study(folder)
    check_study(folder)
    assert trials.count == 2


def test_the_memories_are_their_owner_s_and_nothing_is_left_beside_them(folder: Path) -> None:
    check_study(folder)
    out = StudyPaths(folder).out
    assert sorted(path.name for path in out.iterdir()) == ["checked.json", "sql_readings.json"]
    assert out.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
