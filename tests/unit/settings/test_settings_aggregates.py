"""A metric that declares its daily table: what it becomes, and each mistake in the declaration."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.metrics import Aggregate, Metric
from roi_pipeline.settings import read_study

FILE = "metrics/talk.toml"
METRIC = """
id = "talk"
direction = "down"
unit = "seconds"
version = 1
owner = "ops"
name = {{ en = "Talk" }}
sentence = {{ en = "seconds ÷ calls" }}
{table}
[aggregate]
export = "telephony__calls"
unit = {unit}
{date}
{asked}
"""
Put = Callable[[str, str], None]
Problems = Callable[[], tuple[Problem, ...]]


def text(
    asked: str = 'mean = "talk_seconds"',
    *,
    table: str = "",
    unit: str = '"clinic_id_telephony"',
    date: str = 'date = "started_at"',
) -> str:
    return METRIC.format(asked=asked, table=table, unit=unit, date=date)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("count = true", ("count", None, {})),
        ('sum = "talk_seconds"', ("sum", "talk_seconds", {})),
        ('mean = "talk_seconds"', ("mean", "talk_seconds", {})),
        ('distinct = "customer_phone"', ("distinct", "customer_phone", {})),
        ('share_where = { result_code = ["connected"] }', ("share", None, {"result_code": ("connected",)})),
    ],
)  # fmt: skip
def test_each_kind_of_declared_table_is_read(
    study: Path, catalogue: Path, environment: dict[str, str], put: Put,
    asked: str, expected: tuple[str, str | None, dict[str, tuple[str, ...]]],
) -> None:  # fmt: skip
    put(FILE, text(asked))
    read = read_study(study, environment=environment, catalogue=catalogue)
    metric: Metric = read.metrics["talk"]
    assert (metric.table, metric.numerator, metric.denominator) == (
        "metrics.talk_daily", "value_sum", "value_count")  # fmt: skip
    assert metric.aggregate is not None
    assert (metric.aggregate.kind, metric.aggregate.column, metric.aggregate.matches) == expected


def test_filters_kept_columns_and_the_day_of_all_rows_are_read(
    study: Path, catalogue: Path, environment: dict[str, str], put: Put
) -> None:
    more = 'where = { result_code = ["missed"] }\nkeep = ["result_code"]\nmissing_days = "absent"'
    units = '["clinic_id_telephony", "customer_phone"]'
    put(FILE, text(f"count = true\n{more}", unit=units, date="day = 2025-03-01"))
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert read.metrics["talk"].aggregate == Aggregate(
        "telephony__calls", ("clinic_id_telephony", "customer_phone"), "count",
        day=date(2025, 3, 1), where={"result_code": ("missed",)}, keep=("result_code",),
        missing_days="absent",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "key", "says"),
    [
        (text("count = false"), "aggregate", "State exactly one of them"),
        (text('sum = "talk_seconds"\ncount = true'), "aggregate", "'count, sum'"),
        (text(date=""), "aggregate.date", "the column with the day"),
        (text(date='date = "started_at"\nday = 2025-03-01'), "aggregate.date", "exactly one of the two"),
        (text(date='date = "start_at"'), "aggregate.date", "Did you mean 'started_at'?"),
        (text('mean = "talk_second"'), "aggregate.mean", "Did you mean 'talk_seconds'?"),
        (text('sum = "talk_second"'), "aggregate.sum", "Did you mean 'talk_seconds'?"),
        (text('distinct = "phone"'), "aggregate.distinct", "column of the export"),
        (text(unit='"clinic_id"'), "aggregate.unit", "column of the export"),
        (text('count = true\nkeep = ["result"]'), "aggregate.keep", "column of the export"),
        (text('count = true\nwhere = { result = ["missed"] }'), "aggregate.where", "column of the export"),
        (text('share_where = { result = ["missed"] }'), "aggregate.share_where", "column of the export"),
        (text().replace("telephony__calls", "telephony__call"), "aggregate.export", "Did you mean 'telephony__calls'?"),
        (text(table='numerator = "a"'), "numerator", "Delete numerator, or delete [aggregate]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_declared_table_is_named(
    put: Put, problems: Problems, metric: str, key: str, says: str
) -> None:
    put(FILE, metric)
    (problem,) = problems()
    assert (problem.file, problem.key) == (FILE, key)
    assert says in str(problem)


def test_a_declaration_that_is_no_table_is_one_problem(put: Put, problems: Problems) -> None:
    put(FILE, text().partition("[aggregate]")[0] + 'aggregate = "calls"\n')
    assert [problem.key for problem in problems()] == ["aggregate"]


def test_a_metric_with_neither_table_nor_declaration_lacks_all_three_keys(
    put: Put, problems: Problems
) -> None:
    put(FILE, text().partition("[aggregate]")[0])
    assert [problem.key for problem in problems()] == ["table", "numerator", "denominator"]


def test_columns_that_could_not_be_read_are_not_asked_for(
    put: Put, problems: Problems, study: Path
) -> None:
    """The one mistake is the source's; that its columns are unknown is no second one."""
    source = study / "sources/telephony__calls.toml"
    source.write_text(
        source.read_text("utf-8").replace('name = "result_code"', "name = 5"), "utf-8"
    )
    put(FILE, text('distinct = "anything"'))
    assert {problem.file for problem in problems()} == {"sources/telephony__calls.toml"}
