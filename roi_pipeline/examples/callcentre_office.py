"""What a centre's office systems hold: staff, payroll, workflow tasks, use of the modules, vouchers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from roi_pipeline.examples.callcentre_world import Centre, Floats, office_hours
from roi_pipeline.examples.engine import serials

TASK_TYPES = ("审批", "线索流转", "跨部门交接")
TASK_SHARES = (0.4, 0.35, 0.25)
TASK_KNOBS = ("approval", "routing", "hand_off")
DEPARTMENTS = ("销售", "运营", "法务", "客服")
WORKDAY_HOURS = 8.0
SOCIAL_INSURANCE = 1.42


@dataclass(frozen=True)
class Voucher:
    """A payment that comes back every month."""

    reference: str
    module_id: str
    category: str
    monthly_amount: int


def staff_export(centre: Centre) -> pl.DataFrame:
    """Agents on the payroll; some were there long before history, some came later."""
    rng, n = centre.stream(20), len(centre.team_of_agent)
    served = rng.choice([200, 700, 1500], n, p=[0.35, 0.40, 0.25]) + rng.integers(0, 150, n)
    hired = np.datetime64(centre.plan.start, "D") - served.astype("timedelta64[D]")
    return pl.DataFrame(
        {
            "工号": centre.agent_ids(np.arange(n)),
            "岗位": pl.repeat("坐席", n, eager=True),
            "班组": np.array(centre.teams)[centre.team_of_agent],
            "入职日期": hired,
        }
    )


def months_of(centre: Centre) -> tuple[date, ...]:
    """First day of each month of the history."""
    day, months = centre.plan.start.replace(day=1), list[date]()
    while day < centre.plan.end:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return tuple(months)


def payroll_export(centre: Centre, base_pay: int) -> pl.DataFrame:
    """Pay of agents by team and month, with and without social insurance."""
    rng, months = centre.stream(21), months_of(centre)
    rows = [
        {
            "月份": month,
            "分公司": branch,
            "班组": team,
            "岗位": "坐席",
            "人数": centre.agents_per_team,
            "应发工资": round(centre.agents_per_team * base_pay * float(rng.normal(1, 0.02)), 2),
            "工时": round(centre.agents_per_team * 21.75 * WORKDAY_HOURS, 1),
            "加班工时": round(float(rng.gamma(2.0, 3.0)), 1),
            "外包工时": round(float(rng.gamma(1.0, 4.0)), 1),
        }
        for month in months
        for team, branch in zip(centre.teams, centre.branch_of_team, strict=True)
    ]
    loaded = (pl.col("应发工资") * SOCIAL_INSURANCE).round(2)
    return pl.DataFrame(rows).with_columns(loaded.alias("人力成本含社保"))


def tasks_export(centre: Centre) -> pl.DataFrame:
    """Approvals, lead routing and hand-offs of every team."""
    rng = centre.stream(22)
    shape = (len(centre.teams), len(centre.workdays))
    counts = rng.poisson(centre.plan.tasks_per_team_day, shape).ravel()
    cell = np.repeat(np.arange(counts.size), counts)
    team, day = cell // shape[1], cell % shape[1]
    kind = rng.choice(3, cell.size, p=TASK_SHARES)
    created = office_hours(rng, centre.moments[day])
    first = _hours(centre, rng, kind, (team, day))
    handed = centre.after(created, first * 3600)
    completed = centre.after(
        created, np.where(kind == 0, first, first + rng.gamma(2.0, 4.0, cell.size)) * 3600
    )
    handed = np.where(kind == 0, np.datetime64("NaT"), handed)
    work = rng.gamma(4.0, centre.level("work")[team, day] / 4.0)
    is_returned = rng.random(cell.size) < centre.level("returned")[team, day]
    return pl.DataFrame(
        {
            "task_id": serials("", cell.size, 7),
            "task_type": np.array(TASK_TYPES)[kind],
            "branch": np.array(centre.branch_of_team)[team],
            "team": np.array(centre.teams)[team],
            "department": np.array(DEPARTMENTS)[rng.integers(0, len(DEPARTMENTS), cell.size)],
            "created_at": created,
            "handed_over_at": handed,
            "completed_at": completed,
            "work_hours": np.round(np.minimum(work, 100), 2),
            "returned": is_returned,
        }
    )


def _hours(
    centre: Centre, rng: np.random.Generator, kind: np.ndarray, cells: tuple[np.ndarray, np.ndarray]
) -> Floats:
    """Hours until somebody acted, gamma with the level of the kind of task as mean."""
    means = np.stack([centre.level(knob)[cells] for knob in TASK_KNOBS])  # type: ignore[arg-type]
    mean = np.take_along_axis(means, kind[None, :], axis=0)[0]
    return rng.gamma(2.0, mean / 2.0)


def usage_export(centre: Centre) -> pl.DataFrame:
    """Requests, tokens and minutes of each module, team and workday since it went live."""
    rng = centre.stream(23)
    parts = list[pl.DataFrame]()
    for module_id in centre.plan.modules:
        team, day = np.nonzero(centre.live(module_id))
        active = np.minimum(
            rng.binomial(centre.agents_per_team + 1, 0.85, team.size), centre.agents_per_team
        )
        requests = rng.poisson(9.0 * active)
        parts.append(
            pl.DataFrame(
                {
                    "module": pl.repeat(module_id, team.size, eager=True),
                    "branch": np.array(centre.branch_of_team)[team],
                    "team": np.array(centre.teams)[team],
                    "day": centre.moments[day].astype("datetime64[D]"),
                    "requests": requests,
                    "tokens": requests * 640,
                    "voice_minutes": np.round(requests * 0.8, 1),
                    "active": active,
                    "licensed": np.full(team.size, centre.agents_per_team),
                    "cost_yuan": np.round(requests * 0.02, 2),
                }
            )
        )
    return pl.concat(parts).sort("day", "module", "team")


def vouchers_export(centre: Centre, vouchers: Sequence[Voucher]) -> pl.DataFrame:
    """The ledger's view of what was paid, month by month since the module went live."""
    rows = list[dict[str, object]]()
    for voucher in vouchers:
        first = min(centre.plan.modules[voucher.module_id].go_live.values())
        for month in months_of(centre):
            if month >= first.replace(day=1):
                rows.append(
                    {
                        "凭证号": f"PZ{len(rows) + 1:05}",
                        "合同号": voucher.reference,
                        "入账日期": month + timedelta(days=14),
                        "金额": f"{voucher.monthly_amount:,.2f}",
                        "科目": voucher.category,
                    }
                )
    return pl.DataFrame(rows)
