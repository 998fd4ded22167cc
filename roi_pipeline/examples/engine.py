"""What every example company is drawn with: days, units over days, chance, and noise that lasts.

A company's own `…_world` says what it is; the rows of its tables are drawn by its other files. Each
table takes its own stream of random numbers, so that adding a table changes no other.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Moments = NDArray[np.datetime64]
Booleans = NDArray[np.bool_]
Festival = tuple[date, date, float]
RHO, DRIFT = 0.3, 0.02


class Seeded:
    """Something drawn from one seed."""

    seed: int

    def stream(self, table: int) -> np.random.Generator:
        """Random numbers of one table, independent of every other table's."""
        return np.random.default_rng([self.seed, table])


class OverDays(Seeded):
    """A company's history from its first day to the first day no longer in it."""

    START: ClassVar[date]
    END: ClassVar[date]

    @property
    def n_days(self) -> int:
        """Days of the history."""
        return (self.END - self.START).days

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Each day."""
        return tuple(self.START + timedelta(days=number) for number in range(self.n_days))

    @cached_property
    def days(self) -> Moments:
        """Midnight of each day, local time."""
        return midnights(self.dates)


def midnights(days: Iterable[date]) -> Moments:
    """Midnight of days, local time."""
    return np.array(tuple(days), dtype="datetime64[D]").astype("datetime64[ms]")


def festival_factor(day: date, festivals: Sequence[Festival]) -> float:
    """Demand of a day against one without a festival."""
    factor = 1.0
    for first, end, more in festivals:
        if first <= day < end:
            factor *= more
    return factor


def weekly_drift(
    rng: np.random.Generator, n: int, weeks: int, *, deviation: float = DRIFT, rho: float = RHO
) -> Floats:
    """Unit by week: noise that lasts some weeks (first order autoregressive)."""
    shocks = rng.normal(0, deviation * (1 - rho**2) ** 0.5, (n, weeks))
    drift = np.empty_like(shocks)
    drift[:, 0] = rng.normal(0, deviation, n)
    for week in range(1, weeks):
        drift[:, week] = rho * drift[:, week - 1] + shocks[:, week]
    return drift


def lasting(rng: np.random.Generator, groups: Iterable[Booleans], spread: float) -> Floats:
    """Lasting difference of each unit, with mean 0 in every group; none in a group of one."""
    members = tuple(groups)
    differences = np.zeros(members[0].size)
    for group in members:
        if group.sum() > 1:
            differences[group] = rng.permutation(np.linspace(-spread, spread, group.sum()))
    return differences[:, None]


def live_from(days: Moments, first: Sequence[date]) -> Booleans:
    """Unit by day: whether the day has come."""
    return days[None, :] >= np.array(first, dtype="datetime64[D]")[:, None]


def cells_of(counts: Integers) -> tuple[Integers, Integers]:
    """Unit and day of each row, where unit and day have so many rows."""
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    return cell // counts.shape[1], cell % counts.shape[1]


def serials(prefix: str, n: int, width: int) -> pl.Series:
    """Numbered identifiers from 1: `D00000001`."""
    return prefix + pl.Series(np.arange(1, n + 1)).cast(pl.String).str.zfill(width)


def during(rng: np.random.Generator, days: Moments, opens: float, closes: float) -> Moments:
    """A moment on each of the days, on a whole second between two hours."""
    seconds = rng.integers(int(opens * 3600), int(closes * 3600), days.size)
    return days + seconds.astype("timedelta64[s]")


def after(moments: Moments, seconds: Floats, end: date) -> Moments:
    """Each moment some seconds later; NaT where that lies behind the end of history."""
    later = moments + np.maximum(seconds, 1).astype(np.int64).astype("timedelta64[s]")
    return known_before(later, end)


def known_before(moments: Moments, end: date) -> Moments:
    """What the systems knew when the exports were written: nothing later than the last day."""
    known = moments.copy()
    known[known >= np.datetime64(end, "ms")] = np.datetime64("NaT")
    return known
