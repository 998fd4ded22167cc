"""A study is read again when its configuration changed, and a run is of one configuration."""

import os
from pathlib import Path

import dagster as dg
import pytest
from tiny_study import move_outside, write_tiny_study

from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.usecases.facts import catalogue_of
from roi_pipeline.usecases.studies import held_as_it_is, study_in

SOURCE = "sources/pos__visits.toml"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "study")


def test_a_corrected_contract_is_seen_by_a_process_that_read_the_study_before(folder: Path) -> None:
    before = study_in(str(folder))
    edit(folder / SOURCE, 'owner = "sales"', 'owner = "shops"')
    assert study_in(str(folder)).contracts[0].owner == "shops"
    assert before.contracts[0].owner == "sales"


def test_a_correction_of_equal_length_at_the_same_second_is_seen(folder: Path) -> None:
    path = folder / SOURCE
    study_in(str(folder))
    stat = path.stat()
    edit(path, '"sales"', '"shops"')
    os.utime(path, (stat.st_atime, int(stat.st_mtime)))
    assert study_in(str(folder)).contracts[0].owner == "shops"


def test_a_study_that_has_not_changed_is_not_read_again(folder: Path) -> None:
    assert study_in(str(folder)) is study_in(str(folder))
    assert catalogue_of(study_in(str(folder))) is catalogue_of(study_in(str(folder)))


def test_corrected_and_added_sql_is_seen(folder: Path) -> None:
    study = study_in(str(folder))
    assert "count(*) as visits_count" in catalogue_of(study).files["metrics.visits_daily"].sql
    edit(folder / "sql/metrics/visits_daily.sql", "count(*) as", "count(1) as")
    assert "count(1) as visits_count" in catalogue_of(study).files["metrics.visits_daily"].sql
    added = (folder / "sql/facts/visits.sql").read_text("utf-8").replace("visits —", "shops —")
    (folder / "sql/facts/shops.sql").write_text(added, "utf-8")
    assert "facts.shops" in catalogue_of(study).files


def test_a_run_keeps_the_configuration_it_began_with(folder: Path) -> None:
    with held_as_it_is(str(folder)) as study:
        catalogue_of(study)
        edit(folder / SOURCE, 'owner = "sales"', 'owner = "shops"')
        edit(folder / "sql/metrics/visits_daily.sql", "count(*) as", "count(1) as")
        assert study_in(str(folder)) is study
        assert "count(*) as visits_count" in catalogue_of(study).files["metrics.visits_daily"].sql
    assert study_in(str(folder)).contracts[0].owner == "shops"


def asked(folder: Path, sensor: dg.SensorDefinition, cursor: str | None) -> str:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance, cursor=cursor)
        found = sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return "" if isinstance(found, dg.SkipReason) else str(found.cursor)


def file_sensor(folder: Path) -> dg.SensorDefinition:
    return build_definitions(folder).resolve_sensor_def("new_exports")


def test_the_daemon_watches_the_files_of_the_corrected_contract(folder: Path) -> None:
    sensor = file_sensor(folder)
    first = asked(folder, sensor, None)
    assert asked(folder, sensor, first) == ""
    (folder / "later").mkdir()
    (folder / "exports/visits_2026-03.csv").rename(folder / "later/visits_2026-03.csv")
    edit(folder / SOURCE, "exports/*.csv", "later/*.csv")
    second = asked(folder, sensor, first)
    assert second not in {"", first}
    with (folder / "later/visits_2026-03.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert asked(folder, sensor, second) != ""


def test_the_daemon_watches_exports_outside_the_study_folder(folder: Path, tmp_path: Path) -> None:
    move_outside(folder, tmp_path / "elsewhere")
    sensor = file_sensor(folder)
    first = asked(folder, sensor, None)
    (tmp_path / "elsewhere/visits_2026-03.csv").unlink()
    assert asked(folder, sensor, first) not in {"", first}
