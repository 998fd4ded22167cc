"""The three telesales studies: what is planted is in the files, and the study's files agree with it."""

import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roi_pipeline.examples.callcentre import GENERATORS
from roi_pipeline.examples.callcentre_plans import (
    LARGE,
    LARGE_VERDICTS,
    SME,
    SME_VERDICTS,
    STARTUP,
    STARTUP_VERDICTS,
)
from roi_pipeline.examples.callcentre_world import Centre, Plan
from roi_pipeline.examples.planted import read_planted_truth
from roi_pipeline.examples.planted_verdicts import PlantedVerdicts
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import study_problems

STUDIES = [
    pytest.param(STARTUP, STARTUP_VERDICTS, id="startup"),
    pytest.param(SME, SME_VERDICTS, id="sme"),
    pytest.param(LARGE, LARGE_VERDICTS, id="large"),
]
SCALE = 0.34


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: _generated(tmp_path_factory.mktemp(name), name) for name in GENERATORS}


def _generated(folder: Path, name: str) -> Path:
    GENERATORS[name](folder, scale=SCALE)
    return folder


def _modules(study: str) -> dict[str, dict]:
    return {
        path.stem: tomllib.loads(path.read_text("utf-8"))
        for path in sorted((shipped_folder("studies") / study / "modules").glob("*.toml"))
    }


def _calls(folder: Path) -> pl.DataFrame:
    parts = [
        pl.read_csv(path.read_bytes().decode("gb18030").encode(), infer_schema=False)
        for path in sorted((folder / "exports" / "dialler").glob("*.csv"))
    ]
    return pl.concat(parts).filter(
        pl.col("拨打时间").str.contains(r"^20\d\d/\d\d/\d\d ")
        & pl.col("通话结果").is_in(["接通", "无人接听", "占线", "关机"])
    )


@pytest.mark.parametrize(("plan", "verdicts"), STUDIES)
def test_the_study_has_no_problem(plan: Plan, verdicts: PlantedVerdicts) -> None:
    assert not study_problems(shipped_folder("studies") / plan.study, {})


@pytest.mark.parametrize(("plan", "verdicts"), STUDIES)
def test_modules_go_live_where_the_plan_says(plan: Plan, verdicts: PlantedVerdicts) -> None:
    modules = _modules(plan.study)
    assert set(modules) == set(plan.modules)
    for module_id, module in modules.items():
        rollout = module["rollout"]
        declared = rollout.get("go_live") or {"everywhere": rollout["everywhere_from"]}
        assert declared == plan.modules[module_id].go_live


@pytest.mark.parametrize(("plan", "verdicts"), STUDIES)
def test_every_claim_target_and_rating_has_a_planted_verdict(
    plan: Plan, verdicts: PlantedVerdicts
) -> None:
    modules = _modules(plan.study)
    claims = {(m, claim["id"]) for m, module in modules.items() for claim in module["claim"]}
    targets = {
        (m, pooled["metric"])
        for m, module in modules.items()
        for pooled in module["pool"]
        if "target" in pooled
    }
    assert {(c.module_id, c.claim_id) for c in verdicts.claims} == claims
    assert {(t.module_id, t.metric_id) for t in verdicts.targets} == targets
    assert {rating.module_id for rating in verdicts.ratings} == set(modules)


def test_every_fate_of_a_claim_but_doubt_and_a_provisional_rating_are_shown() -> None:
    studies = (STARTUP_VERDICTS, SME_VERDICTS, LARGE_VERDICTS)
    assert {claim.verdict for study in studies for claim in study.claims} == {
        "at_least", "consistent", "smaller", "no_effect", "contradicted",
    }  # fmt: skip
    assert {rating.status for study in studies for rating in study.ratings} == {
        "outright", "provisional",
    }  # fmt: skip


