"""sources/<system>__<entity>.toml: what one export has to look like."""

from datetime import date
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Len
from pydantic import Discriminator, Field, Tag

from roi_pipeline.domain.calendars import FISCAL, PeriodFormat, period_format
from roi_pipeline.domain.contracts import (
    Column,
    ColumnType,
    Contract,
    CountedBy,
    DatabaseLocation,
    FileKind,
    FileLocation,
    Limits,
    RowRule,
    TableRules,
)
from roi_pipeline.domain.findings import Severity
from roi_pipeline.settings.entries.entry import (
    AboveZero,
    Days,
    Entry,
    Fraction,
    Name,
    Number,
    Words,
    build,
)

IN_FILES, IN_A_DATABASE = "<files>", "<database>"


Size = Annotated[int, Ge(1)]


class LimitsEntry(Entry):
    """How large a delivered file may be."""

    unpacked_bytes: Size | None = None
    ratio: Size | None = None
    members: Size | None = None
    columns: Size | None = None
    cell_bytes: Size | None = None


class FileLocationEntry(Entry):
    """Files below the study folder or in a bucket."""

    glob: Words
    kind: FileKind
    encoding: Words | None = None
    delimiter: str | None = None
    sheet: Words | None = None
    header_row: Annotated[int, Ge(0)] | None = None
    decimal_mark: str | None = None
    max_record_lines: Size | None = None
    limits: LimitsEntry | None = None
    options: dict[str, str] | None = None


class DatabaseLocationEntry(Entry):
    """A query of a database."""

    url: Words
    query: Words


def _location_kind(value: Any) -> str:  # noqa: ANN401 - any TOML value
    is_database = isinstance(value, dict) and not {"url", "query"}.isdisjoint(value)
    return IN_A_DATABASE if is_database else IN_FILES


LocationEntry = Annotated[
    Annotated[FileLocationEntry, Tag(IN_FILES)]
    | Annotated[DatabaseLocationEntry, Tag(IN_A_DATABASE)],
    Discriminator(_location_kind),
]


class KeyEntry(Entry):
    """What identifies a row, and which delivery of it wins."""

    columns: list[Name]
    ordering: Name | None = None


class ColumnEntry(Entry):
    """One column; without a header its own name is the header."""

    name: Name
    type: ColumnType
    header: Words | None = None
    headers: Annotated[list[Words], Len(1)] | None = None
    is_required: bool | None = None
    nulls: list[str] | None = None
    formats: list[Words] | None = None
    fiscal_years: dict[Annotated[str, Field(pattern=r"^\d{4}$")], date] | None = None
    values: dict[str, str] | None = None
    is_closed: bool | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    pattern: Words | None = None
    timezone: str | None = None
    years: Annotated[list[Annotated[int, Ge(1), Le(9999)]], Len(2, 2)] | None = None
    unit_scale: AboveZero | None = None
    references: Words | None = None
    severity: Severity | None = None
    tolerance: Fraction | None = None
    comment: str | None = None
    counted_by: CountedBy | None = None

    @property
    def all_headers(self) -> tuple[str, ...]:
        """The system's words for the column, trimmed."""
        words = self.headers or [self.header or self.name]
        return tuple(word.strip() for word in words if word)

    def to_domain(self) -> Column:
        """The column; an empty cell is always one of its nulls."""
        nulls = ("", *(text for text in self.nulls or () if text))
        formats = tuple(self._dated(text) for text in self.formats or ())
        return build(Column, self, headers=self.all_headers, nulls=nulls, formats=formats)

    def _dated(self, text: str) -> str:
        """The format with the fiscal years it needs."""
        found = period_format(text)
        if found is None or found.name not in FISCAL:
            return text
        years = {int(number): day for number, day in (self.fiscal_years or {}).items()}
        return str(PeriodFormat(found.name, years))


class RowRuleEntry(Entry):
    """A sentence about single rows."""

    name: Name
    sql: Words
    severity: Severity | None = None
    tolerance: Fraction | None = None
    is_only_counted: bool | None = None
    comment: str | None = None


class TableRulesEntry(Entry):
    """Sentences about the whole export."""

    minimum_rows: Days | None = None
    volume_ratio: Annotated[list[Annotated[float, Gt(0)]], Len(2, 2)] | None = None
    volume_severity: Severity | None = None
    freshness_column: Name | None = None
    freshness_days: Days | None = None
    freshness_severity: Severity | None = None
    quarantine_share: Fraction | None = None
    are_extra_columns_allowed: bool | None = None


class StandardContractEntry(Entry):
    """A contract of the product's catalogue, which need not say where the export lies."""

    system: Name
    entity: Name
    column: Annotated[list[ColumnEntry], Len(1)]
    location: LocationEntry | None = None
    owner: str | None = None
    comment: str | None = None
    counted_by: CountedBy | None = None
    key: KeyEntry | None = None
    rule: list[RowRuleEntry] = Field(default_factory=list[RowRuleEntry])
    table: TableRulesEntry | None = None

    def to_domain(self, file: str) -> Contract:
        """The contract; without a location it is a CSV of the usual name."""
        key = self.key
        return build(
            Contract,
            self,
            location=self._location(),
            columns=tuple(column.to_domain() for column in self.column),
            key=tuple(key.columns) if key else (),
            ordering=key.ordering if key else None,
            rules=tuple(build(RowRule, rule) for rule in self.rule),
            table_rules=build(TableRules, self.table) if self.table else TableRules(),
            file=file,
        )

    def _location(self) -> FileLocation | DatabaseLocation:
        match self.location:
            case FileLocationEntry() as files:
                limits = build(Limits, files.limits) if files.limits else Limits()
                return build(FileLocation, files, limits=limits)
            case DatabaseLocationEntry() as database:
                return build(DatabaseLocation, database)
            case _:
                return FileLocation(f"exports/{self.system}/{self.entity}*.csv", "csv")


class ContractEntry(StandardContractEntry):
    """A study's contract."""

    location: LocationEntry  # type: ignore[assignment] - narrower than the catalogue's
