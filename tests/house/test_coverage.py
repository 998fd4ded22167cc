"""`docs/coverage.md`: every item of the background documents stands there once and points at something."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+) \|$")
ROWS = [
    match.groups()
    for line in (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines()
    if (match := ROW.match(line))
]
STATUSES = {"built", "shown in study", "not applicable", "open"}
SHORTEST_REASON = 40


def _paths(where: str) -> list[str]:
    return re.findall(r"`([^`]+)`", where)


def test_every_item_stands_there_exactly_once_in_order() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 183))


def test_every_status_is_a_known_one() -> None:
    assert {row[2] for row in ROWS} <= STATUSES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_points_at_files_that_exist_or_says_why_not(row: tuple[str, str, str, str]) -> None:
    _, asked, status, where = row
    paths = _paths(where)
    missing = [path for path in paths if not (ROOT / path).is_file()]
    assert asked.strip()
    assert not missing
    if status == "not applicable":
        assert not paths
        assert len(where) >= SHORTEST_REASON, "a reason is needed"
    else:
        assert any(path.startswith(("tests/", "studies/")) for path in paths), "nothing shows it"
    if status == "open":
        assert len(re.sub(r"`[^`]+`", "", where)) >= SHORTEST_REASON, "say what is missing"
    if status == "built":
        assert any(not path.startswith("tests/") for path in paths), "nothing is built"
    if status == "shown in study":
        shown = ("studies/", "roi_pipeline/examples/")
        assert any(path.startswith(shown) for path in paths), "no study shows it"


def test_every_example_study_is_pointed_at() -> None:
    pointed = {path.split("/")[1] for row in ROWS for path in _paths(row[3]) if "studies/" in path}
    shipped = {folder.name for folder in (ROOT / "studies").iterdir() if folder.is_dir()}
    assert shipped <= pointed
