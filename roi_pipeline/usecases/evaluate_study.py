"""The study that answers one question about one file, every cycle: its files, as text.

What `roi evaluate` computes it computes from these files, so that `roi run` on them gives the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from roi_pipeline.domain.contracts import ColumnType
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.evaluations import Asked
from roi_pipeline.domain.windows import (
    CycleKind,
    PeriodKind,
    cycle_holding,
    period_end,
    period_start,
)
from roi_pipeline.usecases.evaluate_dates import DateForm
from roi_pipeline.usecases.evaluate_durations import Closings
from roi_pipeline.usecases.evaluate_layout import COMPANY, ROW, Layout
from roi_pipeline.usecases.evaluate_reading import NULLS, UsedColumn
from roi_pipeline.usecases.study_files import toml_text

MODULE = "evaluated"
MADE = frozenset({ROW, COMPANY})  # units that no column of the file names
TABLE = "evaluated__rows"
FIRST_STANDARD = date(2020, 1, 1)
CYCLES: Mapping[PeriodKind, CycleKind] = {
    "day": "month", "week": "month", "month": "month", "quarter": "quarter", "year": "year",
}  # fmt: skip
WILDCARDS = frozenset("*?[]")
DATED = frozenset({"date", "timestamp"})


@dataclass(frozen=True, slots=True)
class StudyText:
    """The files of a study, and the cycle that answers.

    Attributes:
        files: path below the study folder → text.
        export: path of the file the rows lie in.
        as_of: end of the cycle that holds the last day.
    """

    files: Mapping[str, str]
    export: str
    metric_id: str
    cycle_key: str
    as_of: date


def study_text(layout: Layout, asked: Asked, *, title: str) -> StudyText:
    """Every file of the study but the export itself."""
    kind = CYCLES[layout.period]
    last = _end_of_period(layout.last_day, layout.period)
    cycle = cycle_holding(kind, last, as_of=last)
    metric_id = _metric_id(layout.outcome)
    name = "".join("_" if sign in WILDCARDS else sign for sign in layout.name)
    export = f"exports/{name}"
    start = min(period_start(layout.first_day, layout.period), cycle.window.start)
    files = {
        "study.toml": _study(asked, title, (start, cycle.window.end), kind),
        f"sources/{TABLE}.toml": _source(layout, export),
        f"metrics/{metric_id}.toml": _metric(layout, asked, metric_id),
        **_control_metrics(layout, metric_id),
        f"sql/metrics/{metric_id}_daily.sql": _sql(layout, metric_id),
        f"modules/{MODULE}.toml": _module(layout, asked, metric_id, title),
    }
    if start < FIRST_STANDARD:
        files["standards/old_data.toml"] = (
            "# The default standard begins later than these data.\n"
            'id = "old_data"\nvalid_from = 1900-01-01\nbased_on = "default"\n'
        )
    return StudyText(files, export, metric_id, cycle.key, cycle.window.end)


def _metric_id(name: str) -> str:
    return f"mean_{name.removesuffix('_value').removesuffix('_flag')}"


def _end_of_period(day: date, period: PeriodKind) -> date:
    """The last day of the period a day falls in: a week begun in March may end in April.

    >>> _end_of_period(date(2024, 9, 30), "week")
    datetime.date(2024, 10, 6)
    """
    return period_end(period_start(day, period), period) - timedelta(days=1)


def write_study(folder: Path, text: StudyText, export: bytes) -> tuple[str, ...]:
    """Write the study with the rows it is about into a new or empty folder; its files, relative to it.

    Raises:
        NeedsAHuman: the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NeedsAHuman(
            f"{folder} is not empty; expected a new or empty folder for the study. "
            "Choose another folder, or empty this one first"
        )
    for name, content in text.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    target = folder / text.export
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(export)
    return (*text.files, text.export)


def _list(values: Iterable[str]) -> str:
    return "[" + ", ".join(toml_text(value) for value in values) + "]"


