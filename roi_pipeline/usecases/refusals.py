"""Why a delivery was rejected, in figures: file, column, the form that was expected, rows, samples."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.domain.contracts import Column, ColumnType, Contract
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.quality.sentences import shown_value
from roi_pipeline.usecases.studies import paths_of, warehouse_at

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


@dataclass(frozen=True, slots=True)
class Rejected:
    """A delivery that was rejected.

    Attributes:
        refusals: empty when no single row was at fault, but the delivery as a whole.
        page: where everything that was found stands.
    """

    table: str
    refusals: tuple[Refusal, ...]
    page: Path


def report_rejected(
    study: Study, cycle_key: str, tables: Collection[str], *, as_of: date
) -> tuple[Rejected, ...]:
    """Why deliveries were rejected, and the validation site, which else waits for a report."""
    from roi_pipeline.usecases.exports import write_validation_site

    if not {contract.table for contract in study.contracts} & set(tables):
        return ()
    with warehouse_at(paths_of(study)).open() as connection:
        refused = {load.table for load in read_file_loads(connection) if load.status == "refused"}
        page = write_validation_site(connection, study, study.cycle(cycle_key, as_of=as_of))
        return tuple(
            Rejected(contract.table, read_refusals(connection, contract), page)
            for contract in study.contracts
            if contract.table in refused & set(tables)
        )
