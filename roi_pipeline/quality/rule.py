"""What one rule is, and the few words of SQL every rule is written with."""

from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.contracts import STORED_TYPES, Column, ColumnType, Contract
from roi_pipeline.domain.findings import Severity

Check = Literal[
    "columns_present", "columns_known", "columns_typed", "not_null", "between", "in_set",
    "counted", "unique", "reference", "share", "row_count", "freshness", "volume",
]  # fmt: skip
# The same as DuckDB describes them.
DESCRIBED_TYPES: dict[ColumnType, str] = {
    name: kept.upper().replace(" ", "") for name, kept in STORED_TYPES.items()
}
SOURCE_COLUMNS = ("source_file_id", "source_row_number")
STRUCTURAL: frozenset[Check] = frozenset(
    {"columns_present", "columns_known", "columns_typed", "row_count", "share"}
)
RULES_ARE_DECLARED = "rules_are_declared"
REPEATED_KEYS = "repeated_keys"


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence about an export.

    Attributes:
        check: how it is evaluated.
        expected: what a healthy export looks like, written as an expression.
        broken: SQL true for a row that breaks it; empty for rules about the table.
        checked: SQL true for a row it can be asked of.
        value: SQL text of what stood in a broken row.
        shows_people: the value may identify somebody.
    """

    name: str
    kind: str
    check: Check
    severity: Severity
    expected: str
    column: str | None = None
    tolerance: float = 0.0
    broken: str = ""
    checked: str = ""
    value: str = ""
    is_row_rule: bool = False
    shows_people: bool = False
    comment: str = ""


def quoted(name: str) -> str:
    """An SQL identifier.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def key_value(contract: Contract) -> str:
    """The key as one SQL value."""
    names = [quoted(name) for name in contract.key]
    return names[0] if len(names) == 1 else f"row({', '.join(names)})"


def reference_of(column: Column) -> tuple[str, str]:
    """Table and column a reference points to.

    >>> from roi_pipeline.domain.contracts import Column
    >>> reference_of(Column("x", "text", ("x",), references="crm__clinics.clinic_id"))
    ('crm__clinics', 'clinic_id')
    """
    table, _, name = str(column.references).rpartition(".")
    return table.removeprefix("exports."), name