def _study(asked: Asked, title: str, history: tuple[date, date], kind: CycleKind) -> str:
    return f"""\
# Written by `roi evaluate`; docs/study.md explains every key.
id = "evaluation"
company = {{ en = {toml_text(title)} }}
headcount = 100                     # of the whole company: decides how a rating is given
currency = {toml_text(asked.currency)}
languages = ["en", "zh-CN", "zh-TW"]
timezone = "UTC"
cycle = "{kind}"
history = {{ start = {history[0]}, end = {history[1]} }}   # move the end as the file grows
maturity_days = 0
"""


def _source(layout: Layout, export: str) -> str:
    location = ["[location]", f"glob = {toml_text(export)}", f'kind = "{layout.kind}"']
    if layout.kind == "csv" and layout.delimiter != ",":
        location.append(f"delimiter = {toml_text(layout.delimiter)}")
    head = 'system = "evaluated"\nentity = "rows"\nowner = "evaluation"'
    columns = [_column(layout, column) for column in layout.columns]
    return "\n\n".join([head, "\n".join(location), *columns]) + "\n"


def _column(layout: Layout, column: UsedColumn) -> str:
    lines = [
        "[[column]]",
        f'name = "{column.name}"',
        f'type = "{_type(layout, column)}"',
        f"header = {toml_text(column.header)}",
    ]
    if column.use in {"value", "flag"}:
        lines.append(f"nulls = {_list(NULLS)}")
    form = _form_of(layout, column)
    if form is not None:
        lines.append(f"nulls = {_list(NULLS)}")
        if form.format not in {"", "%Y-%m-%d"}:
            lines.append(f"formats = {_list([form.format])}")
        if _type(layout, column) in DATED:
            lines.append("years = [1600, 2199]")
    return "\n".join(lines)


def _form_of(layout: Layout, column: UsedColumn) -> DateForm | None:
    """How the dates of a column are written; None when it has none."""
    if column.use == "closed" and layout.closings is not None:
        return layout.closings.form
    return layout.form if column.use == "day" else None


def _type(layout: Layout, column: UsedColumn) -> ColumnType:
    if column.use == "value":
        return "decimal"
    if column.use == "flag":
        return "boolean"
    form = _form_of(layout, column)
    if form is None:
        return "text"
    match form.form:
        case "day" | "month" | "week" | "quarter":
            return "date"
        case "time":
            return "timestamp"
        case "year":
            return "integer"


def _metric(layout: Layout, asked: Asked, metric_id: str) -> str:
    log = "is_log_scale = true\n" if asked.is_log_scale else ""
    below = asked.per or f"rows with {asked.outcome}"
    sentence = f"Σ {asked.outcome} ÷ {below}"
    return f"""\
id = "{metric_id}"
table = "metrics.{metric_id}_daily"
numerator = "value_sum"
denominator = "value_count"
direction = "{asked.direction}"
unit = "{layout.metric_unit}"
version = 1
owner = "evaluation"
{log}name = {{ en = {toml_text(asked.outcome)} }}
sentence = {{ en = {toml_text(sentence)} }}
"""


def _control_metrics(layout: Layout, metric_id: str) -> dict[str, str]:
    """One metric for each series that predicts the outcome; they are columns of its table."""
    headers = {column.name: column.header for column in layout.columns}
    return {
        f"metrics/{_metric_id(name)}.toml": f"""\
id = "{_metric_id(name)}"
table = "metrics.{metric_id}_daily"
numerator = "{name}_sum"
denominator = "{name}_count"
direction = "neutral"
unit = "count"
version = 1
owner = "evaluation"
name = {{ en = {toml_text(headers[name])} }}
sentence = {{ en = {toml_text(f"Σ {headers[name]} ÷ rows with {headers[name]}")} }}
"""
        for name in layout.controls
    }


def _module(layout: Layout, asked: Asked, metric_id: str, title: str) -> str:
    parts = [
        f'id = "{MODULE}"\n'
        f"name = {{ en = {toml_text(title)} }}\n"
        f"scene = {{ en = {toml_text(layout.name)} }}\n"
        'owner = "evaluation"\n' + _filters(layout) + _baseline(layout, asked),
        _rollout(layout, asked),
        _randomisation(layout),
        _design(layout, asked),
        f'[[pool]]\nmetric = "{metric_id}"\nrole = "goal"\n',
    ]
    return "\n".join(part for part in parts if part)


