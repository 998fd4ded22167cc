"""Editions of the clinic study: two cycles closed, both computed again in new processes."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from roi_pipeline.defs.closing import close_study
from roi_pipeline.defs.histories import archive_of, rated_roi, read_kept
from roi_pipeline.examples import copy_example
from roi_pipeline.resources import CHECKOUT

pytestmark = pytest.mark.slow
CYCLES = ("2025-Q4", "2026-Q1")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small clinic study with two cycles closed."""
    folder = tmp_path_factory.mktemp("clinic") / "study"
    copy_example("clinic", folder, scale=0.1)
    for cycle in CYCLES:
        closing = close_study(folder, cycle)
        assert (closing.name, closing.failed) == (f"{cycle}/final-1", ())
    return folder


@pytest.mark.parametrize(("cycle", "threads"), zip(CYCLES, (1, 3), strict=True))
def test_an_edition_comes_out_the_same_in_a_new_process(
    clinic: Path, cycle: str, threads: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "roi_pipeline.cli", "verify", clinic, cycle, "--threads",
         str(threads)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, cwd=CHECKOUT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bridge_between_the_cycles_adds_up_for_every_module(clinic: Path) -> None:
    archive = archive_of(clinic / "out")
    then, now = (read_kept(archive, f"{cycle}/final-1") for cycle in CYCLES)
    bridged = 0
    for module in now.modules:
        before = then.value(module.module_id)
        assert before is not None
        assert module.previous is not None
        assert {step.cause for step in module.previous.bridge} <= {
            "new_data",
            "late_data",
            "method",
        }
        old, new = rated_roi(before), rated_roi(module.value)
        if not module.previous.bridge or old is None or new is None:
            continue
        total = sum((step.roi_change for step in module.previous.bridge), Decimal(0))
        assert abs(new - old - total) < Decimal("1e-6"), module.module_id
        bridged += 1
    assert bridged >= 3
