"""Contract → rules: every sentence an export has to keep, known before anything is read.

A rule carries its predicate as SQL, so the count Great Expectations makes, the query that lists
the broken rows and the share of rows that go to quarantine all mean the same thing.
"""

import re
from decimal import Decimal

from roi_pipeline.domain.contracts import PERSON_TYPES, Column, ColumnType, Contract, RowRule
from roi_pipeline.domain.findings import SEVERITIES, VOLUME_RULE
from roi_pipeline.quality.queries import is_repeated
from roi_pipeline.quality.rule import (
    DESCRIBED_TYPES,
    RULES_ARE_DECLARED,
    STRUCTURAL,
    Check,
    Rule,
    key_value,
    literal,
    quoted,
)


def contract_rules(contract: Contract) -> tuple[Rule, ...]:
    """Every rule of the contract, the table's own first, in the order of its columns."""
    rules = [
        *_table_rules(contract),
        *(rule for column in contract.columns for rule in _column_rules(contract, column)),
        *_finite_rules(contract),
        *_key_rules(contract),
        *(_row_rule(contract, rule) for rule in contract.rules),
    ]
    return (*rules, _share_rule(contract, rules))


def has_own_rules(contract: Contract) -> bool:
    """Whether the contract demands anything beyond its columns being there."""
    return any(rule.check not in STRUCTURAL and rule.name != "every_number_is_finite"
               for rule in contract_rules(contract))  # fmt: skip


def expectation_names(contract: Contract) -> list[str]:
    """Names of all findings `validate_export` will report for this contract, in order."""
    names = [rule.name for rule in contract_rules(contract)]
    return names if has_own_rules(contract) else [*names, RULES_ARE_DECLARED]


def contract_independent_names() -> frozenset[str]:
    """Rules that are called the same in every contract."""
    return frozenset({
        "every_column_is_present", "every_column_has_its_type", "no_unknown_column_arrived",
        "enough_rows_arrived", "data_are_fresh", VOLUME_RULE, "every_number_is_finite",
        "few_rows_are_quarantined",
    })  # fmt: skip


def allowed_values(column: Column) -> list[str | int | float | bool]:
    """The closed list of a column, in the type it is stored in."""
    return [_typed(text, column.type) for text in dict.fromkeys(column.values.values())]


def _typed(text: str, kind: ColumnType) -> str | int | float | bool:
    match kind:
        case "integer":
            return int(text)
        case "decimal" | "money" | "rate" | "duration":
            return float(text)
        case "boolean":
            return text.strip().lower() in {"true", "1", "yes"}
        case _:
            return text


def _table_rules(contract: Contract) -> list[Rule]:
    table = contract.table_rules
    names = ", ".join(column.name for column in contract.columns)
    rules = [
        Rule("every_column_is_present", "schema", "columns_present", "stop", names),
        Rule("every_column_has_its_type", "type", "columns_typed", "stop", _types(contract)),
    ]
    if not table.are_extra_columns_allowed:
        rules.append(Rule("no_unknown_column_arrived", "schema", "columns_known", "warn", names))
    rules.append(
        Rule("enough_rows_arrived", "volume", "row_count", "stop", f"rows ≥ {table.minimum_rows}")
    )
    if table.freshness_column and table.freshness_days is not None:
        expected = f"as_of − max({table.freshness_column}) ≤ {table.freshness_days} d"
        rules.append(
            Rule("data_are_fresh", "freshness", "freshness", table.freshness_severity, expected,
                 column=table.freshness_column)
        )  # fmt: skip
    if table.volume_ratio:
        low, high = table.volume_ratio
        expected = f"{low:g} ≤ rows per day ÷ median ≤ {high:g}"
        rules.append(Rule(VOLUME_RULE, "volume", "volume", table.volume_severity, expected))
    return rules


def _types(contract: Contract) -> str:
    return ", ".join(f"{column.name} {DESCRIBED_TYPES[column.type]}" for column in contract.columns)


def _column_rules(contract: Contract, column: Column) -> list[Rule]:
    rules: list[Rule] = []
    name = quoted(column.name)
    if column.is_required or column.name in contract.key:
        rules.append(
            _about(column, "is_never_null", "null", "not_null", f"{column.name} is not null",
                   broken=f"{name} is null", checked="true")
        )  # fmt: skip
    if column.minimum is not None or column.maximum is not None:
        rules.append(_range_rule(column))
    if column.type in PERSON_TYPES:  # only a keyed hash is stored: its shape says nothing
        return rules
    if column.is_closed:
        rules.append(_set_rule(column))
    if column.pattern is not None:
        matches = f"regexp_full_match(cast({name} as varchar), {literal(column.pattern)})"
        rules.append(
            _about(column, "matches_its_pattern", "pattern", "counted",
                   f"{column.name} ~ {column.pattern}", broken=f"not {matches}")
        )  # fmt: skip
    if column.references:
        rules.append(_reference_rule(column))
    return rules


