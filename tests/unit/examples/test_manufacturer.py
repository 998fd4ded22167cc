"""The manufacturer's study: lots, levels and verdicts agree with its files."""

import tomllib
from pathlib import Path

import polars as pl
import pytest

from roi_pipeline.examples import manufacturer_plans as plan
from roi_pipeline.examples.manufacturer import generate
from roi_pipeline.examples.manufacturer_customers import draw_customers
from roi_pipeline.examples.manufacturer_world import World
from roi_pipeline.examples.planted import read_planted_truth
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import study_problems

FOLDER = shipped_folder("studies") / "manufacturer"
MODULES = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((FOLDER / "modules").glob("*.toml"))
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("manufacturer")
    generate(folder, scale=0.4)
    return folder


def test_the_study_has_no_problem() -> None:
    assert not study_problems(FOLDER, {})


def test_every_claim_target_and_rating_has_a_planted_verdict() -> None:
    claims = {
        (m, claim["id"]) for m, module in MODULES.items() for claim in module.get("claim", ())
    }
    targets = {
        (m, pooled["metric"])
        for m, module in MODULES.items()
        for pooled in module["pool"]
        if "target" in pooled
    }
    assert {(c.module_id, c.claim_id) for c in plan.VERDICTS.claims} == claims
    assert {(t.module_id, t.metric_id) for t in plan.VERDICTS.targets} == targets
    assert {rating.module_id for rating in plan.VERDICTS.ratings} == set(MODULES)


@pytest.mark.parametrize(
    ("module_id", "units"),
    [
        ("ad_optimisation", plan.CAMPAIGNS),
        ("content_generation", plan.CONTENT_TEAMS),
        ("service_bot", plan.SHOPS),
        ("sales_forecast", plan.ARTICLES),
    ],
)
def test_units_go_live_where_the_plan_says(module_id: str, units: plan.Units) -> None:
    assert MODULES[module_id]["rollout"]["go_live"] == units.go_live
    assert not units.chosen.all()


def test_every_planted_effect_is_on_a_metric_of_its_modules_pool() -> None:
    pools = {m: {pooled["metric"] for pooled in module["pool"]} for m, module in MODULES.items()}
    assert all(effect.metric_id in pools[effect.module_id] for effect in plan.EFFECTS)


def test_lots_have_the_planned_shares_and_do_not_depend_on_each_other() -> None:
    customers = draw_customers(World(1, 1.0))
    for module_id, share in plan.TREATED_SHARE.items():
        assert customers.treated[module_id].mean() == pytest.approx(share, abs=0.001)
        assert MODULES[module_id]["randomisation"]["planned_share"] == share
    both = customers.treated["recommendation"] & customers.treated["churn_retention"]
    assert both.mean() == pytest.approx(0.8 * 0.7, abs=0.03)


def test_those_who_stay_away_three_months_are_as_many_as_planted() -> None:
    customers = draw_customers(World(1, 3.0))
    later = [month >= plan.ASSIGNED for month in customers.months]
    active = customers.is_active[:, later]
    is_away = ~(active[:, :-2] | active[:, 1:-1] | active[:, 2:])
    treated = customers.treated["churn_retention"]
    without = plan.churn_without()
    assert is_away[~treated].mean() == pytest.approx(without, abs=0.012)
    assert is_away[treated].mean() == pytest.approx(without * plan.CHURN_FACTOR, abs=0.012)


def test_orders_of_treated_customers_are_larger_by_what_was_planted(generated: Path) -> None:
    actions = pl.read_parquet(generated / "exports/ai_platform/actions.parquet").filter(
        pl.col("module") == "recommendation"
    )
    arms = actions.select("member_id", "held_out").unique()
    orders = pl.concat(
        [
            pl.read_csv(path, infer_schema=False)
            for path in sorted((generated / "exports/erp").glob("orders_*.csv"))
        ]
    ).with_columns(pl.col("訂單金額").cast(pl.Float64, strict=False))
    orders = orders.filter(pl.col("訂單金額") > 0, pl.col("訂購時間").str.contains(r"^20\d\d-"))
    since = orders.filter(pl.col("訂購時間") >= str(plan.ASSIGNED))
    means = dict(
        since.join(arms, left_on="會員編號", right_on="member_id")
        .group_by("held_out")
        .agg(pl.mean("訂單金額"))
        .iter_rows()
    )
    ratio = means["false"] / means["true"]
    assert ratio == pytest.approx(plan.ORDER_VALUE_FACTOR, abs=0.07)


def test_every_row_and_dirty_row_is_accounted_for(generated: Path) -> None:
    truth = read_planted_truth(generated)
    written = {
        path.relative_to(generated).as_posix()
        for path in (generated / "exports").rglob("*")
        if path.is_file()
    }
    assert written == set(truth.rows)
    assert all(rows > 0 for rows in truth.rows.values())
    assert {dirty.path for dirty in truth.dirty} <= written


def test_exports_are_in_utf_8_with_a_byte_order_mark(generated: Path) -> None:
    paths = sorted((generated / "exports").rglob("*.csv"))
    assert len(paths) > 2
    for path in paths:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path.name
