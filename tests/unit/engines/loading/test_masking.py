"""No telephone number, e-mail address or name of a shifted or headerless file leaves the loader."""

from pathlib import Path

import duckdb
import pytest
from loading_office import Office, column, contract_of

from roi_pipeline.domain.personal import MASK, may_be_name, shown_text
from roi_pipeline.engines.loading.expressions import name, shown, sql_of

TEXTS = [
    "13812345678", "+86 138-1234-5678", "li.na@example.com", "张三 13812345678", "2026-13-01",
    "2026/02/30 10:00:00", "31.12.2026", "1.234.567,89", "N/A", "待定", "张三", "Li Na", "O'Neil Ann",
    "20261301", "", "０１３８１２３４５６７", "null", "Unknown", "3.5", "a1234567@b.cn",
]  # fmt: skip
PLANTED = ["13912345678", "13800001111", "zhang.san@example.com", "欧阳小明", "Wang Xiaoming"]


@pytest.mark.parametrize("text", TEXTS)
def test_python_and_sql_mask_alike(text: str) -> None:
    (seen,) = duckdb.sql(
        f"select {sql_of(shown(name('t')))} from (select $t as t)", params={"t": text}
    ).fetchall()[0]
    (hidden,) = duckdb.sql(
        f"select {sql_of(shown(name('t'), hides_names=True))} from (select $t as t)",
        params={"t": text},
    ).fetchall()[0]
    assert seen == shown_text(text)
    assert hidden == (MASK if may_be_name(text) else shown_text(text))


@pytest.mark.parametrize("text", PLANTED)
def test_what_is_planted_is_not_shown_where_a_date_is_due(text: str) -> None:
    (hidden,) = duckdb.sql(
        f"select {sql_of(shown(name('t'), hides_names=True))} from (select $t as t)",
        params={"t": text},
    ).fetchall()[0]
    assert text not in hidden


PEOPLE = contract_of(
    column("id", is_required=True), column("day", "date"), column("amount", "decimal"),
    column("customer", "person_name"), column("mobile", "phone"), column("mail", "email"),
    column("state", values={"open": "open", "shut": "shut"}, is_closed=True),
    key=("id",),
)  # fmt: skip
HEADER = "id,day,amount,customer,mobile,mail,state\n"
ROW = ["1", "2025-03-04", "12.50", "欧阳小明", "13912345678", "zhang.san@example.com", "open"]


def everything_kept(office: Office) -> str:
    """All that stands in the warehouse and all that was said, but the hashes of people."""
    assert office.staging is not None
    said = [str(finding.message.values) for finding in office.staging.findings]
    tables = office.rows("select table_schema, table_name from information_schema.tables")
    kept = [str(office.rows(f'select * from "{schema}"."{name}"')) for schema, name in tables]
    assert kept
    return "\n".join([*said, *kept])


@pytest.mark.parametrize("shift", range(1, 7))
def test_nothing_of_a_row_whose_cells_are_shifted_is_kept_in_clear(
    tmp_path: Path, shift: int
) -> None:
    office = Office(tmp_path)
    healthy = "".join(
        f"h{n},2025-03-04,1.5,李娜,13800001111,li@example.com,open\n" for n in range(40)
    )
    shifted = ",".join(ROW[shift:] + ROW[:shift])
    office.deliver("calls.csv", HEADER + healthy + shifted + "\n")
    office.load(PEOPLE)
    kept = everything_kept(office)
    assert not [text for text in PLANTED if text in kept]


@pytest.mark.parametrize("cell", [1, 2])
@pytest.mark.parametrize("planted", PLANTED)
def test_a_datum_in_a_column_of_dates_or_amounts_is_masked(
    tmp_path: Path, cell: int, planted: str
) -> None:
    office = Office(tmp_path)
    row = ["9", *ROW[1:3], "李娜", "13800002222", "li@example.com", "open"]
    row[cell] = planted if cell == 1 or not planted.isdigit() else f"T{planted}"
    office.deliver("calls.csv", HEADER + ",".join(row) + "\n")
    office.load(PEOPLE)
    assert len(office.quarantine()) == 1
    assert planted not in everything_kept(office)


def test_a_file_without_its_header_shows_no_cell_of_its_first_row(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.deliver("calls.csv", ",".join(ROW) + "\n")
    (load,) = office.load(PEOPLE)
    assert "expected a header line" in load.error
    assert not [text for text in PLANTED if text in everything_kept(office)]


def test_a_number_in_the_header_line_is_masked_and_other_headers_are_listed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    header = HEADER.strip() + ",channel,13912345678\n"
    office.deliver("calls.csv", header + ",".join([*ROW, "web", "x"]) + "\n")
    office.load(PEOPLE)
    kept = everything_kept(office)
    assert "channel, 139****5678" in kept
    assert not [text for text in PLANTED if text in kept]


def test_what_is_no_person_s_still_says_what_is_wrong(tmp_path: Path) -> None:
    office = Office(tmp_path)
    row = ["9", "2026-13-01", "N/A", "李娜", "13800002222", "li@example.com", "opne"]
    office.deliver("calls.csv", HEADER + ",".join(row) + "\n")
    office.load(PEOPLE)
    assert [value for _, _, _, value, _ in office.quarantine()] == ["N/A", "2026-13-01", "opne"]
