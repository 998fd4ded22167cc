"""Versions stand in a report for the libraries its numbers went through, and for no others."""

import re
from importlib.metadata import version
from pathlib import Path

import roi_pipeline
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.libraries import ROOTS, libraries_behind, library_versions

COMPUTES = {"duckdb", "polars", "numpy", "scipy", "pyxirr", "great_expectations"}
NEVER = {
    "dagster",
    "diff-diff",
    "statsmodels",
    "altair",
    "jinja2",
    "Jinja2",
    "xlsxwriter",
    "aiosmtplib",
}


def test_every_library_that_computes_is_named_with_its_version() -> None:
    """pyxirr had computed figures and was not named."""
    found = library_versions()
    assert set(found) >= COMPUTES
    assert found["pyxirr"] == version("pyxirr")
    assert list(found) == sorted(found, key=str.lower)


def test_what_no_number_goes_through_is_not_named() -> None:
    """dagster starts steps and diff-diff was imported by nothing; both had been named."""
    assert not NEVER & set(library_versions())


def test_imports_are_followed_into_functions_and_through_rooms() -> None:
    """pyxirr is imported inside a function of finance, two rooms away from the use case."""
    assert "pyxirr" in libraries_behind(("roi_pipeline.usecases.value",))
    assert libraries_behind(("roi_pipeline.domain.money",)) == set()


def test_no_library_of_the_computing_rooms_is_missed() -> None:
    """Read independently of the graph: what files of stats and finance import at all."""
    package = Path(roi_pipeline.__file__).parent
    files = [path for room in ("stats", "finance") for path in (package / room).rglob("*.py")]
    assert len(files) > 50
    pattern = re.compile(
        r"^ *(?:import|from) (numpy|scipy|statsmodels|pyxirr|diff_diff)\b", re.MULTILINE
    )
    imported = {name for path in files for name in pattern.findall(path.read_text("utf-8"))}
    assert imported
    assert imported - libraries_behind(ROOTS) == set()


def test_the_names_are_kept_beside_a_study_and_a_torn_memory_is_none(tmp_path: Path) -> None:
    paths = StudyPaths(tmp_path)
    found = library_versions(paths)
    assert found == library_versions()
    assert library_versions(paths) == found
    paths.libraries.write_text("{", "utf-8")
    assert library_versions(paths) == found
    other = paths.libraries.read_text("utf-8").replace('"fingerprint": "', '"fingerprint": "0')
    paths.libraries.write_text(other.replace('"duckdb", ', ""), "utf-8")
    assert library_versions(paths) == found  # of other files: nothing of it is believed