def _about(
    column: Column, ending: str, kind: str, check: Check, expected: str,
    *, broken: str, checked: str = "", name: str = "",
) -> Rule:  # fmt: skip
    field = quoted(column.name)
    return Rule(
        name=name or f"{column.name}_{ending}",
        kind=kind,
        check=check,
        severity=column.severity,
        expected=expected,
        column=column.name,
        tolerance=column.tolerance,
        broken=broken,
        checked=checked or f"{field} is not null",
        value=f"cast({field} as varchar)",
        is_row_rule=check != "reference",
        shows_people=column.type in PERSON_TYPES,
        comment=column.comment,
    )


def _range_rule(column: Column) -> Rule:
    name = quoted(column.name)
    low, high = column.minimum, column.maximum
    bounds = [f"{name} >= {_plain(low)}"] if low is not None else []
    bounds += [f"{name} <= {_plain(high)}"] if high is not None else []
    left = f"{_plain(low)} ≤ " if low is not None else ""
    right = f" ≤ {_plain(high)}" if high is not None else ""
    return _about(
        column, "is_within_its_range", "range", "between", f"{left}{column.name}{right}",
        broken=f"not ({' and '.join(bounds)})",
    )  # fmt: skip


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _set_rule(column: Column) -> Rule:
    values = allowed_values(column)
    shown = ", ".join(str(value) for value in values)
    listed = ", ".join(
        literal(value) if isinstance(value, str) else str(value).lower() for value in values
    )
    return _about(
        column, "is_a_known_value", "set", "in_set", f"{column.name} ∈ {{{shown}}}",
        broken=f"{quoted(column.name)} not in ({listed or 'null'})",
    )  # fmt: skip


def _reference_rule(column: Column) -> Rule:
    table = str(column.references).rpartition(".")[0]
    return _about(
        column, "", "reference", "reference", f"{column.name} ∈ {column.references}",
        broken="", name=f"every_{column.name}_exists_in_{table}",
    )  # fmt: skip


def _finite_rules(contract: Contract) -> list[Rule]:
    names = [column.name for column in contract.columns if DESCRIBED_TYPES[column.type] == "DOUBLE"]
    if not names:
        return []
    finite = " and ".join(f"coalesce(isfinite({quoted(name)}), true)" for name in names)
    rule = Rule(
        name="every_number_is_finite",
        kind="range",
        check="counted",
        severity="warn",
        expected=", ".join(names) + " ∉ {nan, inf}",
        broken=f"not ({finite})",
        checked="true",
        value=_values_of(names),
        is_row_rule=True,
    )
    return [rule]


def _key_rules(contract: Contract) -> list[Rule]:
    """A key delivered twice is an error, unless an ordering column says which one is later."""
    if not contract.key or contract.ordering:
        return []
    columns = [column for column in contract.columns if column.name in contract.key]
    severities = [SEVERITIES.index(column.severity) for column in columns]
    present = " and ".join(f"{quoted(name)} is not null" for name in contract.key)
    key = key_value(contract)
    rule = Rule(
        name="_and_".join(contract.key) + "_is_unique",
        kind="uniqueness",
        check="unique",
        severity=SEVERITIES[max(severities, default=1)],
        expected=f"unique ({', '.join(contract.key)})",
        column=contract.key[0] if len(contract.key) == 1 else None,
        tolerance=min((column.tolerance for column in columns), default=0.0),
        broken=is_repeated(key),
        checked=present,
        value=_values_of(contract.key),
        is_row_rule=True,
        shows_people=any(column.type in PERSON_TYPES for column in columns),
    )
    return [rule]


def _values_of(names: tuple[str, ...] | list[str]) -> str:
    """SQL showing several columns as `a=1, b=null`."""
    shown = (f"{literal(n + '=')} || coalesce(cast({quoted(n)} as varchar), 'null')" for n in names)
    return f"concat_ws(', ', {', '.join(shown)})"


def _row_rule(contract: Contract, rule: RowRule) -> Rule:
    """As in an SQL check, a row for which the sentence is null is not broken, only not judged."""
    named = [c for c in contract.columns if re.search(rf"\b{re.escape(c.name)}\b", rule.sql)]
    return Rule(
        name=rule.name,
        kind="row",
        check="counted",
        severity=rule.severity,
        expected=rule.sql,
        tolerance=rule.tolerance,
        broken=f"({rule.sql}\n) is false",
        checked=f"({rule.sql}\n) is not null",
        value=_values_of([column.name for column in named]) if named else "cast(null as varchar)",
        is_row_rule=not rule.is_only_counted,
        shows_people=any(column.type in PERSON_TYPES for column in named),
        comment=rule.comment,
    )


def _share_rule(contract: Contract, rules: list[Rule]) -> Rule:
    """Rows that break at least one rule that sends them to quarantine."""
    broken = [f"coalesce({rule.broken}, false)" for rule in rules if rule.is_row_rule]
    share = contract.table_rules.quarantine_share
    return Rule(
        name="few_rows_are_quarantined",
        kind="volume",
        check="share",
        severity="stop",
        expected=f"quarantined ÷ read ≤ {share:g}",
        tolerance=share,
        broken="\nor ".join(broken) or "false",
        checked="true",
    )
