"""Why a delivery was rejected, in figures: file, column, the form that was expected, rows, samples."""

from collections.abc import Mapping
from dataclasses import dataclass

from roi_pipeline.domain.contracts import Column, ColumnType, Contract
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.quality.sentences import shown_value

EXAMPLES: Mapping[ColumnType, str] = {
    "date": "%Y-%m-%d",
    "timestamp": "%Y-%m-%d %H:%M:%S",
    "duration": "seconds",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Rows of one file that broke one rule.

    Attributes:
        column: None for a rule about whole rows.
        rows_read: rows of the file that were looked at.
        samples: up to three of the values, people masked.
    """

    path: str
    rule: str
    column: Column | None
    rows: int
    rows_read: int
    samples: tuple[str, ...]

    def expected(self) -> Message:
        """What a value has to look like: the form of the column's type, else the rule it broke."""
        if self.column is None or not self.rule.endswith(f"_{self.column.type}"):
            return Message("console_form_rule", {"rule": self.rule})
        if self.column.is_closed:
            return Message("console_form_words", {"words": ", ".join(self.column.values)})
        formats = ", ".join(self.column.formats) or EXAMPLES.get(self.column.type, "")
        return Message(f"console_form_{self.column.type}", {"formats": formats})


def read_refusals(connection: Connection, contract: Contract) -> tuple[Refusal, ...]:
    """What kept the last rejected delivery of an export out, most rows first."""
    loads = {load.file_id: load for load in read_file_loads(connection)}
    columns = {column.name: column for column in contract.columns}
    rows = read_rows(connection, "store.refused_values", table=contract.table)
    found = (
        Refusal(
            path=loads[file_id].path if file_id in loads else file_id,
            rule=rule,
            column=columns.get(column),
            rows=count,
            rows_read=loads[file_id].rows_read if file_id in loads else 0,
            samples=tuple(
                shown_value(each, limit=40) for each in samples or () if each is not None
            ),
        )
        for file_id, rule, column, count, samples in rows
    )
    return tuple(sorted(found, key=lambda each: (-each.rows, each.path, each.rule)))
