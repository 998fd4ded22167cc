"""The SQL of daily tables that a metric declares instead of writing it.

It is SQL like any other: it stands in the lineage, is tried on empty tables by `roi check`, and its hash is in the
provenance. Names come from contracts, whose pattern leaves no room for anything else.
"""

from collections.abc import Iterable, Mapping, Sequence

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.metrics import VALUE_COUNT, VALUE_SUM, Aggregate, Metric
from roi_pipeline.engines.sql_catalogue import SqlFile

PER_DAY = frozenset({"count", "sum", "distinct"})


def declared_files(metrics: Iterable[Metric], contracts: Iterable[Contract]) -> list[SqlFile]:
    """One SQL file for every metric that declares its daily table."""
    types = {each.table: {c.name: c.type for c in each.columns} for each in contracts}
    return [
        _file(metric, metric.aggregate, types.get(metric.aggregate.export, {}))
        for metric in metrics
        if metric.aggregate is not None
    ]


def unit_column(name: str) -> str:
    """The column of the daily table that a unit goes by.

    >>> unit_column("shop_id"), unit_column("shop_name")
    ('shop_id', 'shop_name_id')
    """
    return name if name.endswith("_id") else f"{name}_id"


def _file(metric: Metric, asked: Aggregate, types: Mapping[str, str]) -> SqlFile:
    name = metric.table.partition(".")[2]
    units = [unit_column(each) for each in asked.unit]
    kept = [each for each in asked.keep if each not in asked.unit]
    is_filled = asked.kind in PER_DAY and asked.missing_days == "zero"
    lines = [*_counted(asked, types, units, kept), *(_every_day(units, kept) if is_filled else ())]
    select = _filled(units, kept) if is_filled else _plain(asked, units, kept)
    return SqlFile(
        table=metric.table,
        path=f"metrics/{name}.sql",
        sql="\n".join(["with", "", *lines, "", *select]) + "\n",
        description=f"one row per {', '.join(asked.unit)} and day, declared in metrics/{metric.id}.toml",
        grain=(*units, *kept, "calendar_date"),
        optional_inputs=(),
    )


def _counted(
    asked: Aggregate, types: Mapping[str, str], units: Sequence[str], kept: Sequence[str]
) -> list[str]:
    """Rows of the export added up by unit and day."""
    named = zip(asked.unit, units, strict=True)
    keys = [*(f"cast({own} as varchar) as {unit}" for own, unit in named), *kept]
    conditions = [f"{own} is not null" for own in asked.unit]
    if asked.date_column:
        conditions.append(f"{asked.date_column} is not null")
    conditions += [_is_one_of(name, values) for name, values in asked.where.items()]
    if asked.kind == "mean":
        conditions.append(f"{asked.column} is not null")
    above, below = _sums(asked)
    grouped = [str(number) for number in range(1, len(keys) + 2)]
    return [
        "counted as (",
        "",
        "    select",
        *(f"        {key}," for key in keys),
        f"        {_day(asked, types)} as calendar_date,",
        f"        {above} as {VALUE_SUM},",
        f"        {below} as {VALUE_COUNT}",
        f"    from exports.{asked.export}",
        f"    where {' and '.join(conditions)}",
        f"    group by {', '.join(grouped)}",
        "",
        ")",
    ]


def _sums(asked: Aggregate) -> tuple[str, str]:
    match asked.kind:
        case "count":
            return "count(*)", "1"
        case "sum":
            return f"coalesce(sum({asked.column}), 0)", "1"
        case "distinct":
            return f"count(distinct {asked.column})", "1"
        case "mean":
            return f"sum({asked.column})", "count(*)"
        case "share":
            matching = " and ".join(_is_one_of(*each) for each in asked.matches.items())
            return f"count(*) filter (where {matching})", "count(*)"


def _is_one_of(name: str, values: Sequence[str]) -> str:
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"cast({name} as varchar) in ({listed})"


def _day(asked: Aggregate, types: Mapping[str, str]) -> str:
    if asked.date_column is None:
        return f"date '{asked.day}'"
    if types.get(asked.date_column) == "integer":
        return f"make_date({asked.date_column}, 1, 1)"
    if types.get(asked.date_column) == "timestamp":
        return f"local_date({asked.date_column}, $timezone)"
    return f"cast({asked.date_column} as date)"


def _every_day(units: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Every day from a unit's first to the export's last: one without rows is a zero, not a gap."""
    keys = ", ".join([*units, *kept])
    return [
        ",",
        "",
        "spans as (",
        "",
        f"    select {keys}, min(calendar_date) as first_date",
        "    from counted",
        f"    group by {keys}",
        "",
        "),",
        "",
        "last_days as (",
        "",
        "    select max(calendar_date) as last_date",
        "    from counted",
        "",
        "),",
        "",
        "days as (",
        "",
        "    select calendar_date",
        "    from facts.calendar",
        "",
        ")",
    ]


def _filled(units: Sequence[str], kept: Sequence[str]) -> list[str]:
    keys = [*units, *kept]
    same = [f"spans.{key} is not distinct from counted.{key}" for key in keys]
    return [
        "select",
        *(f"    spans.{key},  -- as the export has it" for key in keys),
        "    days.calendar_date,  -- day",
        f"    coalesce(counted.{VALUE_SUM}, 0) as {VALUE_SUM},  -- numerator",
        f"    1 as {VALUE_COUNT}  -- the day, once",
        "",
        "from spans",
        "cross join last_days",
        "inner join days",
        "    on days.calendar_date between spans.first_date and last_days.last_date",
        "left join counted",
        f"    on days.calendar_date = counted.calendar_date and {' and '.join(same)}",
    ]


def _plain(asked: Aggregate, units: Sequence[str], kept: Sequence[str]) -> list[str]:
    below = "the day, once" if asked.kind in PER_DAY else "rows"
    return [
        "select",
        *(f"    counted.{key},  -- as the export has it" for key in [*units, *kept]),
        "    counted.calendar_date,  -- day",
        f"    counted.{VALUE_SUM},  -- numerator",
        f"    counted.{VALUE_COUNT}  -- {below}",
        "",
        "from counted",
    ]
