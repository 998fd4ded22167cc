"""Cases with a day they were opened and one they were closed, some still open: who lasted how long.

The effect is on days until closed, at most the horizon, of cases followed that long: for these the mean
is the restricted mean whether or not they were closed. The curves use every case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from roi_pipeline.domain.evaluations import Durations
from roi_pipeline.usecases.evaluate_dates import DateForm, form_of, unreadable_cells
from roi_pipeline.usecases.evaluate_groups import Groups
from roi_pipeline.usecases.evaluate_reading import NULLS, Reading, split_choice

TREATED, OTHERS = "treated", "comparison"


@dataclass(frozen=True, slots=True)
class Closings:
    """When the cases of a file were closed.

    Attributes:
        column: its name in the study.
        days: per row; None while open.
        last_seen: the last day the file knows of: open cases were looked at then.
        horizon: days a case must have been followed for to count.
    """

    column: str
    form: DateForm
    days: tuple[date | None, ...]
    last_seen: date
    horizon: int

    def is_followed(self, opened: date | None) -> bool:
        """Whether a case opened then was followed to the horizon."""
        return opened is not None and (self.last_seen - opened).days >= self.horizon


def read_closings(reading: Reading, opened: Sequence[date | None]) -> Closings | None:
    """The closing days, or what is wrong with them among the problems."""
    asked = reading.asked
    if not asked.closed or not reading.has("closed", asked.closed):
        return None
    if asked.horizon <= 0:
        reading.problem(
            "horizon", str(asked.horizon), "days every case that counts was followed for",
            "Add --horizon DAYS, such as 14.",
        )  # fmt: skip
    if not asked.date_column:
        reading.problem(
            "date", "", "the day each case was opened", "Add --date COLUMN beside --closed."
        )
    cells = reading.cells[asked.closed].to_list()
    known = [cell for cell in cells if cell is not None and cell not in NULLS]
    form = form_of(known)
    if form is None:
        shown = ", ".join(unreadable_cells(known)) if known else ""
        reading.problem(
            f"closed {asked.closed}", shown, "days such as 2024-03-31, or no value while open",
            "Write every date as 2024-03-31.",
        )  # fmt: skip
        return None
    by_cell = {cell: form.day(cell) for cell in set(known)}
    days = tuple(by_cell.get(cell or "") for cell in cells)
    _refuse_backwards(reading, opened, days)
    last = max((day for day in (*opened, *days) if day is not None), default=date.min)
    return Closings(reading.use("closed", asked.closed, "closed"), form, days, last, asked.horizon)


def _refuse_backwards(
    reading: Reading, opened: Sequence[date | None], closed: Sequence[date | None]
) -> None:
    wrong = [
        f"{start} to {end}" for start, end in zip(opened, closed, strict=True)
        if start is not None and end is not None and end < start
    ]  # fmt: skip
    if wrong:
        reading.problem(
            f"closed {reading.asked.closed}", ", ".join(wrong[:3]), "a day not before the opening",
            f"{len(wrong):,} cases are closed before they are opened: correct them, or leave them out.",
        )  # fmt: skip


def durations_of(
    reading: Reading,
    groups: Groups,
    opened: Sequence[date | None],
    kept: Sequence[bool],
    closings: Closings,
) -> Durations:
    """Curves of those treated and those compared with, of cases opened from the first go-live on."""
    from roi_pipeline.stats.survival import kaplan_meier, restricted_mean

    start = min(groups.go_live.values(), default=groups.begin)
    values = groups.treated or split_choice(reading.asked.treated)[1] or tuple(groups.go_live)
    header = split_choice(reading.asked.treated)[0]
    cells: Sequence[str | None] = (
        reading.cells[header].to_list() if header else [None] * len(reading.cells)
    )
    by_group: dict[str, list[tuple[float, float]]] = {TREATED: [], OTHERS: []}
    too_young = 0
    for day, closed, cell, is_kept in zip(opened, closings.days, cells, kept, strict=True):
        if not is_kept or day is None or day < start:
            continue
        group = TREATED if cell in values else OTHERS
        if group == OTHERS and groups.comparison and cell not in groups.comparison:
            continue
        too_young += not closings.is_followed(day)
        lasted = ((closed or closings.last_seen) - day).days
        by_group[group].append((float(lasted), float(closed is not None)))
    curves = [
        kaplan_meier(group, [days for days, _ in rows], [closed for _, closed in rows])
        for group, rows in by_group.items()
    ]
    found = tuple(curve for curve in curves if curve is not None)
    finished = [[days for days, closed in rows if closed] for rows in by_group.values()]
    is_both = len(found) == len(by_group)
    restricted = [restricted_mean(curve, closings.horizon) for curve in found]
    return Durations(
        closings.horizon, found,
        fmean(finished[0]) - fmean(finished[1]) if all(finished) else None,
        restricted[0] - restricted[1] if is_both else None,
        too_young, closings.last_seen,
    )  # fmt: skip
