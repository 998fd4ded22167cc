"""The contracts the product ships can all be asked: none of their rules raises."""

from datetime import date

import pytest
from staged_delivery import Warehouse

from roi_pipeline import quality
from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.histories import VolumeHistory
from roi_pipeline.settings import read_standard_contracts

CONTRACTS = read_standard_contracts()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("standard") / "warehouse.duckdb")
    for contract in CONTRACTS:
        warehouse.stage(contract, tuple(None for _ in contract.columns), table=contract.table)
    return warehouse


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.table)
def test_every_rule_of_a_standard_contract_can_be_evaluated(
    loaded: Warehouse, contract: Contract
) -> None:
    validation = loaded.validate(
        contract,
        incoming_table=contract.table,
        known_tables={other.table for other in CONTRACTS},
        history=VolumeHistory((1.0,) * 5),
        as_of=date(2026, 5, 1),
    )
    assert [result.observed for result in validation.results if not result.was_evaluated] == []
    names = quality.expectation_names(contract)
    assert len(names) == len(set(names))
    for name in names:
        assert name.replace("_", "").isalnum()
        assert name.isascii()
