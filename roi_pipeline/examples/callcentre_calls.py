"""What agents dialled, what customers said about it, and what went wrong: a centre's daily rows."""

import numpy as np
import polars as pl

from roi_pipeline.examples.callcentre_world import WEEKDAYS, Centre, office_hours
from roi_pipeline.examples.engine import Booleans, Floats, Integers, Moments, cells_of, serials

MISSES = ("无人接听", "占线", "关机")
PREFIXES = ("138", "139", "135", "150", "188", "186")
ENTRY_CHECKS, SCRIPT_CHECKS, RECORDING_CHECKS = 0.50, 0.15, 0.30
FINE_SHARE, FINES, FINE_ODDS = 0.4, (2000, 5000, 10000), (0.6, 0.3, 0.1)
MEAN_FINE = FINE_SHARE * sum(fine * odds for fine, odds in zip(FINES, FINE_ODDS, strict=True))
INCIDENTS = ("隐私泄露", "录音不合规", "误导销售", "频繁骚扰")
CAUSES = ("频繁来电", "态度", "承诺不符", "信息有误")


class Calls:
    """Every call of a centre, as arrays; other tables are drawn from it."""

    def __init__(self, centre: Centre) -> None:
        rng = centre.stream(1)
        self.centre = centre
        self.agent, self.day = _cells(centre, rng)
        self.team = centre.team_of_agent[self.agent]
        self.started: Moments = office_hours(rng, centre.moments[self.day])
        n = self.agent.size
        self.is_connected: Booleans = rng.random(n) < self.at("connect")
        self.is_intent: Booleans = self.is_connected & (rng.random(n) < self.at("intent"))
        self.talk: Floats = np.where(self.is_connected, rng.gamma(2.0, 75.0, n) + 5, 0.0).round()
        self.wrap_up: Floats = np.clip(rng.gamma(4.0, self.at("wrap_up") / 4.0), 1, 3600).round()

    def at(self, knob: str) -> Floats:
        """A level at each call's team and day."""
        return self.centre.level(knob)[self.team, self.day]  # type: ignore[arg-type]

    def places(self, rows: Integers | None = None) -> dict[str, np.ndarray]:
        """Branch and team of the calls, in the words of the exports."""
        team = self.team if rows is None else self.team[rows]
        plan, named = self.centre.plan, dict[str, np.ndarray]()
        if plan.has_branches:
            named["分公司"] = np.array(self.centre.branch_of_team)[team]
        if plan.has_teams:
            named["班组"] = np.array(self.centre.teams)[team]
        return named


