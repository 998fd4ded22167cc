"""A manufacturer that sells to consumers: days, units of every kind, roll-outs and noise.

Units are campaigns, teams, shops, articles or product lines. Each table takes its own stream of
random numbers, so that adding a table changes no other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Moments = NDArray[np.datetime64]
Booleans = NDArray[np.bool_]

START, END = date(2024, 1, 1), date(2026, 2, 1)
RHO, DRIFT = 0.3, 0.02
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
class World:
    """The company at one scale, drawn from one seed."""

    seed: int
    scale: float

    def stream(self, table: int) -> np.random.Generator:
        """Random numbers of one table, independent of every other table's."""
        return np.random.default_rng([self.seed, table])

    @property
    def n_days(self) -> int:
        """Days of the history."""
        return (END - START).days

    @cached_property
    def days(self) -> Moments:
        """Midnight of each day, local time."""
        return (np.datetime64(START, "D") + np.arange(self.n_days)).astype("datetime64[ms]")

    @cached_property
    def season(self) -> Floats:
        """Demand of each day against an average one."""
        demand = np.ones(self.n_days)
        for number in range(self.n_days):
            day = START + timedelta(days=number)
            demand[number] = 1 + 0.10 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 330) / 365)
            for first, end, factor in FESTIVALS:
                if first <= day < end:
                    demand[number] *= factor
        return demand / demand.mean()

    def live(self, units: Units) -> Booleans:
        """Unit by day: whether the module was on."""
        first = [units.go_live.get(unit, END) for unit in units.ids]
        return self.days[None, :] >= np.array(first, dtype="datetime64[D]")[:, None]

    def level(
        self, units: Units, base: float, factor: float, *, table: int, spread: float = 0.06
    ) -> Floats:
        """Unit by day: the level, lasting differences with mean 1 in both groups, weekly drift."""
        rng = self.stream(500 + table)
        lasting = np.ones(len(units.ids))
        for group in (units.chosen, ~units.chosen):
            if group.sum() > 1:
                lasting[group] = 1 + rng.permutation(np.linspace(-spread, spread, group.sum()))
        values = base * lasting[:, None] * (1 + self._drift(rng, len(units.ids)))
        return np.where(self.live(units), values * factor, values)

    def _drift(self, rng: np.random.Generator, n: int) -> Floats:
        """Noise that lasts some weeks (first order autoregressive by week)."""
        n_weeks = self.n_days // 7 + 1
        shocks = rng.normal(0, DRIFT * (1 - RHO**2) ** 0.5, (n, n_weeks))
        weeks = np.empty_like(shocks)
        weeks[:, 0] = rng.normal(0, DRIFT, n)
        for week in range(1, n_weeks):
            weeks[:, week] = RHO * weeks[:, week - 1] + shocks[:, week]
        return weeks[:, np.arange(self.n_days) // 7]

    def cells(
        self, rng: np.random.Generator, units: Units, per_unit_day: float
    ) -> tuple[Integers, Integers]:
        """Unit and day of each row of a table with so many rows per unit and day."""
        mean = np.full((len(units.ids), self.n_days), per_unit_day * self.scale) * self.season
        counts = rng.poisson(mean).ravel()
        cell = np.repeat(np.arange(counts.size), counts)
        return cell // self.n_days, cell % self.n_days

    def moments(self, rng: np.random.Generator, days: Integers) -> Moments:
        """A moment between nine and ten in the evening on each of the days."""
        seconds = rng.integers(9 * 3600, 22 * 3600, days.size)
        return self.days[days] + seconds.astype("timedelta64[s]")


def after(moments: Moments, seconds: Floats) -> Moments:
    """Each moment some seconds later; NaT where that lies behind the end of history."""
    later = moments + np.maximum(seconds, 1).astype(np.int64).astype("timedelta64[s]")
    later[later >= np.datetime64(END, "ms")] = np.datetime64("NaT")
    return later
