"""Every construct that is generated, as the text the database is given, and what it answers."""

import duckdb
import pytest

from roi_pipeline.engines import sql_expressions


@pytest.mark.parametrize(
    ("made", "text"),
    [
        pytest.param(
            sql_expressions.renamed_columns(
                "metrics.calls_daily",
                {
                    "unit_id": "agent_id",
                    "numerator": "order",
                    "arm_name": None,
                    "opted_out_at": None,
                },
                accepted={"team": ["t'1", "t2"], "channel": ["phone"]},
            ),
            'SELECT CAST("agent_id" AS TEXT) AS unit_id, "order" AS numerator, '
            "CAST(NULL AS TEXT) AS arm_name, CAST(NULL AS TIMESTAMP) AS opted_out_at "
            "FROM metrics.calls_daily WHERE CAST(\"channel\" AS TEXT) IN ('phone') "
            "AND CAST(\"team\" AS TEXT) IN ('t''1', 't2')",
            id="a view under fixed names",
        ),
        pytest.param(
            sql_expressions.moments("_units", ["b", "a"], arm="treated"),
            'SELECT COUNT(*), AVG("b"), AVG("a"), COVAR_SAMP("b", "b"), COVAR_SAMP("a", "b"), '
            'COVAR_SAMP("a", "a") FROM _units WHERE arm_name = \'treated\'',
            id="moments of an arm",
        ),
        pytest.param(
            sql_expressions.moments("_units", ["a"]),
            'SELECT COUNT(*), AVG("a"), COVAR_SAMP("a", "a") FROM _units',
            id="moments of everybody",
        ),
        pytest.param(
            sql_expressions.with_averages("_units", "_rows", ["age"], windows=("post", "baseline")),
            'SELECT units.*, "averages"."age" FROM _units AS units LEFT JOIN (SELECT unit_id, '
            'AVG(CAST("age" AS DOUBLE)) AS "age" FROM _rows WHERE (calendar_date >= $post_start AND '
            "calendar_date < $post_end) OR (calendar_date >= $baseline_start AND calendar_date < "
            "$baseline_end) GROUP BY unit_id) AS averages ON units.unit_id = averages.unit_id "
            "ORDER BY units.unit_id NULLS FIRST",
            id="averages of covariates beside the units",
        ),
        pytest.param(
            sql_expressions.row_count("facts.calls"), "SELECT COUNT(*) FROM facts.calls", id="rows"
        ),
        pytest.param(
            sql_expressions.all_rows("_frame"), "SELECT * FROM _frame", id="every column and row"
        ),
        pytest.param(
            sql_expressions.all_rows("facts.calls", limit=5),
            "SELECT * FROM facts.calls LIMIT 5",
            id="the first rows",
        ),
        pytest.param(
            sql_expressions.repeated_keys("facts.calls", ["call_id", "order"]),
            "SELECT COUNT(*), COALESCE(SUM(n) - COUNT(*), 0) FROM (SELECT COUNT(*) AS n FROM "
            'facts.calls GROUP BY "call_id", "order" HAVING COUNT(*) > 1) AS repeated',
            id="keys that repeat",
        ),
    ],
)
def test_generated_text(made: str, text: str) -> None:
    assert made == text


def test_accepted_values_are_compared_as_text_and_never_run() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table rows_of (unit integer, n integer)")
        connection.execute("insert into rows_of values (1, 10), (2, 20), (null, 30)")
        made = sql_expressions.renamed_columns(
            "rows_of", {"unit_id": "unit"}, accepted={"n": ["10", "'; drop table rows_of; --"]}
        )
        assert connection.execute(made).fetchall() == [("1",)]
        assert connection.execute(sql_expressions.row_count("rows_of")).fetchall() == [(3,)]


def test_repeated_keys_count_values_and_surplus_rows() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as from (values (1), (1), (1), (2), (3), (3)) as v(k)")
        assert connection.execute(sql_expressions.repeated_keys("t", ["k"])).fetchall() == [(2, 3)]
