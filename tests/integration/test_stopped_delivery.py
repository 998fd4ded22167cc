"""A stopped delivery says which column, what was expected, how many rows and samples, and where to look."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands
from roi_pipeline.cli.app import NOTHING, OK, PARTLY
from roi_pipeline.usecases.nights import nights_of
from roi_pipeline.usecases.studies import study_in


def run(folder: Path, *, language: str = "en") -> Result:
    return CliRunner(env={"ROI_LANGUAGE": language}).invoke(commands, ["run", str(folder)])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A first delivery of which every date is written in another form."""
    folder = write_tiny_study(tmp_path_factory.mktemp("stopped"))
    for path in (folder / "exports").glob("*.csv"):
        path.write_text(path.read_text("utf-8").replace("2026-", "y26 "), "utf-8")
    return folder, run(folder)


def test_column_form_count_and_samples_are_named(stopped: tuple[Path, Result]) -> None:
    _, result = stopped
    assert result.exit_code == NOTHING
    lines = [line for line in result.output.splitlines() if "exports/visits_2026-01.csv" in line]
    (line,) = lines
    assert "column visit_date" in line
    assert "rows are not a date written like %Y-%m-%d" in line
    assert "for example: y26 01-01, y26 01-02, y26 01-03" in line


def test_no_error_of_the_machinery_is_printed(stopped: tuple[Path, Result]) -> None:
    _, result = stopped
    assert "Dagster" not in result.output
    assert "blocking" not in result.output
    assert "failed: exports/pos__visits:" not in result.output


def test_the_validation_page_is_there_although_no_report_is(stopped: tuple[Path, Result]) -> None:
    folder, result = stopped
    page = folder / "out/validation/index.html"
    assert page.is_file()
    assert str(page) in result.output
    assert "visit_date" in "".join(path.read_text("utf-8") for path in page.parent.rglob("*.html"))


STRAY = "exports/visits_2026-02.csv, line 101: a quotation mark"


def with_stray_quote(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:100], '"' + lines[100], *lines[101:]]), "utf-8")


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Three files, one of which nobody can separate into records."""
    folder = write_tiny_study(tmp_path_factory.mktemp("unread"))
    with_stray_quote(folder / "exports/visits_2026-02.csv")
    return folder, run(folder)


def test_a_file_nobody_can_read_is_named_with_line_cause_and_remedy(
    unread: tuple[Path, Result],
) -> None:
    _, result = unread
    (line,) = [line for line in result.output.splitlines() if STRAY in line]
    assert "Correct the line and deliver the file anew" in line
    assert "none of its rows are in the figures" in line
    assert "every_file_can_be_read" not in result.output


def test_reports_without_a_file_nobody_could_read_end_with_the_status_of_a_refusal(
    unread: tuple[Path, Result],
) -> None:
    _, result = unread
    assert "portfolio.html" in result.output
    assert result.exit_code == PARTLY


def test_a_file_read_before_and_now_broken_keeps_its_rows_and_says_so(
    unread: tuple[Path, Result],
) -> None:
    folder, _ = unread
    with_stray_quote(folder / "exports/visits_2026-01.csv")
    result = run(folder)
    assert result.exit_code == PARTLY
    (line,) = [line for line in result.output.splitlines() if "visits_2026-01.csv, line" in line]
    assert "the rows read from it before stay" in line


def test_a_night_with_a_file_nobody_could_read_is_not_in_order(unread: tuple[Path, Result]) -> None:
    folder, _ = unread
    result = CliRunner().invoke(commands, ["night", str(folder), "--as-of", "2026-04-15"])
    assert STRAY in result.output
    assert result.exit_code == PARTLY
    night = nights_of(study_in(str(folder)))[0]
    assert (night.failed, night.stale, night.kept_out) == ((), (), ("pos__visits",))
    assert not night.is_good
    page = (folder / "out/index.html").read_text("utf-8")
    assert '<span class="chip bad">pos__visits</span>' in page


@pytest.fixture(scope="module")
def nothing_read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """No file of the study can be read, for more reasons than the console has room for."""
    folder = write_tiny_study(tmp_path_factory.mktemp("nothing_read"))
    for path in (folder / "exports").glob("*.csv"):
        with_stray_quote(path)
        for number in range(3):
            path.with_name(f"{path.stem}_{number}.csv").write_bytes(path.read_bytes())
    return folder, run(folder)


def test_where_nothing_can_be_read_the_files_are_the_reason_and_the_only_one(
    nothing_read: tuple[Path, Result],
) -> None:
    _, result = nothing_read
    assert result.exit_code == NOTHING
    assert "exports/visits_2026-01.csv, line 101" in result.output
    assert "7 more files of exports/pos__visits could not be read" in result.output
    assert "agster" not in result.output
    assert "failed: roi/portfolio" not in result.output
    assert "failed roi/portfolio" not in result.output
    assert "2026-03 has no figures of greeter" in result.output


def test_the_page_that_lists_every_file_is_there_although_no_report_is(
    nothing_read: tuple[Path, Result],
) -> None:
    folder, result = nothing_read
    page = folder / "out/validation/index.html"
    assert page.is_file()
    assert str(page) in result.output


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_no_english_sentence_of_the_console_is_left_in_chinese(
    nothing_read: tuple[Path, Result], language: str
) -> None:
    folder, _ = nothing_read
    result = run(folder, language=language)
    for english in ("failed", "not run", "no figures", "could not be read", "starting", "done"):
        assert english not in result.output


def test_a_rejected_second_delivery_leaves_the_reports_and_ends_with_the_status_of_a_refusal(
    tmp_path: Path,
) -> None:
    folder = write_tiny_study(tmp_path)
    assert run(folder).exit_code == OK
    late = folder / "exports/visits_2026-03.csv"
    late.write_text(late.read_text("utf-8").replace("2026-", "y26 "), "utf-8")
    result = run(folder)
    assert result.exit_code == PARTLY
    assert "portfolio.html" in result.output
    assert "visits_2026-03.csv: column visit_date" in result.output


def test_a_rule_that_only_warns_does_not_stop_a_run_and_does_not_say_so(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path)
    source = folder / "sources/pos__visits.toml"
    rule = '[[rule]]\nname = "stores_are_known"\nsql = "store_id <> \'S1\'"\nseverity = "warn"\n'
    source.write_text(f"{source.read_text('utf-8')}\n{rule}", "utf-8")
    result = run(folder)
    assert "warning: exports/pos__visits: failed: stores_are_known" in result.output
    assert "stop:" not in result.output
    assert result.exit_code == OK


def test_a_broken_file_that_was_withdrawn_is_no_longer_a_reason(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path)
    late = folder / "exports/visits_2026-03.csv"
    healthy = late.read_text("utf-8")
    with_stray_quote(late)
    assert run(folder).exit_code == PARTLY
    late.rename(folder / "withdrawn.csv")
    late.with_name("visits_2026-03_anew.csv").write_text(healthy, "utf-8")
    result = run(folder)
    assert "not read" not in result.output
    assert result.exit_code == OK


def test_files_that_came_after_a_run_without_any_are_no_longer_missed(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path)
    (folder / "exports").rename(folder / "later")
    early = run(folder)
    assert early.exit_code == NOTHING
    assert "exports/*.csv" in early.output
    (folder / "later").rename(folder / "exports")
    result = run(folder)
    assert "not read" not in result.output
    assert result.exit_code == OK
