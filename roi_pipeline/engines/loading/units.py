"""The different values of one column over all files of an export, and nothing else of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import RoiError
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.loading.account import incoming_table, open_books
from roi_pipeline.engines.loading.deliver import empty_incoming, notation_of
from roi_pipeline.engines.loading.headers import match_headers
from roi_pipeline.engines.loading.read import read_file
from roi_pipeline.engines.loading.type import Reading
from roi_pipeline.engines.sql_expressions import different_values

if TYPE_CHECKING:
    import duckdb


def units_in(
    connection: "duckdb.DuckDBPyConnection",
    contract: Contract,
    deliveries: Sequence[Delivery],
    column: str,
    *,
    study: Study,
) -> set[str]:
    """Values of the column in the deliveries; a file that cannot be read adds none."""
    open_books(connection)
    alone = replace(contract, columns=(contract.column(column),), key=(), ordering=None, rules=())
    table, found = incoming_table(alone), set[str]()
    for delivery in deliveries:
        empty_incoming(connection, alone)
        try:
            match = match_headers(contract, delivery)
            notation = notation_of(alone, delivery, study)
            reading = Reading(alone, delivery, str(delivery.readable), match, notation)
            read_file(connection, reading, hash_people=None)
        except RoiError:
            continue
        rows = connection.execute(different_values(table, column)).fetchall()
        found |= {str(row[0]) for row in rows if row[0] is not None}
    return found
