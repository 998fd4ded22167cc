"""`roi plan` on a loaded study: figures that follow from its units, and lists that can be drawn again."""

import csv
import math
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import CliRunner
from loaded_study import load_study
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands
from roi_pipeline.defs.metadata import finding_check
from roi_pipeline.domain.effects import Inconclusive
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Randomisation, Rollout, Target
from roi_pipeline.domain.plans import Plans
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Cycle, Window
from roi_pipeline.engines.questions.module import read_questions
from roi_pipeline.reporting.console.plans import plan_lines
from roi_pipeline.stats.evaluate import evaluate_module
from roi_pipeline.stats.power import draw_holdout
from roi_pipeline.usecases.effects import all_findings
from roi_pipeline.usecases.plan import _with_target, draw_study, past_stretches, plan_study
from roi_pipeline.usecases.studies import study_in

NAME = Text({"en": "x"})
RATE = Metric("rate", "metrics.t", "n", "d", "up", "rate", 1, "o", NAME, NAME)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study, loaded."""
    folder = write_tiny_study(tmp_path_factory.mktemp("plan") / "tiny")
    load_study(folder, as_of=date(2026, 3, 2))
    return folder


def test_a_plan_is_what_the_variance_of_the_units_says(folder: Path) -> None:
    (line,) = plan_study(folder, "greeter", weeks=[4], shares=[0.5]).lines
    # eight stores, four against four: Welch's t with 6 degrees of freedom
    assert (line.units_treated, line.units_held_out) == (4, 4)
    assert line.level == pytest.approx(0.22, abs=0.02)
    trials = 28 * 21  # visits of a store in four weeks, independent of one another
    error = math.sqrt(line.level * (1 - line.level) / trials * (1 / 4 + 1 / 4))
    assert line.smallest_absolute == pytest.approx((2.447 + 0.906) * error, rel=0.6)


def test_longer_and_more_evenly_split_plans_find_less(folder: Path) -> None:
    plans = plan_study(folder, "greeter", weeks=[1, 4], shares=[0.25, 0.5])
    found = {(line.weeks, line.holdout_share): line.smallest_absolute for line in plans.lines}
    assert found[4, 0.5] < found[1, 0.5]
    assert found[4, 0.5] < found[4, 0.25]
    assert plans.is_before_go_live


def test_a_plan_longer_than_history_says_so_and_promises_nothing_more(folder: Path) -> None:
    short, long = plan_study(folder, "greeter", weeks=[4, 40], shares=[0.5]).lines
    assert long.weeks_of_history == 4
    assert long.smallest_absolute == short.smallest_absolute


def test_an_arm_of_less_than_two_units_is_left_out_with_the_reason(folder: Path) -> None:
    plans = plan_study(folder, "greeter", weeks=[2], shares=[0.05, 0.5])
    assert [line.holdout_share for line in plans.lines] == [0.5]
    assert [reason.code for _, reason in plans.reasons] == ["plan_leaves_an_arm_too_small"]


def test_stretches_have_a_baseline_all_of_them_or_none() -> None:
    span = Window(date(2026, 1, 5), date(2026, 3, 30))  # twelve weeks
    found = list(past_stretches(span, 4))
    assert [post.start for post, _ in found] == [date(2026, 3, 2), date(2026, 2, 2)]
    assert [baseline and baseline.end for _, baseline in found] == [
        date(2026, 3, 2), date(2026, 2, 2),
    ]  # fmt: skip
    assert [baseline for _, baseline in past_stretches(span, 12)] == [None]


def test_a_plan_without_a_warehouse_or_with_a_wrong_name_says_what_to_do(
    folder: Path, tmp_path: Path
) -> None:
    other = write_tiny_study(tmp_path / "fresh")
    with pytest.raises(NeedsAHuman, match="roi run"):
        plan_study(other, "greeter", weeks=[2], shares=[0.5])
    with pytest.raises(UnknownName, match="did you mean 'sale_rate'"):
        plan_study(folder, "greeter", metric_id="sale_rat", weeks=[2], shares=[0.5])


def test_the_command_prints_the_table_and_writes_it(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan.csv"
    result = CliRunner().invoke(
        commands,
        ["plan", str(folder), "--module", "greeter", "--weeks", "2,4", "--shares", "25,50",
         "--out", str(target)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "sale_rate: 2" in result.output
    assert "points" in result.output
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert [(row["weeks"], row["holdout_share"]) for row in rows] == [
        ("2", "0.25"), ("2", "0.5"), ("4", "0.25"), ("4", "0.5"),
    ]  # fmt: skip


def test_a_plan_says_which_length_would_show_the_target(folder: Path) -> None:
    plans = plan_study(folder, "greeter", weeks=[1, 4], shares=[0.25, 0.5])
    first, *_, last = plans.lines
    assert first.smallest_absolute > last.smallest_absolute
    study = study_in(str(folder))
    told = {
        wanted: "\n".join(plan_lines(with_target(plans, wanted), study))
        for wanted in (None, first.smallest_absolute, last.smallest_absolute, 1e-6)
    }
    assert "minimum detectable effect of each plan (80 % power" in told[None]
    assert "target" not in told[None]
    assert "would show from 1 week with 25.0% held out" in told[first.smallest_absolute]
    assert "would show from 4 weeks with 50.0% held out" in told[last.smallest_absolute]
    assert (
        "not show in any of these; with 50.0% held out it takes more than two years" in told[1e-6]
    )


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({2: 0.08, 8: 0.04}, "about 32 weeks"),  # half as large, four times as long
        ({2: 0.08, 8: 0.045}, "about 57 weeks"),  # the same units seen again tell less
        ({8: 0.04}, "about 32 weeks"),
        ({2: 0.08, 8: 0.08}, "more than two years"),
    ],
)
def test_how_long_it_takes_follows_from_how_the_figures_fell(
    folder: Path, figures: dict[int, float], told: str
) -> None:
    plans = plan_study(folder, "greeter", weeks=[2], shares=[0.5])
    lines = tuple(
        replace(plans.lines[0], weeks=weeks, weeks_of_history=weeks, smallest_absolute=change)
        for weeks, change in figures.items()
    )
    text = "\n".join(
        plan_lines(with_target(replace(plans, lines=lines), 0.02), study_in(str(folder)))
    )
    assert told in text


def with_target(plans: Plans, wanted: float | None) -> Plans:
    lines = tuple(replace(line, target_absolute=wanted) for line in plans.lines)
    return replace(plans, lines=lines)


@pytest.mark.parametrize(
    ("target", "wanted"),
    [(Target("relative", -0.1), 0.022), (Target("absolute", 0.05), 0.05), (Target("level", 0.2), 0.02)],
)  # fmt: skip
def test_a_target_of_any_kind_is_a_change_of_a_size(
    folder: Path, target: Target, wanted: float
) -> None:
    (line,) = plan_study(folder, "greeter", weeks=[4], shares=[0.5]).lines
    assert line.target_absolute is None
    level = replace(line, level=0.22)
    assert _with_target(level, target).target_absolute == pytest.approx(wanted)


def test_a_draw_is_the_same_for_the_same_seed_and_another_for_another(folder: Path) -> None:
    first = draw_study(folder, "greeter", share=0.25, seed=7)
    again = draw_study(folder, "greeter", share=0.25, seed=7)
    others = {draw_study(folder, "greeter", share=0.25, seed=seed).rows for seed in range(20)}
    assert first == again
    assert len(others) > 5
    assert first.arms == {"treated": 6, "held_out": 2}
    assert [row[0] for row in first.rows] == [f"S{number}" for number in range(1, 9)]


def test_a_draw_within_strata_takes_its_share_of_each(folder: Path) -> None:
    drawn = draw_study(folder, "greeter", share=0.5, seed=3, strata="visits_count")
    assert all(held <= math.ceil(whole / 2) for held, whole in drawn.strata.values())
    with pytest.raises(UnknownName, match="strata"):
        draw_study(folder, "greeter", share=0.5, seed=3, strata="region")


def test_the_list_for_the_call_system_has_one_row_per_unit(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "holdout.csv"
    command = ["plan", str(folder), "--module", "greeter", "--draw", "0.25", "--out", str(target)]
    refused = CliRunner().invoke(commands, command)
    assert refused.exit_code == 2
    assert "--seed" in refused.output
    result = CliRunner().invoke(commands, [*command, "--seed", "7"])
    assert result.exit_code == 0, result.output
    _, _, block = result.output.partition("against the draw:")
    declared = tomllib.loads(block.partition("written:")[0])["randomisation"]  # as it stands
    assert declared == {
        "arm_column": "arm_name", "treated": ["treated"], "comparison": ["held_out"],
        "planned_share": 0.75,
    }  # fmt: skip
    rows = list(csv.DictReader(target.open(encoding="utf-8")))
    assert list(rows[0]) == ["store_id", "stratum", "arm"]
    assert sorted(row["arm"] for row in rows) == ["held_out"] * 2 + ["treated"] * 6


def study_of(module: Module) -> Study:
    return Study(
        id="s", folder=Path(), company=NAME, headcount=9, currency="CNY", languages=("en",),
        timezone="Asia/Shanghai", cycle_kind="month", history=Window(date(2026, 1, 1), date.max),
        modules=(module,), contracts=(), metrics={RATE.id: RATE}, standards=(),
    )  # fmt: skip


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "ignored for every third customer"])
def test_every_run_checks_that_the_arms_are_as_drawn(is_kept: bool) -> None:  # noqa: FBT001
    units = [f"K{number:03}" for number in range(600)]
    held_out = set(draw_holdout(units, share=0.5, seed=4))
    ignored = set() if is_kept else {unit for unit in held_out if int(unit[1:]) % 3 == 0}
    rows = [
        (unit, "held_out" if unit in held_out - ignored else "treated", int(unit[1:]) % 5 == 0)
        for unit in units
    ]
    arms = Randomisation("arm_name", ("treated",), ("held_out",), planned_share=0.5)
    live = Rollout("customer", everywhere_from=date(2026, 1, 1))
    module = Module("m", NAME, NAME, "o", live, (PoolMetric("rate", "goal"),), randomisation=arms)
    cycle = Cycle("2026-01", Window(date(2026, 1, 1), date(2026, 2, 1)), date(2026, 2, 1))
    with duckdb.connect() as connection:
        connection.execute("create schema metrics")
        connection.execute(
            "create table metrics.t (customer_id varchar, arm_name varchar, calendar_date date, "
            "n bigint, d bigint)"
        )
        connection.executemany(
            "insert into metrics.t values (?, ?, date '2026-01-05', ?, 1)",
            [(unit, arm, int(came)) for unit, arm, came in rows],
        )
        questions = read_questions(connection, study_of(module), module, cycle)
    effects = evaluate_module(module, cycle, questions)
    check = next(f for f in all_findings(effects) if f.check == "arms_have_the_planned_share")
    assert check.passed == is_kept
    told = finding_check(dg.AssetKey(["effects", "m"]), "diagnostics_are_quiet", [check])
    assert told.passed == is_kept
    assert "arms_have_the_planned_share" in str(told.metadata["findings"].value)
    assert (effects.effect("rate") is not None) == is_kept
    if not is_kept:
        assert isinstance(outcome := effects.outcomes["rate"], Inconclusive)
        assert outcome.reason.code == "refused_for_arm_sizes"  # which the report prints
