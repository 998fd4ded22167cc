"""Equal rows without a key: as many real things as one file holds, whatever else holds them too."""

from pathlib import Path

import pytest
from loading_office import Office, column, contract_of

PURCHASES = contract_of(column("customer_name"), column("amount", "money"))
KEYED = contract_of(column("customer_name"), column("amount", "money"), key=("customer_name",))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def text(*amounts: int) -> str:
    return "customer_name,amount\n" + "".join(f"ann,{amount}\n" for amount in amounts)


def test_equal_rows_of_one_file_are_all_kept_where_rows_have_no_key(office) -> None:
    office.deliver("a.csv", text(5, 5, 5, 7))
    (load,) = office.load(PURCHASES)
    assert (load.rows_read, load.rows_loaded, load.rows_duplicate) == (4, 4, 0)


def test_equal_rows_of_one_file_are_one_row_where_rows_have_a_key(office) -> None:
    office.deliver("a.csv", text(5, 5, 5))
    (load,) = office.load(KEYED)
    assert (load.rows_read, load.rows_loaded, load.rows_duplicate) == (3, 1, 2)


@pytest.mark.parametrize("together", [True, False], ids=["together", "one after another"])
@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_an_overlapping_file_adds_only_what_it_holds_more_of(office, names, together) -> None:
    for name, amounts in zip(names, [(5, 5), (5, 5, 5, 7)], strict=True):
        office.deliver(name, text(*amounts))
        if not together:
            office.load(PURCHASES)
    loads = office.load(PURCHASES)
    assert [str(amount) for _, amount in office.table(PURCHASES)] == ["5.0000"] * 3 + ["7.0000"]
    assert sum(load.rows_read for load in loads) == 6
    assert sum(load.rows_duplicate for load in loads) == 2


def test_a_third_file_is_compared_with_all_that_is_loaded(office) -> None:
    for name, amounts in {"a.csv": (5, 5), "b.csv": (5, 5, 5), "c.csv": (5,) * 4}.items():
        office.deliver(name, text(*amounts))
        office.load(PURCHASES)
    assert len(office.table(PURCHASES)) == 4


def test_when_a_file_is_replaced_its_copies_in_other_files_remain(office) -> None:
    office.deliver("a.csv", text(5, 5, 5))
    office.deliver("b.csv", text(5, 5))
    office.load(PURCHASES)
    office.deliver("a.csv", text(9))
    loads = office.load(PURCHASES)
    assert [str(amount) for _, amount in office.table(PURCHASES, order="2")] == [
        "5.0000", "5.0000", "9.0000",
    ]  # fmt: skip
    assert all(load.is_balanced for load in loads)
