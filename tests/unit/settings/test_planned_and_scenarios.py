"""Planned modules and scenarios: what the shipped example states, and what is refused."""

from pathlib import Path
from shutil import copytree

import pytest

from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.study import Study
from roi_pipeline.settings import read_study

EXAMPLE = Path(__file__).parents[3] / "studies" / "callcentre-startup"
PLAN = "planned/voice_agent.toml"


def study_with(folder: Path, file: str = "", old: str = "", new: str = "") -> Study:
    copytree(EXAMPLE, folder, ignore=lambda _, names: [n for n in names if n in ("exports", "out")])
    if file:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return read_study(folder, environment={})


def test_the_example_plans_a_module_and_states_three_scenarios(tmp_path: Path) -> None:
    study = study_with(tmp_path / "study")
    (plan,) = study.planned
    assert (plan.module.id, plan.months) == ("voice_agent", 12)
    assert [each.evidence for each in plan.expected] == ["vendor_claim", "own_measurement"]
    assert plan.module not in study.modules
    assert study.live_or_planned("voice_agent") is plan.module
    changes = [(each.lever, each.name) for every in study.scenarios for each in every.changes]
    assert changes == [("price", "lease"), ("volume", ""), ("headcount", "")]


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (PLAN, "worst = -0.05\nlikely = 0.10\nbest = 0.25", "worst = 0.25\nlikely = 0.10\nbest = -0.05", "expected[0].best"),
        (PLAN, "likely = 0.10", "likely = 0.40", "expected[0].likely"),
        (PLAN, '[[expected]]\nmetric = "', '[[expected]]\nmetric = "no_', "expected[0].metric"),
        (PLAN, "worst = -0.05\n", "", "expected[0].worst"),
        (PLAN, 'module = "smart_dialling"', 'module = "dialling"', "expected[1].module"),
        (PLAN, 'module = "smart_dialling"\n', "", "expected[1].module"),
        (PLAN, 'evidence = "vendor_claim"', 'evidence = "vendor_claim"\nmodule = "smart_dialling"', "expected[0].module"),
        (PLAN, 'module = "smart_dialling"', 'module = "smart_dialling"\nlikely = 0.1', "expected[1].evidence"),
        (PLAN, "everywhere_from = 2026-03-01\n", "", "rollout"),
        (PLAN, 'id = "voice_agent"', 'id = "smart_dialling"', "id"),
        (PLAN, "[[benefit]]\n", "[[benefit]]\nend = 2026-09-01\n", "benefit[0].end"),
        ("study.toml", "price:lease=+30%", "price:leese=+30%", "scenario[0].changes[0]"),
        ("study.toml", "price:lease=+30%", "price=30", "scenario[0].changes[0]"),
        ("study.toml", "volume=-50%", "volume:no_metric=-50%", "scenario[1].changes[0]"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_it_stands(
    tmp_path: Path, file: str, old: str, new: str, key: str
) -> None:
    with pytest.raises(StudyHasProblems) as refused:
        study_with(tmp_path / "study", file, old, new)
    found = {(problem.file, problem.key) for problem in refused.value.problems}
    assert (file, key) in found
