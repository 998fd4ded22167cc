"""The declared attribution window moves effect, target and money, from exports to the ledger."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from loaded_study import load_study

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.engines.questions.attribution import rules_frame
from roi_pipeline.engines.warehouse import Warehouse, write_frame
from roi_pipeline.usecases.effects import evaluate_effects
from roi_pipeline.usecases.facts import build_sql_table, catalogue_of
from roi_pipeline.usecases.studies import study_in
from roi_pipeline.usecases.value import value_module

AS_OF = date(2026, 3, 20)
PER_ARM = 500
WEEK, FORTNIGHT = "window_days = 7", "window_days = 14"
# Rule of [attribution] → share of the treated and of the held-out customers with a visit in it.
RULES = {FORTNIGHT: (0.60, 0.15), WEEK: (0.30, 0.10), f'{WEEK}\ndays = "calendar"': (0.40, 0.10)}
FOLLOWING_THE_RULES = (
    "facts.outcomes", "facts.action_windows", "facts.action_credits",
    "metrics.attributed_actions_daily",
)  # fmt: skip
STUDY = """\
id = "windows"
company = { en = "Windows", zh-CN = "窗口", zh-TW = "窗口" }
headcount = 8
currency = "CNY"
languages = ["en"]
timezone = "Asia/Shanghai"
country = "CN"
cycle = "month"
history = { start = 2026-01-01, end = 2026-03-20 }
people_key = "an invented company invents its people"

[[assumption]]
id = "margin_of_a_visit"
value = "40"
unit = "CNY/visit"
source = "price list"
owner = "finance"
stated_on = 2026-01-01
"""
ACTIONS = """\
system = "ai_platform"
entity = "actions"
owner = "sales"
location = { glob = "exports/actions.csv", kind = "csv" }
key = { columns = ["action_id_ai_platform"] }
column = [
    { name = "action_id_ai_platform", type = "text", header = "id", is_required = true },
    { name = "module_id", type = "text", header = "module", is_required = true },
    { name = "action_type", type = "text", header = "kind", is_required = true },
    { name = "customer_id_crm", type = "text", header = "customer", is_required = true },
    { name = "clinic_id", type = "text", header = "shop", is_required = true },
    { name = "staff_id", type = "text", header = "staff" },
    { name = "channel", type = "text", header = "channel" },
    { name = "acted_at", type = "timestamp", header = "at", timezone = "UTC", is_required = true },
    { name = "adoption_type", type = "text", header = "adoption" },
    { name = "is_held_out", type = "boolean", header = "held_out", is_required = true },
    { name = "is_eligible", type = "boolean", header = "eligible", is_required = true },
    { name = "opted_out_at", type = "timestamp", header = "opted_out", timezone = "UTC" },
]
"""
EVENTS = """\
system = "crm"
entity = "customer_events"
owner = "sales"
location = { glob = "exports/events.csv", kind = "csv" }
key = { columns = ["event_id_crm"] }
column = [
    { name = "event_id_crm", type = "text", header = "id", is_required = true },
    { name = "customer_id_crm", type = "text", header = "customer", is_required = true },
    { name = "clinic_id", type = "text", header = "shop", is_required = true },
    { name = "event_type", type = "text", header = "kind", is_required = true },
    { name = "channel", type = "text", header = "channel" },
    { name = "occurred_at", type = "timestamp", header = "at", timezone = "UTC", is_required = true },
]
"""
MODULE = """\
id = "inviter"
name = { en = "Inviter", zh-CN = "邀约", zh-TW = "邀約" }
scene = { en = "Visits", zh-CN = "到店", zh-TW = "到店" }
kind = "marketing"
owner = "sales"
filters = { module_id = ["inviter"] }
rollout = { unit = "customer", everywhere_from = 2026-02-01 }

[randomisation]
arm_column = "arm_name"
treated = ["treated"]
comparison = ["held_out"]
planned_share = 0.5

[attribution]
outcome = "visit"
window_days = 7

[[pool]]
metric = "visit_rate"
role = "goal"
target = { kind = "absolute", value = 0.27 }

[[cost]]
id = "licence"
category = "licence"
name = { en = "Licence", zh-CN = "许可费", zh-TW = "授權費" }
amount = "900"
basis = "per_month"
start = 2026-02-01
source = "contract 1"

