"""A contract that is corrected is the reading of every row, of files that are gone as well."""

from datetime import date
from pathlib import Path

import pytest
from tiny_study import write_tiny_study

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.exports import Loaded, load_export
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.keep import keep_loaded_files
from roi_pipeline.usecases.studies import study_in

DAY = date(2026, 4, 15)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path)


def warehouse_of(folder: Path) -> Warehouse:
    return Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")


def load(folder: Path) -> Loaded:
    study = study_in(str(folder))
    return load_export(warehouse_of(folder), study.contracts[0], study=study, as_of=DAY)


def correct(folder: Path) -> None:
    """The store's words for its stores are given other names."""
    source = folder / "sources/pos__visits.toml"
    text = source.read_text("utf-8")
    source.write_text(
        text.replace('header = "store"', 'header = "store"\nvalues = { S1 = "First" }'), "utf-8"
    )


def stores(folder: Path) -> dict[str, set[str]]:
    with warehouse_of(folder).open() as connection:
        rows = connection.execute(
            "select split_part(source_file_id, '/', -1), store_id from exports.pos__visits"
        ).fetchall()
    found = dict[str, set[str]]()
    for file, store in rows:
        found.setdefault(file, set()).add(store)
    return found


def test_files_that_are_gone_are_read_again_from_their_kept_copies(folder: Path) -> None:
    load(folder)
    study = study_in(str(folder))
    keep_loaded_files(study, warehouse_of(folder), archive_of(StudyPaths(folder)).store)
    (folder / "exports/visits_2026-01.csv").unlink()
    correct(folder)
    loaded = load(folder)
    found = stores(folder)
    assert len(found) == 3
    assert all("First" in names and "S1" not in names for names in found.values())
    assert "rows_are_of_one_reading" not in {finding.check for finding in loaded.findings}


def test_rows_of_an_earlier_reading_are_named_where_no_copy_is_kept(folder: Path) -> None:
    load(folder)
    (folder / "exports/visits_2026-01.csv").unlink()
    correct(folder)
    loaded = load(folder)
    (finding,) = [each for each in loaded.findings if each.check == "rows_are_of_one_reading"]
    assert finding.message.values["files"] == "exports/visits_2026-01.csv"
    assert "S1" in stores(folder)["visits_2026-01.csv"]
