"""The clinic study's exports through the real gate: every planted dirty row found, and no other."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.examples import copy_example
from roi_pipeline.examples.planted import PlantedTruth
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.exports import Loaded, load_export

pytestmark = pytest.mark.slow
AS_OF = date(2026, 5, 1)


def in_order_of_reference(study: Study) -> list[Contract]:
    """Contracts others refer to first."""
    waiting, ordered = list(study.contracts), list[Contract]()
    while waiting:
        done = {contract.table for contract in ordered}
        able = [each for each in waiting if referred_to(each) <= done]
        assert able, "contracts refer to each other in a circle"
        ordered += able
        waiting = [each for each in waiting if each not in able]
    return ordered


def referred_to(contract: Contract) -> set[str]:
    named = {column.references.split(".")[0] for column in contract.columns if column.references}
    return named - {contract.table}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[PlantedTruth, dict[str, Loaded]]:
    folder = tmp_path_factory.mktemp("studies") / "clinic"
    truth = copy_example("clinic", folder, scale=0.2)
    study = read_study(folder, environment={})
    place = tmp_path_factory.mktemp("warehouse")
    warehouse = Warehouse(place / "clinic.duckdb", place / "published.duckdb")
    return truth, {
        contract.table: load_export(warehouse, contract, study=study, as_of=AS_OF)
        for contract in in_order_of_reference(study)
    }


def test_every_file_is_accounted_for_as_planted(
    loaded: tuple[PlantedTruth, dict[str, Loaded]],
) -> None:
    truth, tables = loaded
    assert tables
    for table, result in tables.items():
        for load in result.files:
            planted = Counter[str]()
            path = load.path if load.path in truth.rows else the_database(truth, table)
            for dirty in truth.dirty:
                if (dirty.table, dirty.path) == (table, path):
                    planted[dirty.found] += dirty.rows
            assert load.is_balanced, path
            assert load.rows_read == truth.rows[path], path
            assert load.rows_quarantined == planted["quarantined"], path
            assert load.rows_duplicate == planted["duplicate"], path
            assert load.rows_superseded == planted["superseded"], path


def the_database(truth: PlantedTruth, table: str) -> str:
    """A query has no file name of its own; the truth names the database's file."""
    (path,) = {dirty.path for dirty in truth.dirty if dirty.table == table}
    assert Path(path).suffix == ".db"
    return path


def test_unknown_references_are_counted_as_planted(
    loaded: tuple[PlantedTruth, dict[str, Loaded]],
) -> None:
    truth, tables = loaded
    assert tables
    for table, result in tables.items():
        rules = [rule for rule in result.validation.results if rule.kind == "reference"]
        found = sum(rule.n_unexpected for rule in rules)
        assert found == truth.count(table, "unknown_reference"), table


def test_nothing_stops_a_delivery(loaded: tuple[PlantedTruth, dict[str, Loaded]]) -> None:
    assert len(loaded[1]) > 5
    for table, result in loaded[1].items():
        assert not result.validation.stops, table
