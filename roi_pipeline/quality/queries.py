"""SQL text of what is counted and listed; `{batch}` stands for the staged delivery.

Every counting query returns one row with `checked_<n>` and `unexpected_<n>` for each rule it
serves, and optionally `observed` and `measure`: one pass over the table answers many rules.
GX gives the batch an alias of its own unless the query has a join, so only joins name one here.
"""

# ruff: noqa: S608 - names come from the contract and are quoted; no value of a row enters the text

from collections.abc import Sequence
from datetime import date

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.quality.rule import (
    DESCRIBED_TYPES,
    REPEATED_KEYS,
    SOURCE_COLUMNS,
    Rule,
    key_value,
    literal,
    quoted,
    reference_of,
)

BATCH = "{batch}"


def for_great_expectations(sql: str) -> str:
    r"""Protect text from GX's brace formatting and SQLAlchemy's `:name` parameters.

    >>> for_great_expectations("select '{2}', x::date from {batch}")
    "select '{{2}}', x\\:\\:date from {batch}"
    """
    doubled = sql.replace("{", "{{").replace("}", "}}").replace(":", "\\:")
    return doubled.replace("{{batch}}", BATCH)


def counted(
    rules: Sequence[Rule], contract: Contract, incoming: str, *, may_repeat: str = "true"
) -> str:
    """Count of rows asked and broken for each rule, in one pass over the delivery."""
    parts = [
        f"count(*) filter (where {rule.checked}) as checked_{number},\n"
        f"count(*) filter (where {rule.broken}) as unexpected_{number}"
        for number, rule in enumerate(rules)
    ]
    head = ""
    if any(REPEATED_KEYS in rule.broken for rule in rules):
        keys = repeated_keys(contract, incoming, may_repeat=may_repeat)
        head = f"with {REPEATED_KEYS} as materialized (\n{keys}\n)\n"
    return f"{head}select\n" + ",\n".join(parts) + f"\nfrom {BATCH}"


def repeated_keys(contract: Contract, table: str, *, may_repeat: str = "true") -> str:
    """Keys that stand on rows of different content; rows repeated exactly are not meant.

    `may_repeat` is true of every row whose key another row has as well, and of few others.
    """
    key, values = ", ".join(quoted(name) for name in contract.key), key_value(contract)
    present = " and ".join(f"{quoted(name)} is not null" for name in contract.key)
    content = ", ".join(quoted(column.name) for column in contract.columns)
    return (
        f"select {key} from (\n"
        f"    select distinct {content} from {table}\n"
        f"    where {values} in (\n"
        f"        select {values} from {table}\n"
        f"        where {present} and {may_repeat} group by {key} having count(*) > 1\n"
        f"    )\n"
        f") group by {key} having count(*) > 1"
    )


def referenced_values(rule: Rule, contract: Contract, *, incoming: str, is_known: bool) -> str:
    """Distinct values a reference may have; a table that refers to itself includes the delivery."""
    table, name = reference_of(contract.column(str(rule.column)))
    parts = [f"select {quoted(name)} as known_value from exports.{quoted(table)}"]
    if table == contract.table:
        own = f"select {quoted(name)} as known_value from {incoming}"
        parts = [*parts, own] if is_known else [own]
    return "\nunion all\n".join(parts)


def reference(rule: Rule, values: str) -> str:
    """Rows whose value is not among the referenced ones."""
    field = quoted(str(rule.column))
    return (
        f"select count(i.{field}) as checked_0,\n"
        f"count(i.{field}) filter (where k.known_value is null) as unexpected_0\n"
        f"from {BATCH} as i\n"
        f"left join (select distinct known_value from ({values})) as k\n"
        f"on i.{field} = k.known_value"
    )


def types(contract: Contract, incoming_table: str) -> str:
    """Columns stored in another type than the contract says; absent ones are another rule's."""
    wanted = ", ".join(
        f"({literal(column.name)}, {literal(DESCRIBED_TYPES[column.type])})"
        for column in contract.columns
    )
    differs = "c.data_type <> w.data_type"
    return (
        f"select count(*) as checked_0,\ncount(*) filter (where {differs}) as unexpected_0,\n"
        f"string_agg(w.column_name || ' ' || c.data_type, ', ' order by w.column_name)\n"
        f"    filter (where {differs}) as observed\n"
        f"from (values {wanted}) as w(column_name, data_type)\n"
        f"inner join duckdb_columns() as c on c.column_name = w.column_name\n"
        f"where c.database_name = current_database() and c.schema_name = 'exports'\n"
        f"and c.table_name = {literal(incoming_table)} /* of {BATCH} */"
    )


def freshness(rule: Rule, *, days: int, as_of: date, loaded: str | None) -> str:
    """Age in days of the newest row before `as_of`, here or already loaded."""
    field = quoted(str(rule.column))
    tables = [BATCH, *([loaded] if loaded else [])]
    rows = " union all ".join(f"select cast({field} as date) as day from {name}" for name in tables)
    age = f"date_diff('day', max(day), date '{as_of}')"
    return (
        f"select 1 as checked_0,\n"
        f"case when max(day) is null or {age} > {days} then 1 else 0 end as unexpected_0,\n"
        f"coalesce(strftime(max(day), '%Y-%m-%d'), '') as observed,\n{age} as measure\n"
        f"from ({rows}) where day < date '{as_of}'"
    )


def volume(
    *, day_column: str | None, lowest: float | None, highest: float | None
) -> str:  # fmt: skip
    """Rows per day of the delivery, beside the limits set by earlier ones."""
    days = f"count(distinct cast({quoted(day_column)} as date))" if day_column else "1"
    limits = "true" if lowest is None else f"per_day between {lowest!r} and {highest!r}"
    return (
        f"select 1 as checked_0, case when {limits} then 0 else 1 end as unexpected_0,\n"
        f"'' as observed, per_day as measure\n"
        f"from (select coalesce(count(*) / nullif({days}, 0), 0) as per_day from {BATCH})"
    )


def failing_rows(rule: Rule, contract: Contract, *, incoming: str, values: str = "") -> str:
    """Query that lists the broken rows: file, row number, value."""
    source = ", ".join(f"i.{name}" for name in SOURCE_COLUMNS)
    head = f"select {source}, {rule.value} as value\nfrom {incoming} as i"
    match rule.check:
        case "unique":
            keys, key = repeated_keys(contract, incoming), key_value(contract)
            return f"{head}\nwhere {key} in (\nselect {key} from (\n{keys}\n))"
        case "reference":
            field = quoted(str(rule.column))
            return (
                f"{head}\nanti join (\n{values}\n) as k on i.{field} = k.known_value\n"
                f"where i.{field} is not null"
            )
        case _:
            return f"{head}\nwhere {rule.broken}" if rule.broken else ""


def first_rows_of(failing: str, *, limit: int) -> str:
    """The first of the rows a failing-rows query lists, by file and row number, values as text."""
    return (
        f"select source_file_id, source_row_number, cast(value as varchar) from (\n{failing}\n)\n"
        f"order by 1, 2, 3 limit {limit}"
    )


def is_repeated(key: str) -> str:
    """Condition on rows whose key stands among the repeated ones."""
    return f"{key} in (select {key} from {REPEATED_KEYS})"
