"""What is made for a study is its owner's, or a group's as well, whoever made it with which mask."""

import grp
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.private import keep_private


@pytest.fixture(autouse=True)
def mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def left_open(tmp_path: Path) -> StudyPaths:
    """A study as an earlier version left it."""
    paths = StudyPaths(tmp_path)
    for name in ("published.duckdb", "editions/_store/ab12", "reports/en/a.html", "outbox.sqlite"):
        (paths.out / name).parent.mkdir(parents=True, exist_ok=True)
        (paths.out / name).write_text("x")
    (paths.out / "editions/_store/ab12").chmod(0o444)
    return paths


def modes(paths: StudyPaths) -> dict[str, str]:
    found = [paths.out, *sorted(paths.out.rglob("*"))]
    return {path.name: oct(path.stat().st_mode & 0o7777) for path in found}


def test_nobody_else_may_read_and_what_is_written_next_is_closed_too(left_open: StudyPaths) -> None:
    assert modes(left_open)["published.duckdb"] == "0o644"
    keep_private(left_open, {})
    (left_open.out / "next").write_text("x")
    found = modes(left_open)
    assert len(found) == 10
    assert found["ab12"] == "0o400"
    assert {found[name] for name in ("out", "editions", "_store", "reports", "en")} == {"0o700"}
    assert {found[n] for n in ("published.duckdb", "a.html", "outbox.sqlite", "next")} == {"0o600"}


def test_a_group_may_read_but_neither_write_nor_see_raw_exports(left_open: StudyPaths) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    keep_private(left_open, {"ROI_GROUP": group})
    (left_open.out / "next").write_text("x")
    found = modes(left_open)
    assert (found["out"], found["en"]) == ("0o2750", "0o2750")
    assert {found[name] for name in ("published.duckdb", "a.html", "next")} == {"0o640"}
    assert (found["_store"], found["ab12"], found["outbox.sqlite"]) == ("0o700", "0o400", "0o600")
    keep_private(left_open, {})
    assert modes(left_open)["published.duckdb"] == "0o600"


def test_a_group_nobody_knows_is_named(left_open: StudyPaths) -> None:
    with pytest.raises(NeedsAHuman, match="ROI_GROUP: found 'nobody-knows-it'"):
        keep_private(left_open, {"ROI_GROUP": "nobody-knows-it"})
