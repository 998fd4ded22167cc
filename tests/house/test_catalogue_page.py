"""`docs/catalogue.md` is what the metric files say today; `docs/pitfalls.md` points at real guards."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from roi_pipeline.cli import commands
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.reporting.catalogue_page import catalogue_page
from roi_pipeline.settings import read_catalogue
from roi_pipeline.usecases.catalogue import catalogue_text

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "catalogue.md"
METRICS = read_catalogue()
PITFALLS = (ROOT / "docs" / "pitfalls.md").read_text("utf-8")
PITFALL = re.compile(r"^\| P(\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = PITFALL.findall(PITFALLS)


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == catalogue_text(), (
        "run: roi catalogue --write docs/catalogue.md"
    )


def test_every_metric_has_an_entry_with_three_languages() -> None:
    page = PAGE.read_text("utf-8")
    entries = dict(
        zip(re.findall(r"^### (\S+)$", page, re.MULTILINE), re.split(r"^### \S+$", page, flags=re.MULTILINE)[1:], strict=True)
    )  # fmt: skip
    assert set(entries) == set(METRICS)
    for name, metric in METRICS.items():
        said = [metric.sentence.into(language) for language in ("en", "zh-CN", "zh-TW")]
        needed = [*said, metric.numerator, metric.denominator, metric.unit, metric.owner]
        assert [text for text in needed if text not in entries[name]] == [], name


def test_caveats_stand_beside_their_metric() -> None:
    metric: Metric = replace(
        next(iter(METRICS.values())), caveats=("counts_late",), quantity="calls"
    )
    page = catalogue_page([metric], {})
    assert "- caveats: `counts_late`; measures `calls`" in page


def test_the_command_prints_and_writes_the_page(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    written = CliRunner().invoke(commands, ["catalogue", "--write", str(target)])
    assert (written.exit_code, target.read_text("utf-8")) == (0, catalogue_text())
    assert "# Metric catalogue" in CliRunner().invoke(commands, ["catalogue"]).output


def test_a_study_adds_its_own_metrics() -> None:
    own = ROOT / "tests" / "studies" / "hillstrom"
    names = {path.stem for path in (own / "metrics").glob("*.toml")}
    assert names
    assert all(f"### {name}\n" in catalogue_text(own) for name in names)


def test_the_fifteen_pitfalls_stand_there_in_order() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 16))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"P{row[0]}")
def test_a_pitfall_names_its_guard_and_the_test_that_shows_it(row: tuple[str, ...]) -> None:
    guards, tests = re.findall(r"`([^`]+)`", row[3]), re.findall(r"`([^`]+)`", row[4])
    assert guards
    assert tests
    for path in guards:
        assert (ROOT / path).is_file(), path
    for test in tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert f"def {name}(" in text, test
