"""The SQL catalogue reads paths, headers, comments and dependencies."""

from pathlib import Path

import pytest

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.engines.sql_catalogue import read_sql_catalogue

CALLS = """\
-- facts.calls — one row per call.
-- grain: call_id
-- optional: exports.crm__customers
select
    calls.call_id,  -- the call
    calls.started_at  -- when, UTC
from exports.telephony__calls as calls
left join exports.crm__customers as customers on calls.phone = customers.phone
where calls.started_at < $as_of
"""
DAILY = """\
-- metrics.calls_daily — one row per day.
-- grain: calendar_date
with calls as (select started_at from facts.calls)
select
    cast(calls.started_at as date) as calendar_date,  -- the day
    count(*) as calls_count  -- calls
from calls
group by 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"facts/calls.sql": CALLS, "metrics/calls_daily.sql": DAILY}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def test_a_file_tells_its_grain_inputs_parameters_and_columns(folder: Path) -> None:
    file = read_sql_catalogue([folder]).file("facts.calls")
    assert file.grain == ("call_id",)
    assert file.inputs == ("exports.crm__customers", "exports.telephony__calls")
    assert file.optional_inputs == ("exports.crm__customers",)
    assert file.parameters == ("as_of",)
    assert file.columns == {"call_id": "the call", "started_at": "when, UTC"}
    assert file.description == "one row per call."
    assert file.subject == "exports.telephony__calls"


def test_tables_are_ordered_by_what_they_read(folder: Path) -> None:
    catalogue = read_sql_catalogue([folder])
    built = catalogue.buildable({"exports.telephony__calls"})
    assert [file.table for file in built] == ["facts.calls", "metrics.calls_daily"]


def test_a_table_without_its_export_is_not_built(folder: Path) -> None:
    assert read_sql_catalogue([folder]).buildable({"exports.crm__customers"}) == ()


def test_a_studys_file_wins_over_the_products(folder: Path, tmp_path_factory) -> None:
    own = tmp_path_factory.mktemp("own")
    (own / "facts").mkdir()
    (own / "facts" / "calls.sql").write_text(
        CALLS.replace("one row per call", "our own calls"), "utf-8"
    )
    assert "our own" in read_sql_catalogue([folder, own]).file("facts.calls").description


def test_a_file_whose_header_names_another_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "orders.sql").write_text(CALLS, "utf-8")
    with pytest.raises(NeedsAHuman, match=r"orders\.sql.*facts\.orders"):
        read_sql_catalogue([tmp_path])


def test_an_unknown_table_gets_a_suggestion(folder: Path) -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'facts\.calls'"):
        read_sql_catalogue([folder]).file("facts.cals")
