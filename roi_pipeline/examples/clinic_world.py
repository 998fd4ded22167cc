"""The chain of clinics every export is drawn from: days, seasons, clinics, roll-outs, noise.

Holds what must be the same in all systems. The rows themselves are drawn by the other `clinic_*`
files; each takes its own stream of random numbers, so that adding a table changes no other.
"""

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
    festival_factor,
    lasting,
    live_from,
    weekly_drift,
)

START, END = date(2024, 11, 1), date(2026, 5, 1)
CLINICS = tuple(f"C{number:02}" for number in range(1, 13))
REGIONS = ("华东", "华北", "华南", "西南")
WEEKDAYS = np.array([0.84, 0.86, 0.90, 0.95, 1.05, 1.22, 1.18])
LUNAR_NEW_YEARS = (date(2025, 1, 29), date(2026, 2, 17))
FESTIVALS = (
    (date(2024, 11, 1), date(2024, 11, 12), 1.25),
    (date(2024, 11, 10), date(2024, 11, 12), 1.40),
    (date(2024, 12, 10), date(2024, 12, 13), 1.20),
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
        CLINICS[:7], date(2025, 5, 5), date(2025, 6, 2), date(2025, 6, 30)
    ),
    "script_generation": _waves(
        CLINICS[2:9], date(2025, 5, 12), date(2025, 6, 9), date(2025, 7, 7)
    ),
    "content_push": _waves(
        _without("C01", "C04", "C06", "C08", "C10", "C11"),
        date(2025, 5, 5), date(2025, 6, 2), date(2025, 6, 30),
    ),
    "follow_up_prediction": _waves(
        _without("C02", "C04", "C07", "C09", "C11"), date(2026, 2, 2), date(2026, 3, 2)
    ),
}  # fmt: skip
SELECTIONS: dict[str, tuple[date, date]] = {
    module: (date(2025, 4, 1), date(2025, 5, 1)) for module in ROLLOUTS
} | {"follow_up_prediction": (date(2026, 1, 1), date(2026, 2, 1))}
INVITATIONS_FROM = date(2025, 5, 1)


@dataclass(frozen=True)
class World(OverDays):
    """The chain at one scale, drawn from one seed.

    Attributes:
        inquiries: how many times as many inquiries, beside the scale.
    """

    seed: int
    scale: float
    inquiries: float = 1.0

    START, END = START, END

    @cached_property
    def season(self) -> Floats:
        """Demand of each day against an average one: week, Lunar New Year, shopping festivals."""
        demand = np.empty(self.n_days)
        for number, day in enumerate(self.dates):
            demand[number] = WEEKDAYS[day.weekday()] * (1 + 0.004 * number / 30)
            demand[number] *= _lunar_new_year_factor(day)
            demand[number] *= festival_factor(day, FESTIVALS)
        return demand / demand.mean()

    @cached_property
    def clinic_sizes(self) -> Floats:
        """How busy each clinic is against an average one."""
        return self.stream(1).permutation(np.linspace(-0.30, 0.30, len(CLINICS))) + 1

    def treated(self, module_id: str) -> Booleans:
        """Clinic by day: whether the module was live."""
        first = [ROLLOUTS[module_id].get(clinic, END) for clinic in CLINICS]
        return live_from(self.days, first)

    def in_selection(self, module_id: str) -> Booleans:
        """Clinic by day: chosen for the module, on the weeks it was chosen on."""
        chosen = np.array([clinic in ROLLOUTS[module_id] for clinic in CLINICS])
        first, end = ((day - START).days for day in SELECTIONS[module_id])
        numbers = np.arange(self.n_days)
        return chosen[:, None] & ((numbers >= first) & (numbers < end))[None, :]

    def levels(self, rng: np.random.Generator, module_id: str, spread: float) -> Floats:
        """Lasting difference of each clinic, with mean 0 in both groups of the roll-out."""
        chosen = np.array([clinic in ROLLOUTS[module_id] for clinic in CLINICS])
        return lasting(rng, (chosen, ~chosen), spread)

    def drift(self, rng: np.random.Generator, deviation: float, rho: float = 0.3) -> Floats:
        """Clinic by day: noise that lasts some weeks (first order autoregressive by week)."""
        weeks = weekly_drift(rng, len(CLINICS), self.n_days // 7 + 2, deviation=deviation, rho=rho)
        return weeks[:, (np.arange(self.n_days) + START.weekday()) // 7]

    def cells(
        self, rng: np.random.Generator, per_clinic_day: float, *, season: bool = True
    ) -> tuple[Integers, Integers]:
        """Clinic and day of each row of a table with so many rows per clinic and day."""
        mean = np.full((len(CLINICS), self.n_days), per_clinic_day * self.scale)
        mean *= self.clinic_sizes[:, None] * (1 + self.drift(rng, 0.03))
        if season:
            mean *= self.season[None, :]
        return cells_of(rng.poisson(mean))

    def moments(
        self, rng: np.random.Generator, days: Integers, *, opens: float, closes: float
    ) -> Moments:
        """A moment on each of the days, local time, between two hours."""
        seconds = rng.uniform(opens * 3600, closes * 3600, days.size).astype(np.int64)
        return self.days[days] + seconds.astype("timedelta64[s]")


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
    return engine.after(moments, seconds, END)


def not_after_end(moments: Moments) -> Moments:
    """The moments of the history; NaT behind its end."""
    return engine.known_before(moments, END)


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
