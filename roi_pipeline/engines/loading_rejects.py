"""Lines of a text that are no rows: DuckDB's list of rejects as rows for quarantine.

A rejected line still counts as a row read, and the rows after it keep the numbers they have in the
file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from roi_pipeline.engines.loading_sql import LONGEST_VALUE, MASK, REJECTS, Reading

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
ACTUAL_SIZE = re.compile(r"Actual Size:\s*(\d+)")


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that is no row.

    Attributes:
        rows_before: rows of the same file that were read before it.
        lines: lines it swallowed, itself included; more than one where a quote was never closed.
    """

    rows_before: int
    lines: int
    value: str
    rule: str
    reason: str


def read_rejects(
    connection: "duckdb.DuckDBPyConnection", reading: Reading
) -> tuple[RejectedLine, ...]:
    """The rejected lines of the file just read, in its order."""
    if not _exists(connection):
        return ()
    rows = connection.execute(
        "select line, error_type::varchar, csv_line, error_message "
        f"from temp.{REJECTS} order by line, column_idx nulls first"
    ).fetchall()
    header_lines = reading.delivery.skipped_lines + (reading.delivery.kind == "csv")
    return tuple(
        _rejected(next(iter(group)), number, header_lines, has_people=bool(reading.people))
        for number, (_, group) in enumerate(groupby(rows, key=lambda row: row[0]))
    )


def _exists(connection: "duckdb.DuckDBPyConnection") -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where table_name = ?", [REJECTS]
    ).fetchall()
    return bool(found)


def _rejected(
    row: tuple[int, str, str | None, str], earlier: int, header_lines: int, *, has_people: bool
) -> RejectedLine:
    line, error, text, message = row
    rule, reason = RULES.get(error, OTHER)
    lines = (text or "").rstrip("\r\n").count("\n") + 1 if error == "UNQUOTED VALUE" else 1
    size = ACTUAL_SIZE.search(message)
    shown = f"{size[1]} bytes" if size else (text or "")[:LONGEST_VALUE]
    if has_people and not size:
        shown = MASK
    return RejectedLine(max(line - 1 - header_lines - earlier, 0), lines, shown, rule, reason)


def numbered(rejects: Iterable[RejectedLine]) -> list[tuple[int, RejectedLine]]:
    """Each swallowed line with the number its row would have had."""
    result, shift = [], 0
    for reject in rejects:
        first = reject.rows_before + shift + 1
        result += [(first + offset, reject) for offset in range(reject.lines)]
        shift += reject.lines
    return result


def shifts(rejects: Iterable[RejectedLine]) -> list[tuple[int, int]]:
    """(rows before, lines to add to the number of every row from there on), in order.

    >>> line = RejectedLine(2, 1, "", "", "")
    >>> shifts([line, line])
    [(2, 2)]
    """
    total, result = 0, dict[int, int]()
    for reject in rejects:
        total += reject.lines
        result[reject.rows_before] = total
    return list(result.items())
