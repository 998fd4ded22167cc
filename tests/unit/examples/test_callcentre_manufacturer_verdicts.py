"""Whole runs: every planted effect is recovered, every rating, claim and target is as planted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

STUDIES = ("callcentre-startup", "callcentre-sme", "callcentre-large", "manufacturer")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=STUDIES)
def run(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / request.param
    for command in (["init", str(folder), "--example", request.param], ["run", str(folder)]):
        subprocess.run(
            [sys.executable, "-m", "roi_pipeline.cli", *command], check=True, capture_output=True
        )
    return folder


def _planted(run: Path) -> dict:
    return json.loads((run / "planted_verdicts.json").read_text("utf-8"))


def _modules(run: Path) -> dict[str, dict]:
    cycle = _planted(run)["cycle"]
    figures = json.loads((run / "out/reports" / cycle / "figures.json").read_text("utf-8"))
    assert not figures["missing"]
    return {module["module"]["id"]: module for module in figures["modules"]}


def test_planted_effects_are_recovered(run: Path) -> None:
    """Most lie in the 95 % interval, none further off than twice its width."""
    modules = _modules(run)
    truth = json.loads((run / "planted_truth.json").read_text("utf-8"))
    off = {
        (planted["module_id"], planted["metric_id"]): _half_widths_off(outcome, planted["absolute"])
        for planted in truth["effects"]
        if (
            outcome := modules[planted["module_id"]]["effects"]["outcomes"].get(
                planted["metric_id"]
            )
        )
    }
    assert len(off) >= 2
    assert max(off.values()) <= 2, off
    assert sum(distance <= 1 for distance in off.values()) >= 0.8 * len(off), off


def _half_widths_off(outcome: dict, planted: float) -> float:
    is_above = planted > outcome["estimate"]
    end = outcome["upper"] if is_above else outcome["lower"]
    return (planted - outcome["estimate"]) / (end - outcome["estimate"])


def test_every_rating_is_as_planted(run: Path) -> None:
    modules = _modules(run)
    ratings = {m: module["value"]["rating"] for m, module in modules.items()}
    found = {m: (rating["status"], rating["grade"]) for m, rating in ratings.items()}
    assert found == {r["module_id"]: (r["status"], r["grade"]) for r in _planted(run)["ratings"]}


def test_every_claim_gets_the_planted_verdict(run: Path) -> None:
    found = {
        (m, claim["claim_id"]): claim["verdict"]
        for m, module in _modules(run).items()
        for claim in module["value"]["claims"]
    }
    planted = {(c["module_id"], c["claim_id"]): c["verdict"] for c in _planted(run)["claims"]}
    assert found == planted


def test_every_target_gets_a_planted_verdict(run: Path) -> None:
    found = {
        (m, target["metric_id"]): target["verdict"]
        for m, module in _modules(run).items()
        for target in module["value"]["targets"]
    }
    planted = {(t["module_id"], t["metric_id"]): t["verdicts"] for t in _planted(run)["targets"]}
    assert found.keys() == planted.keys()
    assert all(verdict in planted[key] for key, verdict in found.items()), found
