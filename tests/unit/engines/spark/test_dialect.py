"""What the rules write, by the text; that both engines then agree is for tests/integration/test_spark.py."""

import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.spark.dialect import read_macros, to_spark
from roi_pipeline.engines.sql_catalogue import SqlFile, read_sql_catalogue
from roi_pipeline.resources import shipped_folder

MACROS = read_macros(read_sql_catalogue([shipped_folder("sql")]).macros)
TYPES = {
    "facts.t": {
        "id": "VARCHAR", "n": "BIGINT", "x": "DOUBLE", "m": "DECIMAL(18,4)", "d": "DATE", "e": "DATE",
        "a": "TIMESTAMP", "b": "TIMESTAMP",
    }
}  # fmt: skip


def translated(expression: str) -> str:
    sql = f"select {expression} as v from facts.t"
    file = SqlFile("facts.u", "facts/u.sql", sql, "one row per thing", ("v",), ())
    return to_spark(file, MACROS, types=TYPES, result={})


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("n / 2", "CAST((t.n) AS DOUBLE) / CAST((2) AS DOUBLE)"),
        ("d - e", "CAST(DATEDIFF(t.d, t.e) AS BIGINT)"),
        ("cast(x as bigint)", "CAST(RINT(t.x) AS BIGINT)"),
        ("cast(x as decimal(18, 4))", "* 1e-4BD) AS DECIMAL(18, 4))"),
        ("cast(n as decimal(18, 4))", "CAST(t.n AS DECIMAL(18, 4))"),
        ("local_date(a, $timezone)", "CONVERT_TIMEZONE('UTC', (:timezone), (t.a))"),
        ("seconds_between(a, b)", "TIMESTAMPDIFF(MICROSECOND"),
        ("count(distinct row(id, d))", "COUNT(DISTINCT STRUCT(t.id, t.d))"),
        ("max(d) filter (where n > 1)", "FILTER(WHERE t.n > 1)"),
        ("row_number() over (partition by id)", "ORDER BY 1"),
    ],
)
def test_a_rule_writes(expression: str, part: str) -> None:
    assert part.lower() in translated(expression).lower()


@pytest.mark.parametrize("expression", ["cast(m as bigint)", "cast(x as varchar)", "a - b"])
def test_what_spark_would_cut_or_spell_otherwise_is_refused(expression: str) -> None:
    with pytest.raises(NeedsAHuman, match=r"sql/facts/u\.sql"):
        translated(expression)


def test_a_table_is_read_under_its_name_among_views() -> None:
    assert "FROM facts__t AS t" in translated("n")


def test_columns_are_cast_to_the_types_they_have_in_duckdb() -> None:
    file = SqlFile("facts.u", "facts/u.sql", "select sum(n) as v from facts.t", "one row", (), ())
    text = to_spark(file, MACROS, types=TYPES, result={"v": "HUGEINT"})
    assert text.startswith("SELECT CAST(made.v AS DECIMAL(38, 0)) AS `v`")
