"""`roi init --metric`: a metric with its SQL and a test case, written from a contract of the study.

What is written runs as it is: Σ of a number, or of a yes, per unit and day. What it should mean is then
changed in the SQL, beside the case that shows it.
"""

from pathlib import Path

from roi_pipeline.domain.contracts import Column, Contract
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.studies import study_in

NUMBERS = frozenset({"integer", "decimal", "money", "rate", "duration"})
DAYS = frozenset({"date", "timestamp"})
SHOWN_DAY = "2026-01-05"


def start_metric(folder: Path, metric_id: str, table: str = "") -> tuple[str, ...]:
    """Write metric, SQL and case into the study; their paths below it.

    Args:
        folder: a study that loads.
        metric_id: small letters, digits and `_`.
        table: export it is counted from, `<system>__<entity>`; needed when the study has several.

    Raises:
        NeedsAHuman: the metric is there already, or the export has no day or no unit.
        UnknownName: the study has no such export.
    """
    study = study_in(str(folder))
    contract = _contract(study, table)
    if metric_id in study.metrics or (folder / f"metrics/{metric_id}.toml").exists():
        raise NeedsAHuman(f"metric {metric_id!r} is there already; choose another name")
    day, unit = _first(contract, DAYS, "a date or timestamp"), _unit(contract)
    value = next((each for each in contract.columns if each.type in NUMBERS | {"boolean"}), None)
    files = {
        f"metrics/{metric_id}.toml": _metric(metric_id, value),
        f"sql/metrics/{metric_id}_daily.sql": _sql(metric_id, contract, day, unit, value),
        f"tests/sql/metrics/{metric_id}_daily.toml": _case(contract, day, unit, value),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tuple(files)


def _contract(study: Study, table: str) -> Contract:
    known = {contract.table: contract for contract in study.contracts}
    if table in known:
        return known[table]
    if table or len(known) != 1:
        raise UnknownName("export to count the metric from (--table)", table, known)
    return next(iter(known.values()))


def _first(contract: Contract, types: frozenset[str], what: str) -> Column:
    found = next((each for each in contract.columns if each.type in types), None)
    if found is None:
        raise NeedsAHuman(f"{contract.file} has no column that is {what}; a metric needs one")
    return found


def _unit(contract: Contract) -> Column:
    """The first text that names something and is not the row's own key."""
    texts = [each for each in contract.columns if each.type == "text"]
    named = [each for each in texts if each.name not in contract.key and "_id" in each.name]
    return (named or texts or [_first(contract, frozenset({"text"}), "text")])[0]


def _unit_name(unit: Column) -> str:
    return unit.name if unit.name.endswith("_id") else f"{unit.name}_id"


def _above(value: Column | None) -> str:
    if value is None:
        return "count(*)"
    if value.type == "boolean":
        return f"count(*) filter (where counted.{value.name})"
    return f"sum(counted.{value.name})"


def _below(value: Column | None) -> str:
    return "count(*)" if value is None else f"count(counted.{value.name})"


def _metric(metric_id: str, value: Column | None) -> str:
    is_rate = value is not None and value.type in {"boolean", "rate"}
    above = "rows" if value is None else value.name
    return f"""\
# Written by `roi init --metric`; docs/study.md explains every key.
id = "{metric_id}"
table = "metrics.{metric_id}_daily"
numerator = "value_sum"
denominator = "value_count"
direction = "up"                 # which way is better: up, down or neutral
unit = "{"rate" if is_rate else "count"}"
version = 1
owner = "who answers for it"
name = {{ en = "{metric_id.replace("_", " ").capitalize()}" }}
sentence = {{ en = "Σ {above} ÷ rows" }}
"""


def _sql(
    metric_id: str, contract: Contract, day: Column, unit: Column, value: Column | None
) -> str:
    when = day.name if day.type == "date" else f"local_date({day.name}, $timezone)"
    known = [unit.name, *([value.name] if value is not None else [])]
    name = _unit_name(unit)
    shown = unit.name if unit.name == name else f"{unit.name} as {name}"
    lines = [
        f"-- metrics.{metric_id}_daily — one row per {unit.name.removesuffix('_id')} and day.",
        f"-- grain: {name}, calendar_date",
        "with",
        "",
        "counted as (",
        "",
        "    select",
        *(f"        {column}," for column in dict.fromkeys(known)),
        f"        {when} as calendar_date",
        f"    from exports.{contract.table}",
        "",
        ")",
        "",
        "select",
        f"    counted.{shown},  -- whose it is",
        "    counted.calendar_date,  -- local date",
        f"    {_above(value)} as value_sum,  -- numerator",
        f"    {_below(value)} as value_count  -- denominator",
        "",
        "from counted",
        "where",
        f"    counted.{unit.name} is not null",
        "    and counted.calendar_date is not null",
        "group by",
        f"    counted.{unit.name},",
        "    counted.calendar_date",
    ]
    return "\n".join(lines) + "\n"


def _case(contract: Contract, day: Column, unit: Column, value: Column | None) -> str:
    when = SHOWN_DAY if day.type == "date" else f"{SHOWN_DAY}T12:00:00"
    is_yes = value is not None and value.type == "boolean"
    shown = (("true", "false") if is_yes else ("3", "5")) if value is not None else ("", "")
    rows = "\n".join(
        f'    {{ {unit.name} = "a", {day.name} = {when}'
        + (f", {value.name} = {cell}" if value is not None else "")
        + " },"
        for cell in shown
    )
    total = 2 if value is None else 1 if is_yes else 8
    return f"""\
# `roi check` runs every case: what is given, what must come out. A column left out is null.
[[case]]
name = "two rows of one {unit.name.removesuffix("_id")} on one day are one row"
given."exports.{contract.table}" = [
{rows}
]
expect = [
    {{ {_unit_name(unit)} = "a", calendar_date = {SHOWN_DAY}, value_sum = {total}, value_count = 2 }},
]
"""
