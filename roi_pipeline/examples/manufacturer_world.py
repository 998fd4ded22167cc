"""A manufacturer that sells to consumers: days, units of every kind, roll-outs and noise.

Units are campaigns, teams, shops, articles or product lines. Each table takes its own stream of
random numbers, so that adding a table changes no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from roi_pipeline.examples import engine
from roi_pipeline.examples.engine import (
    Booleans,
    Floats,
    Integers,
    Moments,
    OverDays,
    cells_of,
    during,
    festival_factor,
    lasting,
    live_from,
    weekly_drift,
)

START, END = date(2024, 1, 1), date(2026, 2, 1)
FESTIVALS = (
    (date(2024, 6, 1), date(2024, 6, 19), 1.20),
    (date(2024, 11, 1), date(2024, 11, 12), 1.45),
    (date(2024, 12, 10), date(2024, 12, 13), 1.25),
    (date(2025, 6, 1), date(2025, 6, 19), 1.20),
    (date(2025, 11, 1), date(2025, 11, 12), 1.45),
    (date(2025, 12, 10), date(2025, 12, 13), 1.25),
)


@dataclass(frozen=True)
class Units:
    """Units of one kind and when a module went live in each; those without a day never had it."""

    ids: tuple[str, ...]
    go_live: Mapping[str, date]

    @property
    def chosen(self) -> Booleans:
        """Units that ever get the module."""
        return np.array([unit in self.go_live for unit in self.ids])


def numbered(prefix: str, n: int) -> tuple[str, ...]:
    """Numbered identifiers: `A01`, `A02` and so on."""
    return tuple(f"{prefix}{number:02}" for number in range(1, n + 1))


def in_waves(ids: tuple[str, ...], *waves: tuple[int, date]) -> Units:
    """The first units in waves of so many on each day."""
    days = [day for size, day in waves for _ in range(size)]
    return Units(ids, dict(zip(ids, days, strict=False)))


@dataclass(frozen=True)
class World(OverDays):
    """The company at one scale, drawn from one seed."""

    seed: int
    scale: float

    START, END = START, END

    @cached_property
    def season(self) -> Floats:
        """Demand of each day against an average one."""
        demand = np.array(
            [
                (1 + 0.10 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 330) / 365))
                * festival_factor(day, FESTIVALS)
                for day in self.dates
            ]
        )
        return demand / demand.mean()

    def live(self, units: Units) -> Booleans:
        """Unit by day: whether the module was on."""
        first = [units.go_live.get(unit, END) for unit in units.ids]
        return live_from(self.days, first)

    def level(
        self, units: Units, base: float, factor: float, *, table: int, spread: float = 0.06
    ) -> Floats:
        """Unit by day: the level, lasting differences with mean 1 in both groups, weekly drift."""
        rng = self.stream(500 + table)
        differences = lasting(rng, (units.chosen, ~units.chosen), spread)
        drift = weekly_drift(rng, len(units.ids), self.n_days // 7 + 1)
        values = base * (1 + differences) * (1 + drift[:, np.arange(self.n_days) // 7])
        return np.where(self.live(units), values * factor, values)

    def cells(
        self, rng: np.random.Generator, units: Units, per_unit_day: float
    ) -> tuple[Integers, Integers]:
        """Unit and day of each row of a table with so many rows per unit and day."""
        mean = np.full((len(units.ids), self.n_days), per_unit_day * self.scale) * self.season
        return cells_of(rng.poisson(mean))

    def moments(self, rng: np.random.Generator, days: Integers) -> Moments:
        """A moment between nine and ten in the evening on each of the days."""
        return during(rng, self.days[days], 9, 22)


def after(moments: Moments, seconds: Floats) -> Moments:
    """Each moment some seconds later; NaT where that lies behind the end of history."""
    return engine.after(moments, seconds, END)
