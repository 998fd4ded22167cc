"""The example studies of a telesales call system in companies of three sizes.

`callcentre-startup` (8 people, before and after), `callcentre-sme` (60 people, teams switched on one
after another) and `callcentre-large` (900 people, branches, private cloud, fines). Each has planted
effects and the verdicts that follow from them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from roi_pipeline.examples import callcentre_exports as to_files
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
from roi_pipeline.examples.planted import PlantedEffect, PlantedTruth
from roi_pipeline.examples.planted_verdicts import PlantedVerdicts

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
    exports = to_files.Exports(folder, Centre(plan, seed, scale), to_files.DIRT)
    for write in (_write_calls, _write_service, _write_office):
        write(exports)
    truth = PlantedTruth(
        study=plan.study,
        seed=seed,
        scale=scale,
        effects=planted_effects(plan),
        dirty=tuple(exports.dirty),
        rows=exports.rows,
    )
    truth.write(folder)
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


def _write_calls(exports: to_files.Exports[Centre]) -> None:
    calls = Calls(exports.centre)
    months = to_files.by_month(calls_export(calls), "拨打时间", "dialler/calls_{}.csv")
    exports.write("dialler__calls", months, to_files.gb18030, form="%Y/%m/%d %H:%M:%S")
    ratings = {"service/ratings.jsonl.gz": ratings_export(calls)}
    exports.write("service__ratings", ratings, to_files.json_lines)
    complaints = {"service/complaints.xlsx": complaints_export(calls)}
    exports.write("service__complaints", complaints, to_files.workbook("投诉台账", "客户投诉台账"))
    if exports.centre.plan.has_incidents:
        incidents = {"compliance/incidents.db": incidents_export(calls)}
        exports.write("compliance__incidents", incidents, to_files.sqlite("incidents"))


def _write_service(exports: to_files.Exports[Centre]) -> None:
    centre = exports.centre
    exports.write("erp__staff", {"erp/staff.csv": staff_export(centre)}, to_files.with_bom)
    usage = {"ai_platform/usage.csv.gz": usage_export(centre)}
    exports.write("ai_platform__usage", usage, to_files.plain)
    if centre.plan.tasks_per_team_day > 0:
        tasks = {"workflow/tasks.jsonl.gz": tasks_export(centre)}
        exports.write("workflow__tasks", tasks, to_files.json_lines)


def _write_office(exports: to_files.Exports[Centre]) -> None:
    centre = exports.centre
    pay = payroll_export(centre, BASE_PAY[centre.plan.study])
    exports.write(
        "erp__payroll", {"erp/payroll.xlsx": pay}, to_files.workbook("工资汇总", "月度工资汇总")
    )
    if vouchers := VOUCHERS.get(centre.plan.study):
        posted = {"erp/vouchers.csv": vouchers_export(centre, vouchers)}
        exports.write("erp__module_costs", posted, to_files.semicolons)


GENERATORS: Mapping[str, Callable[..., PlantedTruth]] = {
    "callcentre-startup": generate_startup,
    "callcentre-sme": generate_sme,
    "callcentre-large": generate_large,
}
