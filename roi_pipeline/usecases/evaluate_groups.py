"""Who had the module, from when, and who is compared with, read from a file's cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from roi_pipeline.domain.contracts import NO_WORDS, YES_WORDS
from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.names import did_you_mean, names_worth_listing
from roi_pipeline.usecases.evaluate_dates import NEVER, DateForm, form_of, unreadable_cells
from roi_pipeline.usecases.evaluate_reading import Reading, UsedColumn, known_values, split_choice

NO_DATES = date(2024, 1, 1)


@dataclass(slots=True)
class Groups:
    """Who had the module, from when, and who is compared with."""

    reading: Reading
    kept: list[bool]
    days: Sequence[date | None]
    form: DateForm | None
    wide: Sequence[UsedColumn]
    go_live: dict[str, date] = field(default_factory=dict[str, date])
    go_live_by: str | None = None
    everywhere_from: date | None = None
    arm: str | None = None
    treated: tuple[str, ...] = ()
    comparison: tuple[str, ...] = ()
    begin: date = NO_DATES
    narrowed: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def read(self) -> None:
        """Find them, or add what is wrong to the problems."""
        asked, reading = self.reading.asked, self.reading
        is_column = asked.go_live in reading.cells.columns
        start = None if is_column or not asked.go_live else self._day_of(asked.go_live)
        if asked.is_randomised:
            self._read_arms(start)
        elif not asked.date_column:
            reading.problem(
                "date", "", "a column of dates, or groups that were assigned at random",
                "Add --date COLUMN; or --randomised, if chance decided who had the module.",
            )  # fmt: skip
        elif self.wide:
            self._read_wide(start)
        elif is_column:
            self._read_own_days()
        elif asked.is_one_series:
            self._needs_start(start)
            self.everywhere_from, self.begin = start, start or NO_DATES
        else:
            self._read_chosen(start)
        if asked.date_column and not reading.problems:
            self._check_windows()

    def count_rows(self) -> int:
        """Rows that are compared: those kept whose group is treated or compared with."""
        header, _ = split_choice(self.reading.asked.treated)
        compared = {*self.treated, *self.comparison} if self.arm else None
        for values in self.narrowed.values():
            compared = {*values}
        if compared is None:
            return sum(self.kept)
        cells = self.reading.cells[header]
        return sum(kept and cell in compared for kept, cell in zip(self.kept, cells, strict=True))

    def _day_of(self, text: str) -> date | None:
        forms = [form for form in (self.form, form_of([text])) if form is not None]
        day = next((found for form in forms if (found := form.day(text))), None)
        if day is None:
            self.reading.problem(
                "from", text, "a day such as 2024-03-31, or a column of the file",
                did_you_mean(text, self.reading.cells.columns) + "Write the first day with it.",
            )  # fmt: skip
        return day

    def _choice(self) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
        """Column, its values that mean treated, and those compared with."""
        reading, asked = self.reading, self.reading.asked
        if not asked.treated:
            reading.problem(
                "treated", "", "who had the module",
                "Add --treated COLUMN=VALUE, or a 0/1 COLUMN; or leave --unit out: with --date and --from "
                "all rows are then one series, compared with its own past or with --control COLUMN.",
            )  # fmt: skip
            return None
        header, values = split_choice(asked.treated)
        if not reading.has("treated", header):
            return None
        known = reading.cells[header].filter(self.kept).drop_nulls().unique().sort().to_list()
        if not values:
            values = tuple(each for each in known if _truth(each) is True)
            if not values or any(_truth(each) is None for each in known):
                reading.problem(
                    "treated", header, f"a column of 0 and 1; {header} has {', '.join(known[:6])}",
                    f"Say which values mean treated: --treated '{header}={known[0] if known else ''}'.",
                )  # fmt: skip
                return None
        known_values(reading, "treated", header, values)
        known_values(reading, "comparison", header, asked.comparison)
        others = asked.comparison or tuple(each for each in known if each not in values)
        if not others and not reading.problems:
            reading.problem(
                f"treated {header}", ", ".join(values), "rows that did not have the module as well",
                "Name other values, or another column.",
            )  # fmt: skip
        return header, values, others

    def _read_arms(self, start: date | None) -> None:
        choice = self._choice()
        if choice is None:
            return
        header, self.treated, self.comparison = choice
        self.arm = self.reading.use("treated", header, "id")
        seen = [day for day, kept in zip(self.days, self.kept, strict=True) if kept and day]
        self.begin = start or (min(seen) if seen else NO_DATES)
        self.everywhere_from = self.begin

    def _read_wide(self, start: date | None) -> None:
        by_header = {each.header: each.name.removesuffix("_value") for each in self.wide}
        names = [each.strip() for each in self.reading.asked.treated.split(",") if each.strip()]
        _, values = split_choice(self.reading.asked.treated)
        for name in values or names:
            if name not in by_header:
                self.reading.problems.append(
                    Problem(
                        self.reading.name, "treated", name, "one of the columns that are units",
                        f"{did_you_mean(name, by_header)}Write the header as it stands.",
                        names_worth_listing(name, by_header),
                    )
                )  # fmt: skip
            elif start is not None:
                self.go_live[by_header[name]] = start
        if not names:
            self.reading.problem("treated", "", "who had the module", "Add --treated HEADER.")
        self._needs_start(start)

    def _needs_start(self, start: date | None) -> None:
        if start is None and not self.reading.asked.go_live:
            self.reading.problem(
                "from", "", "the first day with the module", "Add --from 2024-03-31, or a column."
            )

    def _read_own_days(self) -> None:
        """A column says for each row when its unit went live; empty is never."""
        reading, header = self.reading, self.reading.asked.go_live
        cells = reading.cells[header].filter(self.kept).drop_nulls().unique().to_list()
        known = [each for each in cells if each.lower() not in NEVER]
        form = form_of(known)
        if form is None:
            reading.problem(
                f"from {header}", ", ".join(unreadable_cells(known)) if known else "",
                "days such as 2024-03-31, or no value where it never went live",
                "Write every date as 2024-03-31.",
            )  # fmt: skip
            return
        self.go_live = {each: day for each in sorted(known) if (day := form.day(each))}
        self.go_live_by = reading.use("from", header, "id").removesuffix("_id")

    def _read_chosen(self, start: date | None) -> None:
        choice = self._choice()
        if choice is None:
            return
        header, values, others = choice
        reading, unit = self.reading, self.reading.asked.unit
        if start is None and not reading.asked.go_live and unit:
            self._read_switches(header, values, unit)
            return
        self._needs_start(start)
        if start is None:
            return
        self.go_live = dict.fromkeys(values, start)
        name = reading.use("treated", header, "id").removesuffix("_id")
        self.go_live_by = None if header == unit else name
        if unit and header != unit:
            self._switched_units(header, values, unit, start)
        if reading.asked.comparison:
            self.narrowed = {name + "_id": (*values, *others)}

    def _switched_units(self, header: str, values: Sequence[str], unit: str, start: date) -> None:
        """Units whose treated column changes over time are named one by one."""
        import polars as pl

        cells = self.reading.cells.filter(self.kept)
        kinds = cells.group_by(unit).agg(pl.col(header).is_in([*values]).n_unique().alias("n"))
        if kinds["n"].max() == 1:
            return
        ever = cells.filter(pl.col(header).is_in([*values]))[unit].unique().sort().to_list()
        self.go_live, self.go_live_by = dict.fromkeys(ever, start), None

    def _read_switches(self, header: str, values: Sequence[str], unit: str) -> None:
        """Without a day, a unit goes live on the first date its column says treated."""
        columns = self.reading.cells
        first = dict[str, date]()
        rows = zip(columns[unit], columns[header], self.days, self.kept, strict=True)
        for name, cell, day, kept in rows:
            if kept and day is not None and cell in values:
                first[name] = min(day, first.get(name, day))
        self.go_live = dict(sorted(first.items()))

    def _check_windows(self) -> None:
        asked, reading = self.reading.asked, self.reading
        seen = [day for day, kept in zip(self.days, self.kept, strict=True) if kept and day]
        days = list(self.go_live.values()) or [self.begin]
        if not seen:
            return
        shown = f"{min(days)}; the file has {min(seen)} to {max(seen)}"
        if not asked.is_randomised and min(days) <= min(seen):
            reading.problem(
                "from", shown, "rows before the first day with the module",
                "Correct --from, or add the weeks before it to the file.",
            )  # fmt: skip
        if asked.until and asked.until <= min(days):
            reading.problem(
                "until", str(asked.until), f"a day after the first with the module, {min(days)}",
                "Write the first day without it again.",
            )  # fmt: skip
        if min(days) > max(seen):
            reading.problem(
                "from", shown, "rows after the first day with the module",
                "Correct --from, or add the weeks after it to the file.",
            )  # fmt: skip


def _truth(value: str) -> bool | None:
    """Whether a cell says yes or no; None when it says neither."""
    low = value.lower().removesuffix(".0")
    return True if low in YES_WORDS else False if low in NO_WORDS else None