[[benefit]]
id = "visits"
category = "revenue"
name = { en = "Visits", zh-CN = "到店", zh-TW = "到店" }
metric = "visit_rate"
unit_value = "margin_of_a_visit"
destination = "revenue_won"
owner = "sales"
"""
ACTED = datetime(2026, 2, 2, 2)  # noqa: DTZ001  (10 in the morning in Shanghai)
# Hours after the action → visits per hundred customers, treated and held out.
PLANTED = (
    (-1, 20, 5),  # before it: nobody's outcome, whatever the rule
    (72, 30, 10),
    (7 * 24 + 5, 10, 0),  # the seventh day still in local time, but over seven times 24 hours
    (10 * 24, 20, 5),
    (14 * 24, 5, 0),  # at the very end of two weeks: outside
)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule made of the same exports."""

    effect: Effect
    value: ModuleValue


def write_exports(folder: Path) -> None:
    actions, events = list[list[str]](), list[list[str]]()
    for number in range(2 * PER_ARM):
        is_held_out = number % 2 == 1
        customer, acted = f"K{number}", ACTED + timedelta(days=number // 2 % 20)
        actions.append(
            [f"a{number}", "inviter", "invitation", customer, "S1", "", "", acted.isoformat(), "",
             str(is_held_out).lower(), "true", ""]
        )  # fmt: skip
        place, start = number // 2 % 100, 0
        for hours, treated, held_out in PLANTED:
            share = held_out if is_held_out else treated
            if start <= place < start + share:
                at = acted + timedelta(hours=hours)
                events.append([f"e{number}", customer, "S1", "visit", "", at.isoformat()])
            start += share
    (folder / "exports").mkdir()
    header = "id module kind customer shop staff channel at adoption held_out eligible opted_out"
    for name, columns, rows in (
        ("actions", header, actions), ("events", "id customer shop kind channel at", events),
    ):  # fmt: skip
        with (folder / f"exports/{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns.split(), *rows])


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Judged]:
    """Each rule on the same loaded exports, one after the other in one study."""
    folder = tmp_path_factory.mktemp("windows")
    for name, text in (
        ("study.toml", STUDY), ("sources/ai_platform__actions.toml", ACTIONS),
        ("sources/crm__customer_events.toml", EVENTS), ("modules/inviter.toml", MODULE),
    ):  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    write_exports(folder)
    load_study(folder, as_of=AS_OF)
    return {rule: _judged(folder, rule) for rule in RULES}


def _judged(folder: Path, rule: str) -> Judged:
    (folder / "modules/inviter.toml").write_text(MODULE.replace(WEEK, rule), "utf-8")
    study = study_in(str(folder))
    (module,) = study.modules
    warehouse = Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")
    with warehouse.open() as connection:
        write_frame(connection, "facts.attribution_rules", rules_frame(study.modules))
        for table in FOLLOWING_THE_RULES:
            file = catalogue_of(study).file(table)
            build_sql_table(connection, file, study=study, as_of=AS_OF)
    cycle = study.cycle("2026-02", as_of=AS_OF)
    outcome = evaluate_effects(study, warehouse, module, cycle).outcomes["visit_rate"]
    assert isinstance(outcome, Effect), outcome
    return Judged(outcome, value_module(study, warehouse, module, cycle))


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_counts_what_was_planted(judged: dict[str, Judged], rule: str) -> None:
    effect, (treated, held_out) = judged[rule].effect, RULES[rule]
    assert (effect.counterfactual_value, effect.post_value) == pytest.approx((held_out, treated))
    assert effect.estimate == pytest.approx(treated - held_out)


@pytest.mark.parametrize("rule", RULES)
def test_money_follows_the_window(judged: dict[str, Judged], rule: str) -> None:
    treated, held_out = RULES[rule]
    (line,) = judged[rule].value.cycle.benefits
    caused = round(PER_ARM * (treated - held_out))
    assert line.volume == PER_ARM
    assert line.amount is not None
    assert round(line.amount) == caused * 40
    assert round(judged[rule].value.cycle.returns.net) == caused * 40 - 900


def test_the_target_follows_the_window(judged: dict[str, Judged]) -> None:
    chances = {rule: each.value.targets[0].probability or 0.0 for rule, each in judged.items()}
    assert chances[WEEK] < 0.01
    assert chances[FORTNIGHT] > 0.99
