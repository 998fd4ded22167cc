"""Every check an export declares has a result, whatever its contract demands and its files hold."""

from pathlib import Path

import dagster as dg
import pytest
from tiny_study import write_tiny_study

from roi_pipeline.defs.definitions import build_definitions

KEY = dg.AssetKey(["exports", "pos__visits"])


def load(folder: Path) -> dict[str, dg.AssetCheckEvaluation]:
    job = build_definitions(folder).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            instance=instance, asset_selection=[KEY], raise_on_error=True
        )
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


@pytest.fixture
def bare_study(tmp_path: Path) -> Path:
    """A study whose contract demands nothing of a row."""
    folder = write_tiny_study(tmp_path)
    source = folder / "sources/pos__visits.toml"
    text = source.read_text("utf-8").replace("is_required = true\n", "")
    head, key, rest = text.partition("[key]")
    source.write_text(head + rest.removeprefix('\ncolumns = ["visit_id_pos"]\n'), "utf-8")
    assert key
    return folder


def test_a_contract_without_a_rule_loads_and_says_that_nothing_was_checked(
    bare_study: Path,
) -> None:
    checks = load(bare_study)
    assert checks["every_row_read_is_accounted_for"].passed
    assert not checks["rules_are_declared"].passed


def test_a_file_that_cannot_be_read_is_an_error_with_its_reason(bare_study: Path) -> None:
    import gzip

    visits = bare_study / "exports/visits_2026-01.csv"
    packed = gzip.compress(visits.read_bytes())
    visits.write_bytes(packed[: len(packed) // 2])
    check = load(bare_study)["every_file_can_be_read"]
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert "ends too early" in str(check.description)
