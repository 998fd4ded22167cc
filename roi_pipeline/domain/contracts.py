"""What an export must look like: columns, types, units, keys, allowed values, rules, severities.

A contract belongs to one export table `exports.<system>__<entity>`. Its columns carry the product's
names; `header` is the system's own word for the same thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from roi_pipeline.domain.findings import Severity

ColumnType = Literal[
    "text", "integer", "decimal", "money", "rate", "boolean", "date", "timestamp", "duration",
    "phone", "email", "person_name",
]  # fmt: skip
# How a database keeps each type.
STORED_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "double",
    "money": "decimal(18, 4)",
    "rate": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "duration": "double",
    "phone": "varchar",
    "email": "varchar",
    "person_name": "varchar",
}
# What a boolean may be written as, in any case.
YES_WORDS = ("是", "对", "有", "真", "y", "yes", "true", "t", "1", "√", "✓", "on")
NO_WORDS = ("否", "不", "无", "無", "假", "n", "no", "false", "f", "0", "×", "✗", "off")
CountedBy = Literal["vendor", "own system"]
PERSON_TYPES: frozenset[str] = frozenset({"phone", "email", "person_name"})
FileKind = Literal["csv", "xlsx", "jsonl", "parquet", "stata"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export.

    Attributes:
        name: the product's name, with the endings of the naming rules (`_at`, `_seconds`, …).
        type: `rate` is stored as a fraction, `duration` as seconds, `money` as decimal(18,4);
            the person types are normalised and replaced by a keyed hash while reading.
        headers: the system's own headers that mean this column; surrounding blanks are ignored.
        is_required: a null breaks the row.
        nulls: texts that mean "no value".
        formats: accepted date, timestamp or duration formats, tried in order (strptime, or
            `seconds`, `minutes`, `hh:mm:ss`, `mm:ss` for durations); empty means ISO.
        values: maps the system's words to ours; with `is_closed` other words break the row.
        timezone: zone of a timestamp without offset; None: the study's.
        years: first and last year a date or timestamp may have; others break the row.
        unit_scale: multiply by this while reading (0.01 for cents or for "12" meaning 12 %).
        references: `<system>__<entity>.<column>` every value must exist in.
        counted_by: `vendor` when the figure is one that a vendor attributes to its own product; it
            changes no row that is read, and so is no part of how a contract is written out.
    """

    name: str
    type: ColumnType
    headers: tuple[str, ...]
    is_required: bool = False
    nulls: tuple[str, ...] = ("",)
    formats: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    is_closed: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str | None = None
    timezone: str | None = None
    years: tuple[int, int] = (1900, 2199)
    unit_scale: Decimal = Decimal(1)
    references: str | None = None
    severity: Severity = "warn"
    tolerance: float = 0.0
    comment: str = ""
    counted_by: CountedBy = field(default="own system", repr=False)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A sentence about single rows: `sql` is true for a healthy row.

    `tolerance` is the fraction of rows that may break it before the check counts as failed; broken
    rows go to quarantine in any case unless `is_only_counted`.
    """

    name: str
    sql: str
    severity: Severity = "warn"
    tolerance: float = 0.0
    is_only_counted: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TableRules:
    """Sentences about the whole export; None switches a rule off.

    Attributes:
        minimum_rows: fewer rows in a delivery is a finding.
        volume_ratio: allowed rows per day against the median of earlier deliveries, as
            (lowest, highest) ratio.
        freshness_days: newest `freshness_column` may be at most this old at `as_of`.
        quarantine_share: refuse the delivery when a larger share of its rows was quarantined.
    """

    minimum_rows: int = 1
    volume_ratio: tuple[float, float] | None = None
    volume_severity: Severity = "warn"
    freshness_column: str | None = None
    freshness_days: int | None = None
    freshness_severity: Severity = "warn"
    quarantine_share: float = 0.2
    are_extra_columns_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a delivered file may be; above that it is rejected with the name of the limit.

    Attributes:
        unpacked_bytes: of one packed file, with all its members.
        ratio: unpacked over packed size; asked above 256 MiB unpacked.
        members: files in one zip archive.
        columns: headers of one file.
        cell_bytes: of one line of text; a longer one is quarantined.
    """

    unpacked_bytes: int = 20 << 30
    ratio: int = 200
    members: int = 10_000
    columns: int = 5_000
    cell_bytes: int = 2 << 20


@dataclass(frozen=True, slots=True)
class FileLocation:
    """Files below the study folder, or at an address (`s3://…`, `sftp://…`, `https://…`).

    Attributes:
        max_record_lines: lines a record of a delimited text may have; a longer one is taken for a
            quotation mark that was never closed, and the file is rejected.
    """

    glob: str
    kind: FileKind
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1
    decimal_mark: str = "."
    max_record_lines: int = 200
    limits: Limits = field(default_factory=Limits)
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class DatabaseLocation:
    """A table or query of a Postgres or SQLite database; the address may name `${VARIABLES}`."""

    url: str
    query: str


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything an export of one entity of one system has to keep to.

    Attributes:
        key: columns that identify a row; empty when rows have no identity.
        ordering: column by which a later delivery of the same key wins.
        file: path of the TOML file, for messages.
        counted_by: `vendor` when the rows themselves are what a vendor attributes to its product:
            whatever is counted from them is grade E.
    """

    system: str
    entity: str
    location: FileLocation | DatabaseLocation
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    ordering: str | None = None
    rules: tuple[RowRule, ...] = ()
    table_rules: TableRules = field(default_factory=TableRules)
    owner: str = ""
    comment: str = ""
    file: str = ""
    counted_by: CountedBy = field(default="own system", repr=False)

    @property
    def vendor_columns(self) -> frozenset[str]:
        """Columns whose figures are a vendor's own counter."""
        return frozenset(
            column.name
            for column in self.columns
            if "vendor" in (self.counted_by, column.counted_by)
        )

    @property
    def table(self) -> str:
        """Name of the export table without schema: `telephony__calls`."""
        return f"{self.system}__{self.entity}"

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)
