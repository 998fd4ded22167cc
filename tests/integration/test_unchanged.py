"""A night without news computes nothing, and leaves exactly what a cold run leaves.

Through the use cases that the assets call, in the order in which they run.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from tiny_study import LATE_FILE, deliver_late, write_tiny_study

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.usecases import facts, unchanged
from roi_pipeline.usecases.edition import report_module, report_portfolio
from roi_pipeline.usecases.effects import evaluate_effects
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.facts import FRAMES, build_file, build_frame, buildable_files
from roi_pipeline.usecases.studies import study_in, warehouse_at
from roi_pipeline.usecases.unchanged import noting_steps
from roi_pipeline.usecases.value import value_module, value_portfolio

CYCLE, DAY = "2026-03", date(2026, 4, 15)
DELIVERED, FACT, DAILY = "exports.pos__visits", "facts.visits", "metrics.visits_daily"
FOUND = {"effects/greeter", "roi/greeter", "roi/portfolio", "reports/greeter", "reports/portfolio"}
LINEAGE = {DELIVERED, FACT, DAILY, *FOUND}


def night(folder: Path, day: date = DAY) -> dict[str, bool]:
    """One night; step → whether its last result stands."""
    study, warehouse = study_in(str(folder)), warehouse_at(StudyPaths(folder))
    module, cycle = study.module("greeter"), study.cycle(CYCLE, as_of=day)
    with noting_steps() as noted, warehouse.kept_open():
        for contract in study.contracts:
            load_export(warehouse, contract, study=study, as_of=day)
        for table in FRAMES:
            build_frame(study, warehouse, table, as_of=day)
        for file in buildable_files(study):
            build_file(study, warehouse, file, as_of=day)
        evaluate_effects(study, warehouse, module, cycle)
        value_module(study, warehouse, module, cycle)
        report_module(study, warehouse, module, cycle)
        value_portfolio(study, warehouse, cycle)
        report_portfolio(study, warehouse, cycle)
    assert {each.step.name for each in noted} > LINEAGE
    return {each.step.name: each.is_unchanged for each in noted}


def computed(found: dict[str, bool]) -> set[str]:
    return {name for name, is_unchanged in found.items() if not is_unchanged}


def written(folder: Path) -> dict[str, bytes]:
    out = StudyPaths(folder).out
    paths = [*(out / "reports").rglob("*"), *(out / "validation").rglob("*")]
    return {str(path.relative_to(out)): path.read_bytes() for path in paths if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "study")


def test_without_news_nothing_is_computed_and_what_stands_is_what_a_cold_run_writes(
    folder: Path, tmp_path: Path
) -> None:
    night(folder)
    before = written(folder)
    assert len(before) > 5
    assert computed(night(folder)) == set()
    assert written(folder) == before
    restless = write_tiny_study(tmp_path / "restless")  # no night without news between its two
    night(restless)
    assert written(restless) == before
    for each in (restless, folder):
        deliver_late(each)
        assert computed(night(each)) == LINEAGE
    assert written(restless) == written(folder) != before
    (folder / LATE_FILE).touch()  # another time, the same bytes
    assert computed(night(folder)) == set()


def test_packed_exports_without_news_are_unchanged_too(folder: Path) -> None:
    exports, contract = folder / "exports", next((folder / "sources").glob("*.toml"))
    with ZipFile(exports / "visits.zip", "w") as packed:
        for path in sorted(exports.glob("*.csv")):
            packed.write(path, path.name)
            path.unlink()
    contract.write_text(
        contract.read_text("utf-8").replace("exports/*.csv", "exports/*.zip"), "utf-8"
    )
    assert computed(night(folder)) >= LINEAGE
    assert computed(night(folder)) == set()


def test_each_input_that_changes_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = set(night(folder)) - {DELIVERED}

    def edit(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    def next_day() -> None:
        nonlocal day
        day += timedelta(days=1)

    def other_libraries() -> None:
        monkeypatch.setattr(unchanged, "installed_stamp", lambda: "another polars")
        unchanged._base.cache_clear()

    def lose_a_report() -> None:
        next(StudyPaths(folder).reports(CYCLE).glob("*/greeter.html")).unlink()

    def tear_a_page() -> None:
        next(StudyPaths(folder).reports(CYCLE).glob("*/portfolio.html")).write_text("half", "utf-8")

    day = DAY
    changes: list[tuple[Callable[[], object], set[str]]] = [
        (next_day, {FACT, DAILY, "facts.calendar", *FOUND}),
        (lambda: edit("modules/greeter.toml", '"900"', '"901"'), everything),
        (lambda: edit("sql/facts/visits.sql", "one row per visit", "one row per visit "), everything),
        (lambda: edit("study.toml", "headcount = 8", "headcount = 9"), everything),
        (other_libraries, everything),
    ]  # fmt: skip
    for change, expected in changes:
        change()
        assert computed(night(folder, day)) >= expected
        assert computed(night(folder, day)) == set()
    for harm in (lose_a_report, tear_a_page):
        before = written(folder)
        harm()
        assert written(folder) != before
        night(folder, day)
        assert written(folder) == before


def test_a_step_that_was_cut_off_is_computed_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table may be half of this and half of that; what stood before is not believed."""
    night(folder)
    deliver_late(folder)
    whole = facts.build_sql_table

    def cut_off(connection: object, file: SqlFile, **more: object) -> object:
        if file.table == DAILY:
            msg = "cut off"
            raise NeedsAHuman(msg)
        return whole(connection, file, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(facts, "build_sql_table", cut_off)
    with pytest.raises(NeedsAHuman, match="cut off"):
        night(folder)
    monkeypatch.setattr(facts, "build_sql_table", whole)
    (folder / LATE_FILE).unlink()  # as if the night before had come back; what was loaded stays
    assert {DAILY, *FOUND} <= computed(night(folder))


def test_a_table_made_anew_by_anybody_is_not_believed(folder: Path) -> None:
    """A plan or a self-test builds the same tables as seen from another day."""
    night(folder)
    study = study_in(str(folder))
    (fact,) = (file for file in buildable_files(study) if file.table == FACT)
    with warehouse_at(StudyPaths(folder)).open() as connection:
        facts.build_sql_table(connection, fact, study=study, as_of=date(2026, 2, 15))
    assert computed(night(folder)) == {FACT}
