"""What becomes of deliveries over several runs: kept, replaced, superseded, refused, repeated."""

import random
from itertools import permutations
from pathlib import Path

import pytest
from loading_office import KEY, Office, broken_rows, column, contract_of, validation

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.engines.loading import (
    accept,
    accept_incoming,
    known_fingerprints,
    read_file_loads,
    read_quarantine,
    stage_export,
)
from roi_pipeline.sources.delivering import deliver_export
from roi_pipeline.transforms.identities import hash_people

ORDERS = contract_of(
    column("id", is_required=True), column("amount", "money"), column("updated_at", "timestamp"),
    key=("id",), ordering="updated_at",
)  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def csv(*rows: str) -> str:
    return "\n".join(("id,amount,updated_at", *rows, ""))


def amounts(office: Office, contract: Contract = ORDERS) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in office.table(contract)}


def counts(loads: tuple[FileLoad, ...]) -> dict[str, tuple[str, int, int, int, int, int]]:
    assert all(load.is_balanced for load in loads)
    return {
        load.path.removeprefix("exports/"): (
            load.status, load.rows_read, load.rows_loaded, load.rows_quarantined,
            load.rows_duplicate, load.rows_superseded,
        )
        for load in loads
    }  # fmt: skip


def test_a_second_run_with_the_same_files_does_nothing(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01", "2,x,2026-01-01", "1,10,2026-01-01"))
    first = office.load(ORDERS)
    assert counts(first) == {"a.csv": ("loaded", 3, 1, 1, 1, 0)}
    before = office.rows("select *, rowid from exports.shop__calls")
    second = office.load(ORDERS)
    assert counts(second) == {"a.csv": ("unchanged", 3, 1, 1, 1, 0)}
    assert office.staging is not None
    assert not office.staging.has_news
    assert office.rows("select *, rowid from exports.shop__calls") == before
    with office.warehouse() as connection:
        assert read_file_loads(connection) == first


def test_a_changed_file_replaces_its_own_rows_and_no_others(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01", "2,20,2026-01-01"))
    office.deliver("b.csv", csv("3,30,2026-01-01"))
    office.load(ORDERS)
    office.deliver("a.csv", csv("2,21,2026-01-01", "4,x,2026-01-01"))
    assert counts(office.load(ORDERS)) == {
        "a.csv": ("replaced", 2, 1, 1, 0, 0), "b.csv": ("unchanged", 1, 1, 0, 0, 0),
    }  # fmt: skip
    assert amounts(office) == {"2": 21, "3": 30}
    assert len(office.quarantine()) == 1


def test_a_file_that_is_gone_keeps_its_rows(office: Office) -> None:
    path = office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.deliver("b.csv", csv("3,30,2026-01-01"))
    office.load(ORDERS)
    path.unlink()
    assert counts(office.load(ORDERS)) == {"b.csv": ("unchanged", 1, 1, 0, 0, 0)}
    assert amounts(office) == {"1": 10, "3": 30}


def test_of_a_key_delivered_again_the_later_row_wins(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01", "2,20,2026-01-05", "1,11,2026-01-02"))
    assert counts(office.load(ORDERS)) == {"a.csv": ("loaded", 3, 3, 0, 0, 1)}
    office.deliver("b.csv", csv("1,12,2026-01-03", "2,19,2026-01-04"))
    assert counts(office.load(ORDERS))["b.csv"] == ("loaded", 2, 2, 0, 0, 1)
    assert amounts(office) == {"1": 12, "2": 20}
    assert counts(office.load(ORDERS))["a.csv"] == ("unchanged", 3, 3, 0, 0, 2)


def test_a_superseded_row_returns_when_the_row_that_beat_it_goes(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.deliver("b.csv", csv("1,11,2026-01-02"))
    office.load(ORDERS)
    assert amounts(office) == {"1": 11}
    office.deliver("b.csv", csv("2,20,2026-01-02"))
    office.load(ORDERS)
    assert amounts(office) == {"1": 10, "2": 20}
    assert office.rows("select count(*) from exports._superseded__shop__calls") == [(0,)]


def test_a_copy_in_another_file_takes_the_place_of_a_kept_row_that_goes(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01", "2,20,2026-01-01"))
    office.deliver("b.csv", csv("1,10,2026-01-01"))
    office.deliver("c.csv", csv("1,10,2026-01-01"))
    assert counts(office.load(ORDERS))["b.csv"] == ("loaded", 1, 0, 0, 1, 0)
    office.deliver("a.csv", csv("2,20,2026-01-01"))
    office.load(ORDERS)
    assert amounts(office) == {"1": 10, "2": 20}
    with office.warehouse() as connection:
        assert counts(read_file_loads(connection)) == {
            "a.csv": ("replaced", 1, 1, 0, 0, 0), "b.csv": ("loaded", 1, 1, 0, 0, 0),
            "c.csv": ("loaded", 1, 0, 0, 1, 0),
        }  # fmt: skip


def test_a_copy_of_a_quarantined_row_is_quarantined_when_its_file_is_all_that_is_left(
    office: Office,
) -> None:
    office.deliver("a.csv", csv("1,-5,2026-01-01"))
    office.deliver("b.csv", csv("1,-5,2026-01-01"))
    rule = broken_rows(ORDERS, "amount_is_positive", "amount < 0")
    assert counts(office.load(ORDERS, rule))["b.csv"] == ("loaded", 1, 0, 0, 1, 0)
    office.deliver("a.csv", csv("2,20,2026-01-01"))
    office.load(ORDERS, rule)
    with office.warehouse() as connection:
        assert counts(read_file_loads(connection))["b.csv"] == ("loaded", 1, 0, 1, 0, 0)
    assert amounts(office) == {"2": 20}


def test_the_order_in_which_files_come_does_not_matter(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311 - a seeded sample
    files = {
        name: csv(
            *(
                f"{rng.randint(1, 6)},{rng.randint(1, 3)},2026-01-0{rng.randint(1, 3)}"
                for _ in range(9)
            )
        )
        for name in ("a.csv", "b.csv", "c.csv")
    }
    states = []
    for number, order in enumerate([*permutations(files), None]):
        office = Office(tmp_path / str(number))
        office.folder.mkdir()
        for name in order or ():
            office.deliver(name, files[name])
            office.load(ORDERS)
        if order is None:
            for name, content in files.items():
                office.deliver(name, content)
            office.load(ORDERS)
        states.append(office.table(ORDERS))
    assert all(state == states[0] for state in states)


def test_rows_that_break_a_rule_go_to_quarantine_and_supersede_nothing(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01", "1,-1,2026-01-02", "2,20,2026-01-01"))
    rule = broken_rows(ORDERS, "amount_is_positive", "amount < 0", column="amount")
    assert counts(office.load(ORDERS, rule)) == {"a.csv": ("loaded", 3, 2, 1, 0, 0)}
    assert amounts(office) == {"1": 10, "2": 20}
    assert office.quarantine() == [("a.csv", 2, "amount", "-1.0000", "amount_is_positive")]
    with office.warehouse() as connection:
        (row,) = read_quarantine(connection, 10)
        assert (row.file_id, row.row_number) == ("shop__calls/exports/a.csv", 2)
        assert read_quarantine(connection, table="shop__nothing") == ()


def test_a_rule_about_several_columns_shows_what_stood_in_them(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.load(ORDERS, broken_rows(ORDERS, "never", "amount > 0 and id <> ''"))
    assert office.quarantine()[0][2:] == (None, "id=1, amount=10.0000", "never")


def test_a_stop_refuses_the_new_files_and_keeps_the_state_before(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.load(ORDERS)
    office.deliver("a.csv", csv("1,99,2026-01-09", "1,99,2026-01-09", "5,x,2026-01-09"))
    office.deliver("b.csv", csv("2,20,2026-01-01"))
    rule = broken_rows(ORDERS, "amount_is_small", "amount > 50")
    loads = office.load(ORDERS, rule, stops=True)
    assert counts(loads) == {
        "a.csv": ("refused", 3, 0, 2, 1, 0), "b.csv": ("refused", 1, 0, 1, 0, 0),
    }  # fmt: skip
    assert amounts(office) == {"1": 10}
    assert {row[-1] for row in office.quarantine()} == {"amount_is_small", "not_an_amount"}
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    assert counts(office.load(ORDERS)) == {
        "a.csv": ("unchanged", 1, 1, 0, 0, 0), "b.csv": ("loaded", 1, 1, 0, 0, 0),
    }  # fmt: skip
    with office.warehouse() as connection:
        assert counts(read_file_loads(connection))["a.csv"] == ("loaded", 1, 1, 0, 0, 0)


def test_a_refused_file_is_tried_again(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    assert counts(office.load(ORDERS, stops=True))["a.csv"][0] == "refused"
    assert counts(office.load(ORDERS))["a.csv"][0] == "loaded"


def test_an_unreadable_delivery_keeps_the_rows_of_the_one_before(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.load(ORDERS)
    office.deliver("a.csv", b"")
    (load,) = office.load(ORDERS)
    assert load.status == "unreadable"
    assert amounts(office) == {"1": 10}


def test_an_exception_leaves_the_state_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.load(ORDERS)
    office.deliver("a.csv", csv("1,11,2026-01-02"))
    with office.warehouse() as connection:
        office.stage(connection, ORDERS)
        with monkeypatch.context() as patch:
            patch.setattr(accept, "_counts", _power_cut)
            with pytest.raises(KeyboardInterrupt):
                accept_incoming(connection, ORDERS, validation(ORDERS))
        assert connection.execute("select amount from exports.shop__calls").fetchall() == [(10,)]
        accept_incoming(connection, ORDERS, validation(ORDERS))
    assert amounts(office) == {"1": 11}


def _power_cut(*_: object) -> dict[str, dict[str, int]]:
    raise KeyboardInterrupt


def test_a_changed_contract_reads_every_file_again(office: Office) -> None:
    office.deliver("a.csv", csv("1,10,2026-01-01"))
    office.load(ORDERS)
    wider = contract_of(
        *ORDERS.columns[:2], column("updated_at", "date"), column("note"), key=("id",)
    )
    assert counts(office.load(wider))["a.csv"][0] == "replaced"
    assert office.rows("select updated_at::varchar, note from exports.shop__calls") == [
        ("2026-01-01", None)
    ]


def test_rows_without_a_whole_key_never_supersede_each_other(office: Office) -> None:
    office.deliver("a.csv", csv(",10,2026-01-01", ",11,2026-01-02", ",11,2026-01-02"))
    assert counts(office.load(ORDERS)) == {"a.csv": ("loaded", 3, 2, 0, 1, 0)}


PEOPLE = contract_of(
    column("id"), column("customer_phone", "phone", "手机号"), column("mail", "email"),
    column("name", "person_name", "姓名"),
)  # fmt: skip


def test_no_raw_value_of_a_person_stands_in_the_warehouse_file(office: Office) -> None:
    secrets = [f"138{number:08d}" for number in range(40_000_000, 40_000_300)]
    rows = [f"{n},+86 {phone},p{phone}@mail.cn,某人{phone}" for n, phone in enumerate(secrets)]
    rows += [
        f"x,91{secrets[0]}91,{secrets[0]} no mail,甲",
        f"ragged {secrets[1]}",
        f'y,"{secrets[2]}',
    ]
    office.deliver("a.csv", "\n".join(("id,手机号,mail,姓名", *rows)))
    (load,) = office.load(PEOPLE)
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined) == (303, 300, 3)
    assert {row[3] for row in office.quarantine()} == {"*****"}
    with office.warehouse() as connection:
        assert all(row.is_person for row in read_quarantine(connection))
    expected = hash_people("phone", [secrets[5]], key=KEY)
    assert office.rows("select customer_phone from exports.shop__calls where id = '5'") == [
        (expected[0],)
    ]
    for path in office.folder.glob("warehouse*"):
        content = path.read_bytes()
        assert b"ragged" not in content
        assert "某人".encode() not in content
        assert not [phone for phone in secrets if phone.encode() in content]
        assert str(expected[0]).encode() in content


def test_people_without_a_key_are_not_read(office: Office) -> None:
    office.deliver("a.csv", "id,手机号,mail,姓名\n1,13800138000,a@b.cn,甲\n")
    deliveries = deliver_export(PEOPLE, folder=office.folder, scratch=office.folder / "scratch")
    with office.warehouse() as connection:
        staging = stage_export(connection, PEOPLE, deliveries, study=office.study)
        assert "no key to hash them with" in staging.files[0].error


def test_the_known_fingerprints_depend_on_the_key_of_people(office: Office) -> None:
    office.deliver("a.csv", "id,手机号,mail,姓名\n1,13800138000,a@b.cn,甲\n")
    office.load(PEOPLE)
    with office.warehouse() as connection:
        assert len(known_fingerprints(connection, PEOPLE, study=office.study)) == 1
        from dataclasses import replace

        other = replace(office.study, people_key="another")
        assert known_fingerprints(connection, PEOPLE, study=other) == {}


def big_csv(rows: int, dirty: dict[int, str], *, person: str = "") -> str:
    filler = "备注" * 40
    lines = [
        dirty.get(
            n,
            f"{n},{n % 600},{n / 4},2026-01-05 10:00:00,{filler}{',13800138000' if person else ''}",
        )
        for n in range(1, rows + 1)
    ]
    return "\n".join((f"id,secs,amount,started_at,note{person}", *lines, ""))


BIG = (
    column("id", "integer"), column("secs", "duration", formats=("seconds",)), column("amount", "money"),
    column("started_at", "timestamp"), column("note"),
)  # fmt: skip


@pytest.mark.parametrize("person", ["", ",phone"])
def test_a_large_file_keeps_every_row_number_round_lines_of_all_kinds(
    office: Office, person: str
) -> None:
    tail = ",13800138000" if person else ""
    dirty = {
        3: f'3,5,"¥1,234.50",2026-01-05 10:00:00,odd{tail}', 4: "ragged,4",
        20_000: f"20000,nan,5,2026-01-05 10:00:00,not finite{tail}",
        20_001: f"20001.5,1,5,2026-01-05 10:00:00,not whole{tail}",
        20_002: f"20002,1,=SUM(A1),2026-01-05 10:00:00,no amount{tail}",
        20_003: f"20003,1,5,yesterday,no time{tail}", 39_999: f'39999,1,(7),2026-01-05 10:00:00,"a\nb"{tail}',
    }  # fmt: skip
    rows = 40_000
    columns = (*BIG, column("phone", "phone")) if person else BIG
    contract = contract_of(*columns)
    office.deliver("a.csv", big_csv(rows, dirty, person=person))
    (load,) = office.load(contract)
    assert load.bytes > 8 << 20
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined) == (rows, rows - 5, 5)
    assert [row[1] for row in office.quarantine()] == [4, 20_000, 20_001, 20_002, 20_003]
    wrong = "select id, source_row_number from exports.shop__calls where id <> source_row_number"
    assert office.rows(wrong) == []
    odd = "select id, amount::varchar, note from exports.shop__calls where id in (3, 39999) order by id"
    assert office.rows(odd) == [(3, "1234.5000", "odd"), (39_999, "-7.0000", "a\nb")]


def test_a_large_file_of_unusual_numbers_is_read_as_text(office: Office) -> None:
    rows = 40_000
    dirty = {n: f"{n},1,¥5,2026-01-05 10:00:00,{'x' * 100}" for n in range(5_000, rows + 1)}
    office.deliver("a.csv", big_csv(rows, dirty))
    (load,) = office.load(contract_of(*BIG))
    assert (load.rows_loaded, load.rows_quarantined) == (rows, 0)
    wrong = "select id, source_row_number from exports.shop__calls where id <> source_row_number"
    assert office.rows(wrong) == []


def test_columns_may_have_any_name(office: Office) -> None:
    names = [
        "id", "place", "number", "rows", "r0", "c0", "line", "cells", "kept", "shift", "raw", "hashed",
        "value", "failing", "parts", "digest", "order", "at", "select",
    ]  # fmt: skip
    contract = contract_of(
        *(column(name) for name in names), column("phone", "phone"), key=("id", "number"),
        ordering="order",
    )  # fmt: skip
    first = [f"v{n}" for n in range(len(names))] + ["13800138000"]
    later = [
        "w" if name == "order" else text for name, text in zip([*names, ""], first, strict=True)
    ]
    office.deliver(
        "a.csv", "\n".join(",".join(row) for row in ([*names, "phone"], first, later, first))
    )
    loads = office.load(contract, broken_rows(contract, "never", "1 = 0"))
    assert counts(loads) == {"a.csv": ("loaded", 3, 2, 0, 1, 1)}
    assert office.table(contract)[0][:-1] == tuple(later[:-1])


def test_the_counts_of_a_staging_are_of_what_is_new(office: Office) -> None:
    contract = contract_of(column("id", "integer", is_required=True), column("secs", "duration"))
    office.deliver("monday.csv", "id,secs\n" + "".join(f"{n},x\n" for n in range(83)) + "100,5\n")
    office.load(contract)
    assert office.staging is not None
    assert (office.staging.rows_read, office.staging.rows_quarantined) == (84, 83)
    office.deliver("tuesday.csv", "id,secs\n" + "".join(f"{n},9\n" for n in range(200, 270)))
    office.load(contract)
    assert (office.staging.rows_read, office.staging.rows_quarantined) == (70, 0)
    assert office.staging.rows_staged == 70


def test_a_large_later_delivery_is_loaded_whole(office: Office) -> None:
    """More than one row group of DuckDB, which loses such rows behind an insert of none."""
    contract = contract_of(column("id", "integer"), column("n", "integer"), key=("id",))
    for name, ids in (("a.csv", range(100)), ("b.csv", range(50, 200_000))):
        office.deliver(name, "id,n\n" + "".join(f"{i},{name == 'b.csv':d}\n" for i in ids))
        loads = office.load(contract)
    assert counts(loads)["b.csv"] == ("loaded", 199_950, 199_950, 0, 0, 0)
    found = office.rows("select n, count(*) from exports.shop__calls group by 1 order by 1")
    assert found == [(0, 50), (1, 199_950)]
    assert office.rows('select count(*) from exports."_superseded__shop__calls"') == [(50,)]
