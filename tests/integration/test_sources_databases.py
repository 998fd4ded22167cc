"""Databases, tried against real ones: a Postgres server the test starts, and SQLite files."""

import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engines"))

from loading_office import Office, column, contract_of
from postgres_server import ask, free_port, needs_postgres, postgres_server

from roi_pipeline.domain.contracts import Contract, DatabaseLocation
from roi_pipeline.sources.delivering import deliver_export

TICKETS = """
create table tickets (id int, customer text, phone text, amount numeric(20, 6), opened timestamp,
    closed timestamptz, day date, is_open boolean, wait interval, note varchar);
insert into tickets select n, case when n % 10 = 0 then null else '客户' || n end,
    '1380000' || lpad(n::text, 4, '0'), n * 1.234567, timestamp '2026-01-05 10:00:00',
    timestamptz '2026-01-05 10:00:00+00', date '2026-01-05', n % 2 = 0, interval '75 minutes', '=1+1; "x"'
    from generate_series(1, 2500) n;
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as port:
        ask(port, TICKETS)
        yield f"postgresql://roi:unused@127.0.0.1:{port}/postgres"


def tickets(url: str, query: str = "select * from tickets order by id") -> Contract:
    contract = contract_of(
        column("id", "integer", is_required=True), column("customer"), column("phone", "phone"),
        column("amount", "money"), column("opened", "timestamp"), column("closed", "timestamp"),
        column("day", "date"), column("is_open", "boolean"), column("wait", "duration"), column("note"),
        key=("id",),
    )  # fmt: skip
    return replace(contract, location=DatabaseLocation(url, query))


@pytest.mark.server
@needs_postgres
def test_rows_of_a_postgres_query_come_typed(office: Office, postgres: str) -> None:
    office.environment = {"TICKETS_URL": postgres}
    contract = tickets("${TICKETS_URL}")
    (load,) = office.load(contract)
    assert (load.status, load.rows_read, load.rows_loaded) == ("loaded", 2500, 2500)
    (row,) = office.rows(
        "select customer, length(phone), amount::varchar, opened::varchar, closed::varchar, day::varchar, "
        "is_open, wait, note from exports.shop__calls where id = 7"
    )
    assert row == (
        "客户7", 32, "8.6420", "2026-01-05 02:00:00", "2026-01-05 10:00:00", "2026-01-05", False, 4500.0,
        '=1+1; "x"',
    )  # fmt: skip
    assert office.rows("select count(*) - count(customer) from exports.shop__calls") == [(250,)]
    assert office.load(contract)[0].status == "unchanged"


@pytest.mark.server
@needs_postgres
def test_a_bare_table_name_reads_the_table(office: Office, postgres: str) -> None:
    (load,) = office.load(tickets(postgres, "tickets"))
    assert load.rows_loaded == 2500


@pytest.mark.server
@needs_postgres
def test_a_query_that_fails_needs_a_human_and_shows_no_password(
    office: Office, postgres: str
) -> None:
    contract = tickets(postgres, "select * from no_such_table")
    (delivery,) = deliver_export(contract, folder=office.folder, scratch=office.folder / "s")
    assert "no_such_table" in delivery.error
    assert "correct query" in delivery.error
    assert not delivery.may_pass_later
    assert "unused" not in delivery.error


def test_a_database_that_does_not_answer_may_answer_later(office: Office) -> None:
    contract = tickets(f"postgresql://roi:hidden@127.0.0.1:{free_port()}/postgres")
    (delivery,) = deliver_export(contract, folder=office.folder, scratch=office.folder / "s")
    assert delivery.may_pass_later
    assert "could not be read" in delivery.error
    assert "hidden" not in delivery.error
    (load,) = office.load(contract)
    assert load.status == "unreadable"


def test_a_variable_that_is_not_set_is_named(office: Office) -> None:
    (load,) = office.load(tickets("postgresql://roi:${NO_SUCH_PASSWORD}@127.0.0.1/x"))
    assert "NO_SUCH_PASSWORD is not set" in load.error


def sqlite_file(office: Office, rows: list[tuple[object, ...]], *, declared: str = "") -> str:
    path = office.folder / "exports" / "survey.db"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(f"create table answers (id {declared}, score, asked, remark)")
        connection.executemany("insert into answers values (?, ?, ?, ?)", rows)
    connection.close()
    return "sqlite:///exports/survey.db"


def answers(url: str, query: str = "answers") -> Contract:
    contract = contract_of(
        column("id", "integer"), column("score", "decimal"), column("asked", "timestamp"),
        column("remark"),
    )  # fmt: skip
    return replace(contract, location=DatabaseLocation(url, query))


@pytest.mark.parametrize("declared", ["", "integer", "text"])
def test_rows_of_a_sqlite_file(office: Office, declared: str) -> None:
    rows: list[tuple[object, ...]] = [
        (1, 4.5, "2026-01-05 10:00:00", "很好"), (2, None, None, None), (3, 5, "2026-01-05T02:00:00Z", 'x;"y"'),
    ]  # fmt: skip
    contract = answers(sqlite_file(office, rows, declared=declared))
    (load,) = office.load(contract)
    assert (load.rows_read, load.rows_loaded) == (3, 3)
    found = office.rows(
        "select id, score, asked::varchar, remark from exports.shop__calls order by id"
    )
    assert found == [
        (1, 4.5, "2026-01-05 02:00:00", "很好"), (2, None, None, None), (3, 5.0, "2026-01-05 02:00:00", 'x;"y"'),
    ]  # fmt: skip


def test_a_query_delivered_again_replaces_its_rows(office: Office) -> None:
    contract = answers(sqlite_file(office, [(1, 1.0, None, None), (2, 2.0, None, None)]))
    office.load(contract)
    sqlite_file(office, [(2, 2.5, None, None)])
    assert office.load(contract)[0].status == "replaced"
    assert office.rows("select id, score from exports.shop__calls") == [(2, 2.5)]


def test_a_missing_sqlite_file_or_table_is_told(office: Office) -> None:
    (load,) = office.load(answers("sqlite:///exports/none.db"))
    assert "no SQLite file exports/none.db" in load.error
    (load,) = office.load(answers(sqlite_file(office, []), "select * from nothing"))
    assert "nothing" in load.error


def test_an_address_of_an_unknown_kind_is_told(office: Office) -> None:
    (load,) = office.load(answers("mysql://x/y"))
    assert "no address of a known database" in load.error