@pytest.mark.parametrize("name", GENERATORS)
def test_every_row_and_dirty_row_is_accounted_for(folders, name: str) -> None:
    truth = read_planted_truth(folders[name])
    written = {
        path.relative_to(folders[name]).as_posix()
        for path in (folders[name] / "exports").rglob("*")
        if path.is_file()
    }
    assert written == set(truth.rows)
    assert all(rows > 0 for rows in truth.rows.values())
    assert {dirty.path for dirty in truth.dirty} <= written
    assert {dirty.found for dirty in truth.dirty} == {"quarantined", "duplicate", "loaded"}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(folders, tmp_path) -> None:
    name = "callcentre-startup"
    for folder, seed in (("again", 20250101), ("other", 7)):
        (tmp_path / folder).mkdir()
        GENERATORS[name](tmp_path / folder, seed=seed, scale=SCALE)
    for path in sorted((folders[name] / "exports").rglob("*.*")):
        relative = path.relative_to(folders[name])
        assert path.read_bytes() == (tmp_path / "again" / relative).read_bytes(), relative
    calls = "exports/dialler/calls_2025-09.csv"
    assert (folders[name] / calls).read_bytes() != (tmp_path / "other" / calls).read_bytes()


def test_calls_of_treated_teams_move_by_what_was_planted(folders) -> None:
    calls = _calls(folders["callcentre-sme"]).with_columns(
        pl.col("拨打时间").str.slice(0, 10).alias("day"),
        pl.col("班组").is_in(list(SME.modules["smart_dialling"].go_live)).alias("treated"),
    )
    per_day = calls.group_by("day", "坐席工号", "treated").agg(
        calls=pl.len(),
        connected=(pl.col("通话结果") == "接通").sum(),
        intents=(pl.col("意向客户") == "是").sum(),
    )
    is_before, is_after = pl.col("day") < "2025/06/01", pl.col("day") >= "2025/09/01"
    sums = {
        (window, treated): per_day.filter(condition & (pl.col("treated") == treated)).select(
            pl.len().alias("days"), pl.sum("calls", "connected", "intents")
        ).row(0, named=True)
        for window, condition in (("baseline", is_before), ("post", is_after))
        for treated in (True, False)
    }  # fmt: skip
    assert _change(sums, "calls", "days") == pytest.approx(2.0, abs=0.45)
    assert _change(sums, "connected", "calls") == pytest.approx(0.34 * 0.14, abs=0.02)
    assert _change(sums, "intents", "connected") == pytest.approx(0.25 * 0.20, abs=0.035)


def _change(sums: dict, above: str, below: str) -> float:
    ratio = {key: row[above] / row[below] for key, row in sums.items()}
    return (ratio["post", True] - ratio["baseline", True]) - (
        ratio["post", False] - ratio["baseline", False]
    )


def test_the_selection_month_looks_bad_by_chance(folders) -> None:
    calls = _calls(folders["callcentre-sme"]).filter(
        pl.col("班组").is_in(list(SME.modules["smart_dialling"].go_live))
    )
    connected = calls.group_by(pl.col("拨打时间").str.slice(0, 7).alias("month")).agg(
        rate=(pl.col("通话结果") == "接通").mean()
    )
    rate = dict(connected.iter_rows())
    assert rate["2025/06"] < min(rate["2025/04"], rate["2025/05"])


@pytest.mark.parametrize(("plan", "verdicts"), STUDIES)
def test_levels_rise_by_what_is_planted_and_no_rate_is_cut_off_at_one(
    plan: Plan, verdicts: PlantedVerdicts
) -> None:
    centre = Centre(plan, seed=20250101, scale=1.0)
    assert plan.modules
    for module_id, module in plan.modules.items():
        live = centre.live(module_id)
        for knob, factor in module.factors.items():
            level = centre.level(knob)
            ceiling = 1.0 if plan.levels[knob] < 1 and knob != "work" else np.inf
            moved = np.minimum(level, ceiling) - np.minimum(level / factor, ceiling)
            without, with_module = plan.effect(module_id, knob)
            planted = pytest.approx(with_module - without, rel=0.012, abs=1e-9)
            assert moved[live].mean() == planted, (module_id, knob)
