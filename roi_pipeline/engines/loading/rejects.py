"""Lines DuckDB did not take for rows: what is wrong with them, and the numbers of the rows around.

A rejected line still counts as a row read, and the rows after it keep the numbers they have in the
file. A line refused only because a number in it is spelt unusually is read a second time.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from sqlglot import exp

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.personal import MASK, shown_text
from roi_pipeline.engines.loading.expressions import LONGEST_VALUE, number, summed, when
from roi_pipeline.engines.loading.type import REJECTS, Reading
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import table_exists

if TYPE_CHECKING:
    import duckdb

RULES = {
    "MISSING COLUMNS": ("row_has_every_column", "too_few_fields"),
    "TOO MANY COLUMNS": ("row_has_no_extra_field", "too_many_fields"),
    "UNQUOTED VALUE": ("quotes_are_closed", "quote_not_closed"),
    "LINE SIZE OVER MAXIMUM": ("line_is_not_too_long", "line_too_long"),
    "INVALID ENCODING": ("text_is_utf8", "not_utf8"),
}
OTHER = ("line_can_be_read", "not_readable")
CAST = "CAST"
ACTUAL_SIZE = re.compile(r"Actual Size:\s*(\d+)")
# DuckDB keeps this much of a rejected line.
LONGEST_KEPT = 10_000
MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that was not taken for a row.

    Attributes:
        rows_before: rows of the same file that were read before it.
        number: the row number it has in the file.
        lines: lines it swallowed, itself included; more than one where a quote was never closed.
        text: the line itself.
        reason: empty when only a number in it could not be read.
    """

    rows_before: int
    number: int
    lines: int
    text: str
    rule: str = ""
    reason: str = ""
    shown: str = ""

    @property
    def is_row(self) -> bool:
        """Whether it is a row after all, with an unusual number in it."""
        return not self.reason


def read_rejects(
    connection: "duckdb.DuckDBPyConnection", reading: Reading
) -> tuple[RejectedLine, ...]:
    """The rejected lines of the file just read, in its order.

    Raises:
        NeedsAHuman: there are so many that the file must have been read in a wrong way.
    """
    if not table_exists(connection, f"main.{REJECTS}"):
        return ()
    rows = [
        (line, error, text, message)
        for line, _, _, error, text, message in read_rows(connection, "loading.rejected_lines")
    ]
    firsts = [next(iter(group)) for _, group in groupby(rows, key=lambda row: row[0])]
    broken = sum(row[1] != CAST for row in firsts)
    if broken > MOST_LINES:
        raise NeedsAHuman(
            f"{reading.delivery.path} has {broken:,} lines that are no rows, such as line "
            f"{firsts[0][0]:,}; check delimiter, header_row and encoding in [location]"
        )
    header_lines = reading.delivery.skipped_lines + (reading.delivery.kind == "csv")
    blanks = reading.delivery.blanks
    return tuple(_numbered(firsts, header_lines, blanks, has_people=bool(reading.people)))


def _numbered(
    firsts: Sequence[tuple[int, str, str | None, str]],
    header_lines: int,
    blanks: Sequence[int],
    *,
    has_people: bool,
) -> list[RejectedLine]:
    result, swallowed = [], 0
    for earlier, (line, error, text, message) in enumerate(firsts):
        # DuckDB numbers blank lines as well, which are no rows.
        blank = bisect_left(blanks, line)
        rows_before = max(line - 1 - header_lines - earlier - blank, 0)
        number = rows_before + earlier + swallowed + 1
        reject = RejectedLine(rows_before, number, 1, text or "")
        if error != CAST:
            reject = _explained(reject, error, message, has_people=has_people)
        swallowed += reject.lines - 1
        result.append(reject)
    return result


def _explained(reject: RejectedLine, error: str, message: str, *, has_people: bool) -> RejectedLine:
    rule, reason = RULES.get(error, OTHER)
    lines = reject.text.rstrip("\r\n").count("\n") + 1 if error == "UNQUOTED VALUE" else 1
    size = ACTUAL_SIZE.search(message)
    shown = f"{size[1]} bytes" if size else shown_text(reject.text)[:LONGEST_VALUE]
    if has_people and not size:
        shown = MASK
    return replace(reject, lines=lines, rule=rule, reason=reason, shown=shown)


def can_be_reread(rejects: Sequence[RejectedLine]) -> bool:
    """Whether the lines with unusual numbers are few and whole enough to be read by themselves."""
    rows = [reject for reject in rejects if reject.is_row]
    return len(rejects) <= MOST_LINES and all(len(row.text) < LONGEST_KEPT for row in rows)


def row_number(rejects: Sequence[RejectedLine], ordinal: exp.Expr, *, rows: int) -> exp.Expr:
    """A row's number in the file, from its place among the rows as they were stored.

    Args:
        rejects: the lines that were not taken for rows.
        ordinal: the place, counted from 0.
        rows: rows taken at the first reading; those read a second time are stored after them.
    """
    moves, shift = dict[int, int](), 0
    for reject in rejects:
        shift += reject.lines
        moves[reject.rows_before] = shift
    again = (reject.number for reject in rejects if reject.is_row)
    moves |= {rows + place: given - rows - place - 1 for place, given in enumerate(again)}
    return summed([ordinal, number(1), _step_function(sorted(moves.items()), ordinal, 0)])


def _step_function(steps: Sequence[tuple[int, int]], ordinal: exp.Expr, before: int) -> exp.Expr:
    """Finds the last step at or before `ordinal` by halving, so depth stays small."""
    if not steps:
        return exp.convert(before)
    middle = len(steps) // 2
    start, value = steps[middle]
    return when(
        (
            exp.LT(this=ordinal, expression=number(start)),
            _step_function(steps[:middle], ordinal, before),
        ),
        other=_step_function(steps[middle + 1 :], ordinal, value),
    )
