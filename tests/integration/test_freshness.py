"""A dead feed is seen on every night, not only when a file changes."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import OK, PARTLY, commands
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.freshness import ARRIVED, look_at_feeds
from roi_pipeline.usecases.studies import study_in, warehouse_at

FRESH = '\n[table]\nfreshness_column = "visit_date"\nfreshness_days = 3\n'
EXPECTED = """
[operations]
nightly_at = "02:30"

[[operations.expected]]
source = "pos__visits"
every = "day"
by = "01:00"
tolerance_days = 2
column = "visit_date"
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Visits up to 31 March, which the contract wants three days old at most."""
    folder = write_tiny_study(tmp_path / "study")
    source = folder / "sources/pos__visits.toml"
    source.write_text(source.read_text("utf-8") + FRESH, "utf-8")
    return folder


def run(folder: Path, as_of: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        commands, ["run", str(folder), "--cycle", "2026-03", "--as-of", as_of]
    )
    return result.exit_code, result.output


def test_a_feed_dead_for_ten_days_is_no_quiet_night(study: Path) -> None:
    status, said = run(study, "2026-04-01")
    assert status == OK, said
    assert "pos__visits" not in said
    status, said = run(study, "2026-04-11")  # no file has changed
    assert status == PARTLY, said
    assert "pos__visits has delivered nothing since" in said
    reports = study / "out/reports/2026-03/en"
    assert "pos__visits has delivered nothing since" in (reports / "greeter.html").read_text()


def test_the_check_of_the_export_turns_red_although_no_file_changed(study: Path) -> None:
    import dagster as dg

    from roi_pipeline.defs.definitions import build_definitions

    job = build_definitions(study).resolve_implicit_global_asset_job_def()
    key = dg.AssetKey(["exports", "pos__visits"])
    found = list[dg.AssetCheckEvaluation]()
    with dg.DagsterInstance.ephemeral() as instance:
        for day in ("2026-04-01", "2026-04-11"):
            result = job.execute_in_process(
                instance=instance, asset_selection=[key], tags={"roi/as_of": day}
            )
            found += [
                each for each in result.get_asset_check_evaluations() if each.check_name == ARRIVED
            ]
    assert [each.passed for each in found] == [True, False]
    assert found[1].severity == dg.AssetCheckSeverity.ERROR
    assert found[1].metadata["newest_day"].value == "2026-03-31"


def test_gaps_are_seen_where_a_rhythm_is_declared(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    settings = folder / "study.toml"
    settings.write_text(settings.read_text("utf-8") + EXPECTED, "utf-8")
    visits = folder / "exports/visits_2026-03.csv"
    lines = visits.read_text("utf-8").splitlines(keepends=True)
    cut = ("-0310-", "-0311-", "-0312-", "-0313-")
    visits.write_text("".join(line for line in lines if not any(c in line for c in cut)), "utf-8")
    study, warehouse = study_in(str(folder)), warehouse_at(StudyPaths(folder))
    as_of = date(2026, 4, 1)
    loaded = load_export(warehouse, study.contracts[0], study=study, as_of=as_of)
    (feed,) = look_at_feeds(study, warehouse, as_of=as_of)
    assert loaded.feed == feed
    assert feed.state == "gaps"
    assert [str(gap) for gap in feed.missing] == ["[2026-03-10, 2026-03-14)"]


def test_without_a_dated_column_the_days_of_deliveries_count(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    settings = folder / "study.toml"
    bare = EXPECTED.replace('column = "visit_date"\n', "").replace('"day"', '"week"')
    settings.write_text(settings.read_text("utf-8") + bare, "utf-8")
    study, warehouse = study_in(str(folder)), warehouse_at(StudyPaths(folder))
    states = list[str]()
    for day in (date(2026, 3, 2), date(2026, 3, 10), date(2026, 3, 13)):
        load_export(warehouse, study.contracts[0], study=study, as_of=day)
        states += [feed.state for feed in look_at_feeds(study, warehouse, as_of=day)]
    assert states == ["arrived", "late", "missing"]
