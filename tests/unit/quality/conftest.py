"""Fixtures: a warehouse file of the test's own, and a short way to check one rule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from staged_delivery import Warehouse

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import RuleResult


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse.duckdb")


@pytest.fixture
def check(warehouse: Warehouse) -> Callable[..., tuple[RuleResult, Finding]]:
    """Stage rows, validate them, and return result and finding of one rule."""

    def run(
        rule: str, contract: Contract, *rows: tuple[object, ...], **options: Any
    ) -> tuple[RuleResult, Finding]:
        warehouse.stage(contract, *rows)
        validation = warehouse.validate(contract, **options)
        result = next(result for result in validation.results if result.rule == rule)
        finding = next(finding for finding in validation.findings if finding.check == rule)
        assert finding.passed == result.passed
        return result, finding

    return run
