"""A stopped delivery says which column, what was expected, how many rows and samples, and where to look."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands


def run(folder: Path, *options: str) -> Result:
    return CliRunner(env={"ROI_LANGUAGE": "en"}).invoke(commands, ["run", str(folder), *options])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A first delivery of which every date is written in another form."""
    folder = write_tiny_study(tmp_path_factory.mktemp("stopped"))
    for path in (folder / "exports").glob("*.csv"):
        path.write_text(path.read_text("utf-8").replace("2026-", "y26 "), "utf-8")
    return folder, run(folder)


def test_column_form_count_and_samples_are_named(stopped: tuple[Path, Result]) -> None:
    _, result = stopped
    assert result.exit_code == 4
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
