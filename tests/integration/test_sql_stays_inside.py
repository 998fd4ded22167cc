"""What a study brings as SQL reads its own database and nothing else."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tiny_study import FACT, write_tiny_study

from roi_pipeline.domain.contracts import RowRule
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.facts import build_sql_table, buildable_files
from roi_pipeline.usecases.studies import study_in

DAY = date(2026, 4, 15)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.txt"
    path.write_text("a secret beside the study", "utf-8")
    return path


def warehouse_of(folder: Path) -> Warehouse:
    return Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")


def test_a_rule_that_reads_a_file_cannot_be_evaluated(tmp_path: Path, secret: Path) -> None:
    """`roi check` refuses it already; this is what holds where a rule got past it."""
    folder = write_tiny_study(tmp_path / "study")
    study = study_in(str(folder))
    spying = RowRule("spying", f"(select count(*) from read_text('{secret}')) = 0")
    contract = replace(study.contracts[0], rules=(spying,))
    loaded = load_export(warehouse_of(folder), contract, study=study, as_of=DAY)
    (result,) = [each for each in loaded.validation.results if each.rule == "spying"]
    assert not result.was_evaluated
    assert "Permission" in result.observed
    again = load_export(warehouse_of(folder), study.contracts[0], study=study, as_of=DAY)
    assert {load.status for load in again.files} == {"loaded"}


def test_a_fact_that_reads_a_file_is_not_built(tmp_path: Path, secret: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    spying = f"(select max(content) from read_text('{secret}')) as store_id,"
    (folder / "sql/facts/visits.sql").write_text(FACT.replace("visits.store_id,", spying), "utf-8")
    study = study_in(str(folder))
    load_export(warehouse_of(folder), study.contracts[0], study=study, as_of=DAY)
    (file,) = [each for each in buildable_files(study) if each.table == "facts.visits"]
    with warehouse_of(folder).open() as connection, pytest.raises(NeedsAHuman, match="Permission"):
        build_sql_table(connection, file, study=study, as_of=DAY)