def _design(layout: Layout, asked: Asked) -> str:
    """Only what differs from what a study takes by itself."""
    plain = Asked(asked.outcome)
    lines = ["[design]", f'period = "{layout.period}"']
    for key in ("design", "variance", "base", "control_group", "aggregate", "covariate_use"):
        value = getattr(asked, key)
        if value != getattr(plain, key):
            lines.append(f'{key} = "{value}"')
    if layout.covariates and layout.arm is None:
        lines.append(f"covariates = {_list(layout.covariates)}")
    if layout.controls:
        lines.append(f"control_metrics = {_list(_metric_id(name) for name in layout.controls)}")
    if asked.intervals:
        lines.append(f"intervals = {_list(asked.intervals)}")
    if asked.cool_down:
        lines.append(f"counted_cool_down_days = {asked.cool_down}")
    return "\n".join(lines) + "\n"


def _filters(layout: Layout) -> str:
    if not layout.where:
        return ""
    inside = ", ".join(f"{name} = {_list(values)}" for name, values in layout.where.items())
    return f"filters = {{ {inside} }}\n"


def _baseline(layout: Layout, asked: Asked) -> str:
    first = min(layout.go_live.values(), default=layout.everywhere_from)
    if asked.baseline_start is None or first is None:
        return ""
    return f"baseline = {{ start = {asked.baseline_start}, end = {first} }}\n"


def _rollout(layout: Layout, asked: Asked) -> str:
    lines = ["[rollout]", f'unit = "{layout.unit}"']
    if layout.everywhere_from:
        lines.append(f"everywhere_from = {layout.everywhere_from}")
    if layout.cluster:
        lines.append(f'cluster = "{layout.cluster}"')
    if layout.go_live_by:
        lines.append(f'go_live_by = "{layout.go_live_by}"')
    if asked.until:
        lines.append(f"end = {asked.until}")
    if asked.spend is not None:
        lines.append(f"spend_amount = {asked.spend}")
    if layout.go_live:
        lines.append("[rollout.go_live]")
        lines += (f"{toml_text(name)} = {day}" for name, day in layout.go_live.items())
    return "\n".join(lines) + "\n"


def _randomisation(layout: Layout) -> str:
    if layout.arm is None:
        return ""
    lines = [
        "[randomisation]",
        f'arm_column = "{layout.arm}"',
        f"treated = {_list(layout.treated)}",
        f"comparison = {_list(layout.comparison)}",
    ]
    if layout.covariates:
        lines.append(f"covariates = {_list(layout.covariates)}")
    if layout.cluster:
        lines.append(f'cluster = "{layout.cluster}"')
    if layout.used:
        lines.append(f'used = "{layout.used}"')
    return "\n".join(lines) + "\n"


def _sql(layout: Layout, metric_id: str) -> str:
    """One SELECT that adds the file's rows up by unit and day."""
    ids = [f"{layout.unit}_id"] if layout.wide or layout.unit in MADE else []
    ids += [column.name for column in layout.columns if column.use == "id"]
    ids = list(dict.fromkeys(ids))
    head = [
        f"-- metrics.{metric_id}_daily — one row per {layout.unit.replace('_', ' ')} and day.",
        f"-- grain: {', '.join([*ids, 'calendar_date'])}",
        "with",
        "",
        *(_wide_rows(layout) if layout.wide else _rows(layout)),
        "select",
    ]
    above = f"sum(counted.{_outcome(layout)} order by counted.source_row_number)"
    below = (
        f"sum(counted.{layout.per} order by counted.source_row_number)"
        if layout.per
        else f"count(counted.{_outcome(layout)})"
    )
    columns = [
        *(f"    counted.{name},  -- as the file has it" for name in ids),
        "    counted.calendar_date,  -- first day of what the file's date names",
        f"    {above} as value_sum,  -- Σ outcome",
        *(f"    avg(counted.{name}) as {name},  -- covariate" for name in layout.covariates),
        *(
            f"    sum(counted.{name} order by counted.source_row_number) as {name}_sum,  -- Σ control"
            for name in layout.controls
        ),
        *(f"    count(counted.{name}) as {name}_count,  -- its rows" for name in layout.controls),
        *([f"    max(counted.{layout.used}) as {layout.used},  -- use"] if layout.used else []),
        f"    {below} as value_count  -- {'Σ denominator' if layout.per else 'rows'}",
    ]
    groups = ", ".join(f"counted.{name}" for name in [*ids, "calendar_date"])
    tail = [
        "",
        "from counted",
        f"where counted.{_outcome(layout)} is not null and counted.calendar_date is not null",
        *(f"    and counted.{name} is not null" for name in ids[:1]),
        *([f"    and counted.{layout.per} is not null"] if layout.per else []),
        f"group by {groups}",
    ]
    return "\n".join([*head, *columns, *tail]) + "\n"


