"""`roi selftest` on loaded studies: scores that can be repeated, stored, and told at a report's foot."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from loaded_study import load_study

from roi_pipeline.cli import commands
from roi_pipeline.defs.run import close_study, evaluate_cycle, verify
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.examples import copy_example
from roi_pipeline.usecases.histories import archive_of, read_kept
from roi_pipeline.usecases.selftest import refresh_selftest, run_selftest, selftest_messages
from roi_pipeline.usecases.studies import study_in


def by_day(folder: Path) -> Path:
    """The tiny study with its module judged by day: a month is too short in weeks."""
    module = folder / "modules/greeter.toml"
    module.write_text(
        module.read_text("utf-8").replace('period = "week"', 'period = "day"'), "utf-8"
    )
    return folder


def warehouse_of(folder: Path) -> Warehouse:
    return Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")


def test_a_selftest_is_stored_and_the_same_when_repeated(closed: Path) -> None:
    folder = by_day(closed)
    first = run_selftest(folder, replications=10)
    assert {score.design for score in first.scores} >= {
        "randomised", "difference_in_differences", "staggered",
    }  # fmt: skip
    assert run_selftest(folder, replications=10) == first
    with warehouse_of(folder).open() as connection:
        assert read_selftest(connection) == first
        rows = connection.execute("select design, null_trials from effects.selftest").fetchall()
    assert rows == [(score.design, score.n_null) for score in first.scores]


def test_a_night_makes_a_sample_once_for_the_days_it_saw(closed: Path) -> None:
    folder = by_day(closed)
    config, warehouse = folder / "study.toml", warehouse_of(folder)
    study = study_in(str(folder))
    assert refresh_selftest(study, warehouse, as_of=study.history.end) is None, (
        "off unless asked for"
    )
    text = config.read_text("utf-8") + "\n[operations]\nselftest_trials = 3\n"
    config.write_text(text, "utf-8")
    study = study_in(str(folder))
    first = refresh_selftest(study, warehouse, as_of=study.history.end)
    assert first is not None
    assert (first.replications, first.as_of) == (3, study.history.end)
    with warehouse.open() as connection:
        assert read_selftest(connection) == first
    config.write_text(text.replace("= 3", "= 4"), "utf-8")
    again = refresh_selftest(study_in(str(folder)), warehouse, as_of=study.history.end)
    assert again == first, "no day is new"


def test_reports_tell_the_last_selftest_and_a_final_edition_keeps_it(closed: Path) -> None:
    folder = by_day(closed)
    page = folder / "out/reports/2026-02/en/greeter.html"
    assert "not yet self-tested" in page.read_text("utf-8")
    result = run_selftest(folder, replications=6)
    study = study_in(str(folder))
    evaluate_cycle(folder, "2026-02", as_of=study.history.end)
    assert "simulated modules" in page.read_text("utf-8")
    closing = close_study(folder, "2026-03")
    assert closing.name is not None
    archive = archive_of(StudyPaths(folder))
    kept = read_kept(archive, closing.name)
    assert kept.provenance.selftest == selftest_messages(result)
    report = archive.path(closing.name) / "reports/en/greeter.html"
    assert "simulated modules" in report.read_text("utf-8")
    run_selftest(folder, replications=8)  # a later one changes nothing that was published
    assert verify(folder, archive, closing.name).is_identical


def test_a_study_with_nothing_to_try_on_says_why(closed: Path) -> None:
    with pytest.raises(NeedsAHuman, match=r"greeter\.sale_rate \(selftest has too few units\)"):
        run_selftest(closed, replications=2)


def test_the_command_prints_every_design_with_its_error(closed: Path) -> None:
    result = CliRunner().invoke(commands, ["selftest", str(by_day(closed)), "--replications", "5"])
    assert result.exit_code in {0, 3}, result.output
    assert "difference_in_differences" in result.output
    assert "trying 1 of 6: half the units held out at random" in result.output
    assert "5 of each shape of roll-out" in result.output
    assert "too few trials to judge" in result.output
    assert "3-7 % is sound" in result.output


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_on_the_clinic_nothing_is_found_rarely_and_what_is_planted_nearly_always(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "clinic"
    copy_example("clinic", folder, scale=0.3)
    load_study(folder, as_of=study_in(str(folder)).history.end)
    result = run_selftest(folder, replications=300)
    tried = {score.design: score for score in result.scores}
    for design in ("randomised", "difference_in_differences", "staggered"):
        score = tried[design]  # type: ignore[index]
        assert score.is_within_limits, score
        assert score.power is not None
        assert score.power > 0.85
        assert score.coverage is not None
        assert score.coverage > 0.92