def _cells(centre: Centre, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Agent and day of each call: as many as the level says, fewer on Fridays, absences between."""
    weekday = WEEKDAYS[[day.weekday() for day in centre.workdays]]
    mean = centre.level("calls")[centre.team_of_agent] * (weekday / weekday.mean())[None, :]
    is_present = rng.random(mean.shape) < 0.95
    return cells_of(np.where(is_present, 1 + rng.poisson(np.maximum(mean - 1, 0)), 0))


def calls_export(calls: Calls) -> pl.DataFrame:
    """The dialler's own log: local times, Chinese words."""
    rng, n = calls.centre.stream(2), calls.agent.size
    misses = np.array(MISSES)[rng.choice(3, n, p=[0.7, 0.2, 0.1])]
    entry = _check(rng, calls.is_connected, ENTRY_CHECKS, calls.at("entry_error"), ("错误", "正确"))
    script = _check(rng, calls.is_connected, SCRIPT_CHECKS, calls.at("script"), ("一致", "偏离"))
    recording = _check(
        rng, calls.is_connected, RECORDING_CHECKS, calls.at("recording"), ("合规", "违规")
    )
    return pl.DataFrame(
        {
            "通话流水号": serials("D", n, 8),
            **calls.places(),
            "坐席工号": calls.centre.agent_ids(calls.agent),
            "客户电话": _phones(rng, n),
            "拨打时间": calls.started,
            "通话结果": np.where(calls.is_connected, "接通", misses),
            "通话秒数": calls.talk.astype(np.int64),
            "话后整理秒数": calls.wrap_up.astype(np.int64),
            "意向客户": np.where(calls.is_intent, "是", "否"),
            "录入抽检": entry,
            "话术质检": script,
            "录音抽查": recording,
        }
    )


def _check(
    rng: np.random.Generator,
    is_connected: Booleans,
    share: float,
    rate: Floats,
    words: tuple[str, str],
) -> np.ndarray:
    """The first word at the rate, the second else, nothing where nobody checked."""
    n = is_connected.size
    checked = is_connected & (rng.random(n) < share)
    return np.where(checked, np.where(rng.random(n) < rate, words[0], words[1]), "")


def _phones(rng: np.random.Generator, n: int) -> pl.Series:
    prefixes = pl.Series(np.array(PREFIXES)[rng.integers(0, len(PREFIXES), n)])
    return prefixes + pl.Series(rng.integers(0, 10**8, n)).cast(pl.String).str.zfill(8)


def ratings_export(calls: Calls) -> pl.DataFrame:
    """What some connected customers answered when they were called back."""
    centre, rng = calls.centre, calls.centre.stream(3)
    asked = calls.is_connected & (rng.random(calls.agent.size) < centre.plan.rating_share)
    rows = np.flatnonzero(asked)
    is_praise = rng.random(rows.size) < calls.at("praise")[rows]
    high, low = rng.integers(4, 6, rows.size), rng.integers(1, 4, rows.size)
    answered = centre.after(calls.started[rows], rng.uniform(3600, 40 * 3600, rows.size))
    return pl.DataFrame(
        {
            "rating_id": serials("", rows.size, 7),
            **{_ascii(name): values for name, values in calls.places(rows).items()},
            "channel": pl.repeat("phone", rows.size, eager=True),
            "question": pl.repeat("CSAT", rows.size, eager=True),
            "score": np.where(is_praise, high, low),
            "answered_at": answered,
        }
    ).filter(pl.col("answered_at").is_not_null())


def _ascii(name: str) -> str:
    return {"班组": "team", "分公司": "branch"}[name]


def complaints_export(calls: Calls) -> pl.DataFrame:
    """Complaints of connected customers, a day or two later."""
    centre, rng = calls.centre, calls.centre.stream(4)
    is_one = calls.is_connected & (rng.random(calls.agent.size) < calls.at("complaint"))
    rows = np.flatnonzero(is_one)
    received = calls.started[rows] + rng.integers(60, 5 * 3600, rows.size).astype("timedelta64[s]")
    resolved = centre.after(received, rng.gamma(2.0, 15.0, rows.size) * 3600)
    causes = np.array([*CAUSES, ""])[rng.choice(5, rows.size, p=[0.35, 0.2, 0.2, 0.15, 0.1])]
    return pl.DataFrame(
        {
            "投诉编号": serials("TS", rows.size, 6),
            **calls.places(rows),
            "渠道": np.array(["电话", "微信", "监管转办"])[
                rng.choice(3, rows.size, p=[0.7, 0.25, 0.05])
            ],
            "原因分类": causes,
            "受理时间": received,
            "办结时间": resolved,
        }
    )


def incidents_export(calls: Calls) -> pl.DataFrame:
    """Compliance incidents with the regulator's fines."""
    rng = calls.centre.stream(5)
    is_one = calls.is_connected & (rng.random(calls.agent.size) < calls.at("incident"))
    rows = np.flatnonzero(is_one)
    is_fined = rng.random(rows.size) < FINE_SHARE
    fines = np.where(is_fined, rng.choice(FINES, rows.size, p=FINE_ODDS), 0)
    return pl.DataFrame(
        {
            "incident_id": serials("", rows.size, 5),
            **{_ascii(name): values for name, values in calls.places(rows).items()},
            "incident_type": np.array(INCIDENTS)[
                rng.choice(4, rows.size, p=[0.2, 0.4, 0.25, 0.15])
            ],
            "occurred_on": calls.started[rows].astype("datetime64[D]"),
            "fine_yuan": fines,
        }
    )
