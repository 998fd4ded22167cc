"""The example studies of a telesales call system in companies of three sizes.

`callcentre-startup` (8 people, before and after), `callcentre-sme` (60 people, teams switched on one
after another) and `callcentre-large` (900 people, branches, private cloud, fines). Each has planted
effects and the verdicts that follow from them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from roi_pipeline.examples import files
from roi_pipeline.examples.callcentre_calls import (
    MEAN_FINE,
    Calls,
    calls_export,
    complaints_export,
    incidents_export,
    ratings_export,
)
from roi_pipeline.examples.callcentre_office import (
    payroll_export,
    staff_export,
    tasks_export,
    usage_export,
    vouchers_export,
)
from roi_pipeline.examples.callcentre_plans import (
    LARGE,
    LARGE_VERDICTS,
    METRIC_OF,
    SME,
    SME_VERDICTS,
    STARTUP,
    STARTUP_VERDICTS,
    VOUCHERS,
)
from roi_pipeline.examples.callcentre_world import Centre, Plan
from roi_pipeline.examples.dirt import HOSTILE_TEXTS, Dirt
from roi_pipeline.examples.exports import Exports, by_month
from roi_pipeline.examples.planted import PlantedEffect, PlantedTruth
from roi_pipeline.examples.planted_verdicts import PlantedVerdicts

DIRT: Mapping[str, tuple[Dirt, ...]] = {
    "dialler__calls": (
        Dirt("missing key", {"通话流水号": None}, "call_id_dialler"),
        Dirt("bad date", {"拨打时间": ("2025/13/45 09:00:00", "昨天上午")}, "started_at"),
        Dirt("negative duration", {"通话结果": "接通", "通话秒数": "-90"}, "talk_seconds"),
        Dirt("unknown code", {"通话结果": "转人工", "通话秒数": "0"}, "outcome_type"),
        Dirt(
            "talk time on a call nobody answered",
            {"通话结果": "占线", "通话秒数": "35"},
            rule="only_connected_calls_have_talk_time",
        ),
    ),
    "service__complaints": (
        Dirt("missing key", {"投诉编号": None}, "complaint_id_service"),
        Dirt("bad date", {"受理时间": "2025-02-30 10:00:00"}, "received_at"),
        Dirt("hostile text", {"原因分类": HOSTILE_TEXTS}, "cause_type", found="loaded"),
    ),
    "service__ratings": (
        Dirt("out of range", {"score": "11"}, "score"),
        Dirt("unknown code", {"question": "CES"}, "question_type"),
        Dirt(
            "a score off the scale", {"score": "9"}, rule="a_satisfaction_score_is_between_1_and_5"
        ),
    ),
    "workflow__tasks": (
        Dirt("bad date", {"created_at": "昨天"}, "created_at"),
        Dirt("unknown code", {"task_type": "请假"}, "task_type"),
    ),
}
BASE_PAY: Mapping[str, int] = {
    "callcentre-startup": 4200,
    "callcentre-sme": 5200,
    "callcentre-large": 6400,
}


def generate_startup(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """Write the exports of the start-up: about 55,000 rows."""
    return _generate(folder, STARTUP, STARTUP_VERDICTS, seed=seed, scale=scale)


def generate_sme(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """Write the exports of the middle-sized company: about 140,000 rows."""
    return _generate(folder, SME, SME_VERDICTS, seed=seed, scale=scale)


def generate_large(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """Write the exports of the large company: about 200,000 rows."""
    return _generate(folder, LARGE, LARGE_VERDICTS, seed=seed, scale=scale)


def _generate(
    folder: Path, plan: Plan, verdicts: PlantedVerdicts, *, seed: int, scale: float
) -> PlantedTruth:
    centre = Centre(plan, seed, scale)
    exports = Exports(folder, centre, DIRT)
    for write in (_write_calls, _write_service, _write_office):
        write(exports, centre)
    truth = exports.truth(plan.study, planted_effects(plan), seed=seed, scale=scale)
    verdicts.write(folder)
    return truth


def planted_effects(plan: Plan) -> tuple[PlantedEffect, ...]:
    """Every level a module moves, as the change of the metric that shows it."""
    effects = list[PlantedEffect]()
    for module_id, module in plan.modules.items():
        for knob in module.factors:
            without, with_module = plan.effect(module_id, knob)
            change = with_module - without
            effects.append(
                PlantedEffect(
                    module_id, METRIC_OF[knob], change, change / without, without, with_module
                )
            )
            if knob == "incident":
                effects.append(
                    PlantedEffect(
                        module_id, "fine_per_contact", change * MEAN_FINE, change / without,
                        without * MEAN_FINE, with_module * MEAN_FINE,
                    )
                )  # fmt: skip
    return tuple(effects)


def _write_calls(exports: Exports, centre: Centre) -> None:
    calls = Calls(centre)
    months = by_month(calls_export(calls), "拨打时间", "dialler/calls_{}.csv")
    exports.write_texts("dialler__calls", months, files.gb18030, form="%Y/%m/%d %H:%M:%S")
    ratings = {"service/ratings.jsonl.gz": ratings_export(calls)}
    exports.write_texts("service__ratings", ratings, files.json_lines)
    complaints = {"service/complaints.xlsx": complaints_export(calls)}
    exports.write_texts(
        "service__complaints", complaints, files.workbook("投诉台账", "客户投诉台账")
    )
    if centre.plan.has_incidents:
        incidents = {"compliance/incidents.db": incidents_export(calls)}
        exports.write_texts("compliance__incidents", incidents, files.sqlite("incidents"))


def _write_service(exports: Exports, centre: Centre) -> None:
    exports.write_texts("erp__staff", {"erp/staff.csv": staff_export(centre)}, files.with_bom)
    usage = {"ai_platform/usage.csv.gz": usage_export(centre)}
    exports.write_texts("ai_platform__usage", usage, files.plain)
    if centre.plan.tasks_per_team_day > 0:
        tasks = {"workflow/tasks.jsonl.gz": tasks_export(centre)}
        exports.write_texts("workflow__tasks", tasks, files.json_lines)


def _write_office(exports: Exports, centre: Centre) -> None:
    pay = payroll_export(centre, BASE_PAY[centre.plan.study])
    exports.write_texts(
        "erp__payroll", {"erp/payroll.xlsx": pay}, files.workbook("工资汇总", "月度工资汇总")
    )
    if vouchers := VOUCHERS.get(centre.plan.study):
        posted = {"erp/vouchers.csv": vouchers_export(centre, vouchers)}
        exports.write_texts("erp__module_costs", posted, files.semicolons)


GENERATORS: Mapping[str, Callable[..., PlantedTruth]] = {
    "callcentre-startup": generate_startup,
    "callcentre-sme": generate_sme,
    "callcentre-large": generate_large,
}
