"""A telesales centre: its days, branches, teams and agents, what modules do there, and noise.

The three example centres differ only in their `Plan`; the rows are drawn by the other `callcentre_*`
files, each table from its own stream of random numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np

from roi_pipeline.examples import engine
from roi_pipeline.examples.engine import (
    Booleans,
    Floats,
    Integers,
    Moments,
    Seeded,
    during,
    lasting,
    live_from,
    midnights,
    weekly_drift,
)

HOLIDAYS = (
    (date(2024, 2, 9), date(2024, 2, 19)),
    (date(2024, 10, 1), date(2024, 10, 8)),
    (date(2025, 1, 28), date(2025, 2, 5)),
    (date(2025, 10, 1), date(2025, 10, 9)),
    (date(2026, 2, 15), date(2026, 2, 24)),
)
SATURDAY = 5
WEEKDAYS = np.array([1.04, 1.02, 1.00, 0.99, 0.95])
Knob = Literal[
    "calls", "connect", "intent", "wrap_up", "entry_error", "script", "recording", "praise",
    "complaint", "incident", "approval", "hand_off", "routing", "work", "returned",
]  # fmt: skip


@dataclass(frozen=True)
class Live:
    """Where and from when one module is on, and by what factor it moves which level.

    Attributes:
        go_live: team or branch → first day; or agents of all teams with the key `everywhere`.
        factors: level → factor while the module is on.
        selection: days on which units were chosen, and the level that was low by chance there.
    """

    go_live: Mapping[str, date]
    factors: Mapping[Knob, float]
    selection: tuple[date, date, Knob] | None = None


@dataclass(frozen=True)
class Plan:
    """One centre before anything is drawn.

    Attributes:
        places: branch → its teams.
        levels: what every level is without any module.
    """

    study: str
    start: date
    end: date
    places: Mapping[str, tuple[str, ...]]
    agents_per_team: int
    levels: Mapping[Knob, float]
    modules: Mapping[str, Live]
    spread: float = 0.06
    rating_share: float = 0.10
    tasks_per_team_day: float = 0.0
    has_incidents: bool = False
    has_branches: bool = False
    has_teams: bool = True

    def effect(self, module_id: str, knob: Knob) -> tuple[float, float]:
        """A level without the module and with it."""
        base = self.levels[knob]
        return base, base * self.modules[module_id].factors.get(knob, 1.0)


SELECTION_DIP = 0.94


@dataclass(frozen=True)
class Centre(Seeded):
    """A plan at one scale, drawn from one seed. The scale is the number of agents of a team."""

    plan: Plan
    seed: int
    scale: float

    @cached_property
    def workdays(self) -> tuple[date, ...]:
        """Days somebody dials."""
        n = (self.plan.end - self.plan.start).days
        days = (self.plan.start + timedelta(days=number) for number in range(n))
        return tuple(
            day
            for day in days
            if day.weekday() < SATURDAY and not any(first <= day < end for first, end in HOLIDAYS)
        )

    @cached_property
    def moments(self) -> Moments:
        """Midnight of each workday, local time."""
        return midnights(self.workdays)

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """All teams, in order of their branches."""
        return tuple(team for teams in self.plan.places.values() for team in teams)

    @cached_property
    def branch_of_team(self) -> tuple[str, ...]:
        """Branch of each team."""
        return tuple(branch for branch, teams in self.plan.places.items() for _ in teams)

    @cached_property
    def agents_per_team(self) -> int:
        """Agents of each team at this scale."""
        return max(1, round(self.plan.agents_per_team * self.scale))

    @cached_property
    def team_of_agent(self) -> Integers:
        """Number of each agent's team."""
        return np.repeat(np.arange(len(self.teams)), self.agents_per_team)

    def agent_ids(self, agents: Integers) -> np.ndarray:
        """Staff numbers."""
        return np.array([f"A{number:04}" for number in range(1, len(self.team_of_agent) + 1)])[
            agents
        ]

    def live(self, module_id: str) -> Booleans:
        """Team by workday: whether the module was on."""
        module = self.plan.modules[module_id]
        never = self.plan.end
        first = [
            module.go_live.get(
                team, module.go_live.get(branch, module.go_live.get("everywhere", never))
            )
            for team, branch in zip(self.teams, self.branch_of_team, strict=True)
        ]
        return live_from(self.moments, first)

    def level(self, knob: Knob) -> Floats:
        """Team by workday: the level after every module, lasting differences and weekly drift."""
        number = 50 + list(self.plan.levels).index(knob)
        values = self.plan.levels[knob] * self._lasting(knob, self.stream(number))
        values = values * (1 + self._drift(self.stream(number + 100)))
        for module_id, module in self.plan.modules.items():
            live = self.live(module_id)
            values = np.where(live, values * module.factors.get(knob, 1.0), values)
            if module.selection is not None and module.selection[2] == knob:
                values = np.where(self._in_selection(module, live), values * SELECTION_DIP, values)
        return values

    def _lasting(self, knob: Knob, rng: np.random.Generator) -> Floats:
        """Factor of each team, with mean 1 among the teams of each module that moves the level."""
        touched = np.zeros(len(self.teams), dtype=np.int64)
        for number, (module_id, module) in enumerate(self.plan.modules.items(), 1):
            if knob in module.factors:
                touched += number * self.live(module_id).any(axis=1)
        groups = (touched == group for group in np.unique(touched))
        return 1 + lasting(rng, groups, self.plan.spread)

    def _drift(self, rng: np.random.Generator) -> Floats:
        """Team by workday: noise that lasts some weeks."""
        week = np.array([(day - self.plan.start).days // 7 for day in self.workdays])
        return weekly_drift(rng, len(self.teams), week[-1] + 1)[:, week]

    def _in_selection(self, module: Live, live: Booleans) -> Booleans:
        if module.selection is None:
            return np.zeros_like(live)
        first, end, _ = module.selection
        inside = np.array([first <= day < end for day in self.workdays])
        return np.any(live, axis=1, keepdims=True) & inside[None, :]

    def after(self, moments: Moments, seconds: Floats) -> Moments:
        """Each moment some seconds later; NaT where that lies behind the end of history."""
        return engine.after(moments, seconds, self.plan.end)


def office_hours(rng: np.random.Generator, days: Moments) -> Moments:
    """A moment between nine and half past five on each of the days."""
    return during(rng, days, 9, 17.5)
