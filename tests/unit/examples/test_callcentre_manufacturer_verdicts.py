"""Whole runs: every planted effect is recovered, every rating, claim and target is as planted."""

import json
from pathlib import Path

import pytest
from closed_examples import PARAMS, closed_example

# Of 51 planted effects in five studies 2.6 are expected outside their 95 % intervals; this one is.
# `tests/recovery/test_example_effects_over_seeds.py` shows that it is the noise of this one draw.
BY_CHANCE = {"callcentre-large": {("compliance_monitoring", "outbound_script_rate")}}
SIMULTANEOUS = 1.68  # half-widths of a 95 % interval that hold all of 51 at once (Bonferroni)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module", params=[param for param in PARAMS if "clinic" not in str(param)])
def run(request, tmp_path_factory) -> Path:
    return closed_example(request.param, tmp_path_factory).folder


def _planted(run: Path) -> dict:
    return json.loads((run / "planted_verdicts.json").read_text("utf-8"))


def _modules(run: Path) -> dict[str, dict]:
    cycle = _planted(run)["cycle"]
    figures = json.loads((run / "out/reports" / cycle / "figures.json").read_text("utf-8"))
    assert not figures["missing"]
    return {module["module"]["id"]: module for module in figures["modules"]}


def test_every_planted_effect_lies_in_its_interval(run: Path) -> None:
    """All but those that `BY_CHANCE` names, and they inside the interval made for all at once."""
    modules = _modules(run)
    truth = json.loads((run / "planted_truth.json").read_text("utf-8"))
    off = {
        (planted["module_id"], planted["metric_id"]): _half_widths_off(
            modules[planted["module_id"]]["effects"]["outcomes"][planted["metric_id"]],
            planted["absolute"],
        )
        for planted in truth["effects"]
    }
    missed = {name for name, distance in off.items() if distance > 1}
    assert missed <= BY_CHANCE.get(run.name, set()), off
    assert max(off.values()) <= SIMULTANEOUS, off


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
