"""Loading of exports: stage what is new, accept what was validated, read the load log.

`known_fingerprints` tells `sources` what need not be prepared; `stage_export` puts new rows, typed,
into `exports._incoming__<table>`; after validation `accept_incoming` merges them or refuses them.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.histories import QuarantinedRow
from roi_pipeline.domain.personal import MASK
from roi_pipeline.engines.loading.accept import accept_incoming
from roi_pipeline.engines.loading.account import (
    known_fingerprints,
    loads_of_earlier_readings,
    open_books,
    read_file_loads,
    read_loads,
)
from roi_pipeline.engines.loading.deliver import stage_export
from roi_pipeline.engines.loading.duplicates import may_repeat
from roi_pipeline.engines.queries import read_rows

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "accept_incoming",
    "known_fingerprints",
    "loads_of_earlier_readings",
    "may_repeat",
    "read_file_loads",
    "read_loads",
    "read_quarantine",
    "stage_export",
]


def read_quarantine(
    connection: "duckdb.DuckDBPyConnection", limit: int | None = None, *, table: str | None = None
) -> tuple[QuarantinedRow, ...]:
    """Rows kept out of the exports, once per reason, in the order of file and row.

    Args:
        connection: the warehouse.
        limit: at most so many per export table; None for all.
        table: of this export only, as `<system>__<entity>`.
    """
    open_books(connection)
    rows = read_rows(connection, "loading.quarantined_rows", table=table, most=limit)
    return tuple(
        QuarantinedRow(name, file, row, column, value, reason, is_person=value == MASK)
        for name, _, file, row, column, value, reason in rows
    )
