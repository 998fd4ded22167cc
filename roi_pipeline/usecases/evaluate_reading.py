"""The cells of one file while a question is held against them: its columns, and all that is wrong.

Nothing is computed here; `evaluate_layout` says what the cells mean.
"""

import keyword
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from roi_pipeline.domain.contracts import NO_WORDS, YES_WORDS
from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.evaluations import Asked
from roi_pipeline.settings.names import did_you_mean, names_worth_listing

if TYPE_CHECKING:
    import polars as pl

Use = Literal["id", "value", "flag", "day", "closed"]
SHOWN = 3
NULLS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?", "-")


class FileHasProblems(StudyHasProblems):
    """What is asked cannot be answered from this file; carries every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(problems)
        lines = "\n".join(f"  {number}. {each}" for number, each in enumerate(self.problems, 1))
        self.args = (f"{len(self.problems)} problem(s):\n{lines}",)


@dataclass(frozen=True, slots=True)
class UsedColumn:
    """A column of the file that takes part, under the name it has in the study."""

    name: str
    header: str
    use: Use


@dataclass(slots=True)
class Reading:
    """What has been found so far.

    Attributes:
        used: header → its column.
    """

    name: str
    cells: "pl.DataFrame"
    asked: Asked
    problems: list[Problem] = field(default_factory=list[Problem])
    used: dict[str, UsedColumn] = field(default_factory=dict[str, UsedColumn])

    def problem(self, key: str, value: str, expected: str, remedy: str) -> None:
        """Add what is wrong with one thing that was asked."""
        self.problems.append(Problem(self.name, key, value, expected, remedy))

    def has(self, key: str, header: str) -> bool:
        """Whether the file has the column; if not, that is a problem."""
        known = self.cells.columns
        if header in known:
            return True
        self.problems.append(
            Problem(
                self.name, key, header, "a column of the file",
                f"{did_you_mean(header, known)}Name a column as the file's header has it.",
                names_worth_listing(header, known),
            )
        )  # fmt: skip
        return False

    def use(self, key: str, header: str, use: Use) -> str:
        """The column's name in the study."""
        found = self.used.get(header)
        if found is not None and found.use != use:
            words = {
                "id": "to tell rows apart",
                "value": "as a number",
                "flag": "as a number",
                "day": "as a date",
                "closed": "as a date",
            }
            self.problem(
                key, header, f"a column that is not used {words[found.use]} already",
                "Copy the column under a second header.",
            )  # fmt: skip
        if found is None:
            name = study_name(header, self.cells.columns.index(header) + 1)
            taken = {each.name for each in self.used.values()}
            name = next(
                each
                for each in (f"{name}_{use}", *(f"{name}_{n}_{use}" for n in range(2, 1000)))
                if each not in taken
            )
            found = self.used[header] = UsedColumn(name, header, use)
        return found.name


def refuse(reading: Reading) -> None:
    """Stop when anything was found to be wrong.

    Raises:
        FileHasProblems: with all of it.
    """
    if reading.problems:
        raise FileHasProblems(reading.problems)


def study_name(header: str, place: int) -> str:
    """A name of the study's own: small letters, digits and `_`.

    >>> study_name("Unit Price (USD)", 3), study_name("通话时长", 4)
    ('unit_price_usd', 'column_4')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")
    if not plain or not plain[0].isalpha() or keyword.iskeyword(plain):
        return f"column_{place}"
    return plain.removesuffix("_id")


def split_choice(text: str) -> tuple[str, tuple[str, ...]]:
    """A column and the values named behind it.

    >>> split_choice("segment=Mens E-Mail,Womens E-Mail"), split_choice("treat")
    (('segment', ('Mens E-Mail', 'Womens E-Mail')), ('treat', ()))
    """
    header, is_choice, values = text.partition("=")
    parts = tuple(value.strip() for value in values.split(",") if value.strip())
    return header.strip(), parts if is_choice else ()


def known_values(reading: Reading, key: str, header: str, values: Sequence[str]) -> None:
    """Every value asked for must stand in the column."""
    known = set(reading.cells[header].drop_nulls().unique())
    for value in values:
        if value not in known:
            reading.problems.append(
                Problem(
                    reading.name, f"{key} {header}", value, f"a value of the column {header}",
                    f"{did_you_mean(value, known)}Write it as it stands in the file.",
                    names_worth_listing(value, known),
                )
            )  # fmt: skip


def use_number(reading: Reading, key: str, header: str) -> str:
    """The name of a column that is added up: of numbers, or of a yes or no that counts as 1 or 0."""
    if is_flag(reading, header):
        return reading.use(key, header, "flag")
    check_numeric(reading, key, header)
    return reading.use(key, header, "value")


def is_flag(reading: Reading, header: str) -> bool:
    """Whether every cell with a value says yes or no in words."""
    cells = reading.cells[header].drop_nulls().unique()
    known = {cell.lower() for cell in cells if cell not in NULLS}
    return not known <= {"0", "1"} and known <= {*YES_WORDS, *NO_WORDS}


def check_numeric(reading: Reading, key: str, header: str) -> None:
    """Every cell of the column must be a number or empty."""
    import polars as pl

    cells = reading.cells[header]
    cells = cells.filter(~cells.is_in([*NULLS]) & cells.is_not_null())
    if cells.is_empty():
        reading.problem(
            f"{key} {header}", "", "a column with numbers; every cell is empty",
            "Name another column.",
        )  # fmt: skip
    wrong = cells.filter(cells.cast(pl.Float64, strict=False).is_null())
    if len(wrong):
        shown = ", ".join(wrong.unique(maintain_order=True)[:SHOWN])
        reading.problem(
            f"{key} {header}", shown, "numbers with a point as decimal mark, or yes and no",
            f"{len(wrong):,} of {len(cells):,} cells are none: correct them, or leave them empty.",
        )  # fmt: skip