def _outcome(layout: Layout) -> str:
    return "value" if layout.wide else layout.outcome


def _rows(layout: Layout) -> Iterator[str]:
    columns = [column for column in layout.columns if column.use not in {"day", "closed"}]
    if layout.closings is not None:
        yield from _last_seen(layout, layout.closings)
    yield "counted as ("
    yield ""
    yield "    select"
    if layout.unit == ROW:
        yield "        cast(source_row_number as varchar) as row_id,"
    if layout.unit == COMPANY:
        yield "        'all' as company_id,"
    yield "        source_row_number,"
    for column in columns:
        is_flag = column.use == "flag"
        cell = f"cast({column.name} as integer) as {column.name}" if is_flag else column.name
        yield f"        {cell},"
    if layout.closings is not None:
        yield from _days_open(layout, layout.closings)
    yield f"        {_day_expression(layout)} as calendar_date"
    yield f"    from exports.{TABLE}"
    if layout.closings is not None:
        yield "    cross join last_seen"
    yield ""
    yield ")"
    yield ""


def _last_seen(layout: Layout, closings: Closings) -> Iterator[str]:
    """The last day the file knows of: open cases were looked at then."""
    opened, closed = _day_expression(layout), _date_expression(closings.column, closings.form)
    yield "last_seen as ("
    yield ""
    yield f"    select max(greatest({opened}, coalesce({closed}, {opened}))) as last_date"
    yield f"    from exports.{TABLE}"
    yield ""
    yield "),"
    yield ""


def _days_open(layout: Layout, closings: Closings) -> Iterator[str]:
    """Days until closed, at most the horizon; null for a case not followed that long."""
    opened, closed = _day_expression(layout), _date_expression(closings.column, closings.form)
    yield f"        case when date_diff('day', {opened}, last_date) >= {closings.horizon} then least("
    yield f"            date_diff('day', {opened}, coalesce({closed}, last_date)), {closings.horizon}"
    yield f"        ) end as {layout.outcome},"


def _wide_rows(layout: Layout) -> Iterator[str]:
    """Columns that are units become rows."""
    yield "counted as ("
    for number, column in enumerate(layout.wide):
        yield "    union all" if number else ""
        yield "    select"
        yield f"        '{column.name.removesuffix('_value')}' as {layout.unit}_id,"
        yield "        source_row_number,"
        yield f"        {column.name} as value,"
        kept = [each.name for each in layout.columns if each.use == "id"]
        yield from (f"        {name}," for name in kept)
        yield f"        {_day_expression(layout)} as calendar_date"
        yield f"    from exports.{TABLE}"
    yield ""
    yield ")"
    yield ""


def _day_expression(layout: Layout) -> str:
    name, form = layout.day_column, layout.form
    if name is None or form is None:
        return f"date '{layout.first_day}'"
    return _date_expression(name, form)


def _date_expression(name: str, form: DateForm) -> str:
    """A column's first day, however its dates are written."""
    match form.form:
        case "day" | "month" | "week" | "quarter":
            return name
        case "time":
            return f"cast({name} as date)"
        case "year":
            return f"make_date({name}, 1, 1)"
