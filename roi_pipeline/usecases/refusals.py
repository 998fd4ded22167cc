"""What kept exports out: rejected deliveries by column, form, rows and samples; files nobody can read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from roi_pipeline.domain.contracts import Column, ColumnType, Contract
from roi_pipeline.domain.personal import shown_value
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.loading import read_file_loads, read_loads
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import Connection
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


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that could not be read, or one of whose places no file was found.

    Attributes:
        error: the file, the line where there is one, the cause and the remedy.
        has_earlier_rows: whether an earlier form of it was read, whose rows stay.
    """

    table: str
    path: str
    error: str
    has_earlier_rows: bool


@dataclass(frozen=True, slots=True)
class KeptOut:
    """What a run did not take in, and the page on which all that was found stands."""

    rejected: tuple[Rejected, ...] = ()
    unread: tuple[UnreadFile, ...] = ()
    page: Path | None = None


def report_kept_out(
    study: Study, cycle_key: str, tables: Collection[str], *, as_of: date
) -> KeptOut:
    """Why exports were kept out, and the validation site, which else waits for a report.

    Args:
        study: the study.
        cycle_key: the cycle that was run.
        tables: exports with a check that failed as an error.
        as_of: the day the run was for.
    """
    from roi_pipeline.usecases.exports import write_validation_site

    concerned = [contract for contract in study.contracts if contract.table in set(tables)]
    if not concerned:
        return KeptOut()
    with warehouse_at(paths_of(study)).open() as connection:
        loads = read_file_loads(connection)
        refused = {load.table for load in loads if load.status == "refused"}
        earlier = {load.file_id for load in read_loads(connection, "loaded_files")}
        page = write_validation_site(connection, study, study.cycle(cycle_key, as_of=as_of))
        rejected = tuple(
            Rejected(contract.table, read_refusals(connection, contract), page)
            for contract in concerned
            if contract.table in refused
        )
    names = {contract.table for contract in concerned}
    unread = tuple(
        UnreadFile(load.table, load.path, load.error, load.file_id in earlier)
        for load in loads
        if load.status == "unreadable" and load.table in names
    )
    return KeptOut(rejected, unread, page)
