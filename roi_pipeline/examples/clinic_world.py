"""The chain of clinics every export is drawn from: days, seasons, clinics, roll-outs, noise.

Holds what must be the same in all systems. The rows themselves are drawn by the other `clinic_*`
files; each takes its own stream of random numbers, so that adding a table changes no other.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Moments = NDArray[np.datetime64]
Booleans = NDArray[np.bool_]

START, END = date(2025, 1, 1), date(2026, 5, 1)
SELECTION = (date(2025, 6, 1), date(2025, 7, 1))
CLINICS = tuple(f"C{number:02}" for number in range(1, 21))
REGIONS = ("华东", "华北", "华南", "西南")
WEEKDAYS = np.array([0.84, 0.86, 0.90, 0.95, 1.05, 1.22, 1.18])
LUNAR_NEW_YEARS = (date(2025, 1, 29), date(2026, 2, 17))
FESTIVALS = (
    (date(2025, 6, 1), date(2025, 6, 21), 1.20),
    (date(2025, 6, 16), date(2025, 6, 19), 1.35),
    (date(2025, 11, 1), date(2025, 11, 12), 1.25),
    (date(2025, 11, 10), date(2025, 11, 12), 1.40),
    (date(2025, 12, 10), date(2025, 12, 13), 1.20),
)


def _waves(clinics: tuple[str, ...], *days: date) -> dict[str, date]:
    """Go-live per clinic: the clinics in equal groups, one group a day."""
    size = -(-len(clinics) // len(days))
    return {clinic: days[place // size] for place, clinic in enumerate(clinics)}


def _without(*left_out: str) -> tuple[str, ...]:
    return tuple(clinic for clinic in CLINICS if clinic not in left_out)


ROLLOUTS: dict[str, dict[str, date]] = {
    "service_assistant": _waves(
        CLINICS[:15], date(2025, 7, 7), date(2025, 8, 4), date(2025, 9, 1)
    ),
    "script_generation": _waves(
        CLINICS[3:17], date(2025, 7, 14), date(2025, 8, 11), date(2025, 9, 8)
    ),
    "content_push": _waves(
        _without("C01", "C06", "C11", "C16"),
        date(2025, 7, 7), date(2025, 8, 4), date(2025, 9, 1), date(2025, 9, 29),
    ),
    "follow_up_prediction": _waves(
        _without("C03", "C07", "C10", "C14", "C20"),
        date(2025, 7, 21), date(2025, 8, 18), date(2025, 9, 15),
    ),
}  # fmt: skip
INVITATIONS_FROM = date(2025, 7, 1)


@dataclass(frozen=True)
class World:
    """The chain at one scale, drawn from one seed.

    Attributes:
        inquiries: how many times as many inquiries, beside the scale.
    """

    seed: int
    scale: float
    inquiries: float = 1.0

    def stream(self, table: int) -> np.random.Generator:
        """Random numbers of one table, independent of every other table's."""
        return np.random.default_rng([self.seed, table])

    @cached_property
    def n_days(self) -> int:
        """Days of the history."""
        return (END - START).days

    @cached_property
    def days(self) -> Moments:
        """Midnight of each day, local time."""
        first = np.datetime64(START, "D")
        return (first + np.arange(self.n_days)).astype("datetime64[ms]")

    @cached_property
    def season(self) -> Floats:
        """Demand of each day against an average one: week, Lunar New Year, shopping festivals."""
        demand = np.empty(self.n_days)
        for number in range(self.n_days):
            day = START + timedelta(days=number)
            demand[number] = WEEKDAYS[day.weekday()] * (1 + 0.004 * number / 30)
            demand[number] *= _lunar_new_year_factor(day)
            for first, end, factor in FESTIVALS:
                if first <= day < end:
                    demand[number] *= factor
        return demand / demand.mean()

    @cached_property
    def clinic_sizes(self) -> Floats:
        """How busy each clinic is against an average one."""
        return self._spread(self.stream(1), 0.30) + 1

    def treated(self, module_id: str) -> Booleans:
        """Clinic by day: whether the module was live."""
        go_live = [ROLLOUTS[module_id].get(clinic, END) for clinic in CLINICS]
        first = np.array([(day - START).days for day in go_live])
        return np.arange(self.n_days)[None, :] >= first[:, None]

    def in_selection(self, module_id: str) -> Booleans:
        """Clinic by day: chosen for the module, on the weeks it was chosen on."""
        chosen = np.array([clinic in ROLLOUTS[module_id] for clinic in CLINICS])
        first, end = ((day - START).days for day in SELECTION)
        numbers = np.arange(self.n_days)
        return chosen[:, None] & ((numbers >= first) & (numbers < end))[None, :]

    def levels(self, rng: np.random.Generator, module_id: str, spread: float) -> Floats:
        """Lasting difference of each clinic, with mean 0 in both groups of the roll-out."""
        chosen = np.array([clinic in ROLLOUTS[module_id] for clinic in CLINICS])
        levels = np.empty(len(CLINICS))
        for group in (chosen, ~chosen):
            levels[group] = rng.permutation(np.linspace(-spread, spread, group.sum()))
        return levels[:, None]

    def drift(self, rng: np.random.Generator, deviation: float, rho: float = 0.3) -> Floats:
        """Clinic by day: noise that lasts some weeks (first order autoregressive by week)."""
        n_weeks = self.n_days // 7 + 2
        shocks = rng.normal(0, deviation * (1 - rho**2) ** 0.5, (len(CLINICS), n_weeks))
        weeks = np.empty_like(shocks)
        weeks[:, 0] = rng.normal(0, deviation, len(CLINICS))
        for week in range(1, n_weeks):
            weeks[:, week] = rho * weeks[:, week - 1] + shocks[:, week]
        first_weekday = START.weekday()
        return weeks[:, (np.arange(self.n_days) + first_weekday) // 7]

    def cells(
        self, rng: np.random.Generator, per_clinic_day: float, *, season: bool = True
    ) -> tuple[Integers, Integers]:
        """Clinic and day of each row of a table with so many rows per clinic and day."""
        mean = np.full((len(CLINICS), self.n_days), per_clinic_day * self.scale)
        mean *= self.clinic_sizes[:, None] * (1 + self.drift(rng, 0.03))
        if season:
            mean *= self.season[None, :]
        counts = rng.poisson(mean).ravel()
        cell = np.repeat(np.arange(counts.size), counts)
        return cell // self.n_days, cell % self.n_days

    def moments(
        self, rng: np.random.Generator, days: Integers, *, opens: float, closes: float
    ) -> Moments:
        """A moment on each of the days, local time, between two hours."""
        seconds = rng.uniform(opens * 3600, closes * 3600, days.size).astype(np.int64)
        return self.days[days] + seconds.astype("timedelta64[s]")

    def _spread(self, rng: np.random.Generator, width: float) -> Floats:
        return rng.permutation(np.linspace(-width, width, len(CLINICS)))


def _lunar_new_year_factor(day: date) -> float:
    """People stay at home from New Year's Eve for ten days, and come in crowds before."""
    for new_year in LUNAR_NEW_YEARS:
        offset = (day - new_year).days
        if -1 <= offset <= 8:
            return 0.35
        if -14 <= offset < -1:
            return 1.15
    return 1.0


def after(moments: Moments, seconds: Floats) -> Moments:
    """Each moment some seconds later; NaT where that lies behind the end of history."""
    later = moments + np.maximum(seconds, 1).astype(np.int64).astype("timedelta64[s]")
    return not_after_end(later)


def not_after_end(moments: Moments) -> Moments:
    """What the systems knew when the exports were written: nothing later than the last day."""
    known = moments.copy()
    known[known >= np.datetime64(END, "ms")] = np.datetime64("NaT")
    return known


def where(condition: Booleans, moments: Moments) -> Moments:
    """The moments where the condition holds, else NaT."""
    kept = moments.copy()
    kept[~condition] = np.datetime64("NaT")
    return kept


def latest(*moments: Moments) -> Moments:
    """The latest of several moments, row by row, NaT ignored."""
    newest = moments[0]
    for other in moments[1:]:
        newest = np.fmax(newest, other)
    return newest
