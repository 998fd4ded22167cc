"""Every way an export is written arrives as the same rows."""

import gzip
import io
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engines"))

from loading_office import Office, column, contract_of

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.delivering import deliver_export
from roi_pipeline.sources.encodings import scan_bytes, text_form

HEADERS = ("编号", "门店 名称", "金额")
ROWS = [("1", "西湖店", "10.50"), ("2", "外滩, 一号", "¥2,000"), ("3", "㐀𠮷", "")]
EXPECTED = [("1", "西湖店", 10.5), ("2", "外滩, 一号", 2000), ("3", "㐀𠮷", None)]
COLUMNS = (
    column("id", header="编号", is_required=True), column("name", header="门店 名称"),
    column("amount", "money", "金额"),
)  # fmt: skip


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def text(delimiter: str = ",", *, line_end: str = "\n", header: str = "") -> str:
    def cell(value: str) -> str:
        return f'"{value}"' if delimiter in value else value

    lines = [delimiter.join(cell(value) for value in row) for row in (HEADERS, *ROWS)]
    return header + line_end.join((*lines, ""))


def arrived(office: Office, **location: object) -> list[tuple[object, ...]]:
    contract = contract_of(*COLUMNS, glob="exports/*", **location)  # type: ignore[arg-type]
    for load in office.load(contract):
        assert load.error == ""
        assert load.is_balanced
    return [
        (row[0], row[1], None if row[2] is None else float(row[2]))
        for row in office.table(contract)
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "detected"])
def test_every_encoding(office: Office, encoding: str, is_declared: bool) -> None:  # noqa: FBT001
    if encoding == "utf-16-be" and not is_declared:
        pytest.skip("without a mark nothing tells big from little")
    office.deliver("a.csv", text().encode(encoding))
    assert arrived(office, encoding=encoding if is_declared else None) == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("is_declared", [True, False], ids=["declared", "detected"])
def test_every_delimiter(office: Office, delimiter: str, is_declared: bool) -> None:  # noqa: FBT001
    office.deliver("a.txt", text(delimiter, line_end="\r\n"))
    assert arrived(office, delimiter=delimiter if is_declared else None) == EXPECTED


def test_a_delimiter_is_found_by_the_headers_it_shows_not_by_how_often_it_stands(
    office: Office,
) -> None:
    office.deliver("a.csv", "编号;门店 名称;金额;a,b,c,d,e,f\n1;西湖店;10.5;\n")
    assert arrived(office) == [EXPECTED[0]]


@pytest.mark.parametrize("headers", [" 编号 ,门店 名称　,\u3000金额", "\ufeff编号,门店　名称,金额"])
def test_blanks_and_width_of_headers_do_not_matter(office: Office, headers: str) -> None:
    office.deliver("a.csv", f"{headers}\n1,西湖店,10.5\n")
    assert arrived(office) == [EXPECTED[0]]


def test_case_of_headers_does_not_matter_and_a_column_may_have_several(office: Office) -> None:
    from roi_pipeline.domain.contracts import Column

    contract = contract_of(Column("id", "text", ("Ticket", "Case ID")))
    office.deliver("a.csv", "case id\n7\n")
    assert office.load(contract)[0].rows_loaded == 1


def test_gzip_and_zip_are_unpacked(office: Office) -> None:
    office.deliver("a.csv.gz", gzip.compress(text().encode("gb18030")))
    assert arrived(office) == EXPECTED
    (office.folder / "exports" / "a.csv.gz").unlink()
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("导出.csv", text())
        archive.writestr("__MACOSX/x", "no")
    other = Office(office.folder / "other")
    other.folder.mkdir()
    other.deliver("a.zip", memory.getvalue())
    assert arrived(other) == EXPECTED


def test_each_file_of_a_zip_is_a_delivery_of_its_own(office: Office) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("b.csv", "编号,门店 名称,金额\n2,乙,\n")
        archive.writestr("a.csv", "编号,门店 名称,金额\n1,甲,\n")
        archive.writestr("c.csv", "")
    office.deliver("both.zip", memory.getvalue())
    contract = contract_of(*COLUMNS, glob="exports/*")
    loads = office.load(contract)
    assert [(load.path, load.status) for load in loads] == [
        ("exports/both.zip/a.csv", "loaded"), ("exports/both.zip/b.csv", "loaded"),
        ("exports/both.zip/c.csv", "unreadable"),
    ]  # fmt: skip
    assert [load.status for load in office.load(contract)] == [
        "unchanged",
        "unchanged",
        "unreadable",
    ]


def test_lines_above_the_header_are_skipped(office: Office) -> None:
    office.deliver("a.csv", text(header="门店日报\n导出时间：2026-01-05,,\n"))
    assert arrived(office, header_row=3) == EXPECTED
    rows = office.rows("select id, source_row_number from exports.shop__calls order by 1")
    assert rows == [("1", 1), ("2", 2), ("3", 3)]


def test_ragged_lines_below_skipped_ones_keep_their_numbers(office: Office) -> None:
    office.deliver("a.csv", "日报\n编号,门店 名称,金额\n1,甲,1\nragged\n3,丙,3\n")
    office.load(contract_of(*COLUMNS, header_row=2))
    assert [row[1] for row in office.quarantine()] == [2]
    assert office.rows("select source_row_number from exports.shop__calls where id = '3'") == [(3,)]


def workbook(path: Path) -> None:
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("说明").write(0, 0, "本表自动导出")
        page = book.add_worksheet("明细")
        page.write(0, 0, "门店日报")
        page.write_row(1, 0, ["编号", "金额", "日期", "时间", "比率", "是否"])
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_number(2, 0, 1001)
        page.write_number(2, 1, 1234.5)
        page.write_datetime(2, 2, datetime(2026, 1, 5), day)  # noqa: DTZ001 - a sheet has no zones
        page.write_datetime(2, 3, datetime(2026, 1, 5, 10, 30), day)  # noqa: DTZ001
        page.write_number(2, 4, 0.125)
        page.write_boolean(2, 5, True)  # noqa: FBT003
        page.write_row(
            4, 0, ["1002", "￥2,000元", "2026年1月6日", "06/01/2026 11:00", "12.5%", "否"]
        )
        page.write_formula(5, 0, "=1000+3", None, 1003)


def test_a_workbook_with_values_and_texts_in_the_same_columns(office: Office) -> None:
    workbook(office.folder / "exports" / "a.xlsx")
    contract = contract_of(
        column("id", "integer", "编号"), column("amount", "money", "金额"),
        column("day", "date", "日期", formats=("%Y年%m月%d日",)),
        column("at", "timestamp", "时间", formats=("%d/%m/%Y %H:%M",)), column("share", "rate", "比率"),
        column("flag", "boolean", "是否"),
        glob="exports/*.xlsx", kind="xlsx", sheet="明细", header_row=2,
    )  # fmt: skip
    (load,) = office.load(contract)
    assert (load.error, load.rows_read, load.rows_loaded) == ("", 3, 3)
    first, second, third = office.table(contract)
    assert first[:1] + first[2:] == (
        1001, date(2026, 1, 5), datetime(2026, 1, 5, 2, 30), 0.125, True,  # noqa: DTZ001
    )  # fmt: skip
    assert second[2:] == (date(2026, 1, 6), datetime(2026, 1, 6, 3), 0.125, False)  # noqa: DTZ001
    assert [float(first[1]), float(second[1])] == [1234.5, 2000]
    assert third == (1003, None, None, None, None, None)


def test_parquet_keeps_its_types(office: Office) -> None:
    (office.folder / "exports").mkdir()
    pl.DataFrame(
        {
            "编号": [1, 2],
            "时间": [datetime(2026, 1, 5, 10), None],  # noqa: DTZ001
            "天": [date(2026, 1, 5), None],
            "比率": [0.1, None],
            "是否": [True, None],
            "名 称": ["a", ""],
        }
    ).write_parquet(office.folder / "exports" / "a.parquet")
    contract = contract_of(
        column("id", "integer", "编号"), column("at", "timestamp", "时间", formats=("%d/%m/%Y",)),
        column("day", "date", "天"), column("share", "rate", "比率"), column("flag", "boolean", "是否"),
        column("name", header="名 称"), glob="exports/*.parquet", kind="parquet",
    )  # fmt: skip
    office.load(contract)
    assert office.table(contract) == [
        (1, datetime(2026, 1, 5, 2), date(2026, 1, 5), 0.1, True, "a"),  # noqa: DTZ001
        (2, None, None, None, None, None),
    ]


def test_json_lines_find_keys_that_come_late_and_pointers_into_objects(office: Office) -> None:
    from roi_pipeline.domain.contracts import Column

    lines = [f'{{"会话": "s{n}", "who": {{"name": "甲"}}}}' for n in range(1500)]
    lines += ['{"会话": "last", "late": 7, "at": "2026-01-05T10:00:00+08:00"}']
    office.deliver("a.jsonl.gz", gzip.compress("\n".join(lines).encode()))
    contract = contract_of(
        column("id", header="会话", is_required=True), column("late", "integer"),
        Column("name", "text", ("/who/name",)), column("at", "timestamp"),
        glob="exports/*", kind="jsonl",
    )  # fmt: skip
    (load,) = office.load(contract)
    assert load.rows_loaded == 1501
    assert office.staging is not None
    told = {(finding.check, finding.severity) for finding in office.staging.findings}
    assert told == {
        ("every_column_is_known", "note"),
        ("late_is_delivered", "warn"),
        ("at_is_delivered", "warn"),
    }
    assert office.rows(
        "select late, name, cast(\"at\" as varchar) from exports.shop__calls where id = 'last'"
    ) == [(7, None, "2026-01-05 02:00:00")]
    assert office.rows("select count(name) from exports.shop__calls") == [(1500,)]


def test_hidden_files_and_locks_of_open_workbooks_are_no_deliveries(office: Office) -> None:
    office.deliver("a.csv", text())
    office.deliver(".a.csv.swp", b"x")
    office.deliver("~$a.csv", b"x")
    assert arrived(office) == EXPECTED


def deliveries(office: Office, contract: Contract, **known: str) -> list[object]:
    found = deliver_export(contract, folder=office.folder, scratch=office.scratch, known=known)
    return [delivery.readable for delivery in found]


def test_a_known_file_is_not_prepared_again(office: Office) -> None:
    office.deliver("a.csv", text().encode("gb18030"))
    contract = contract_of(*COLUMNS)
    (first,) = deliver_export(contract, folder=office.folder, scratch=office.scratch)
    assert first.readable is not None
    assert deliveries(office, contract, **{first.file_id: first.sha256}) == [None]
    assert deliveries(office, contract, **{first.file_id: "another"}) != [None]


def test_what_lies_outside_ascii_late_in_a_file_is_still_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,name\n" + b"1,a\n" * 3_000_000 + "2,通话\n".encode("gb18030"))
    assert text_form(scan_bytes(path), declared=None, name="a").encoding == "gb18030"
    path.write_bytes(b"id,name\n" + b"1,a\n" * 3_000_000 + "2,通话\n".encode())
    assert text_form(scan_bytes(path), declared=None, name="a").encoding == "utf-8"


DAMAGED = '{"id": 1, "name": "n\xfcw"}\n'.encode("latin-1")
NAMED = '{"id": 2, "name": "ünï"}\n'.encode()


def test_a_damaged_byte_makes_no_other_text_of_the_rest(tmp_path: Path) -> None:
    """Found by the 10,000 mutations: all names were read as GB18030 because of one byte of another."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(DAMAGED + 5 * NAMED)
    for declared in (None, "utf-8"):
        assert text_form(scan_bytes(path), declared=declared, name="a").encoding == "utf-8"


@pytest.mark.parametrize("damaged_first", [True, False])
def test_a_text_that_may_be_of_two_encodings_is_refused(
    tmp_path: Path, *, damaged_first: bool
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(DAMAGED + NAMED if damaged_first else NAMED + DAMAGED)
    with pytest.raises(NeedsAHuman, match=r"may be UTF-8 with damaged bytes, the first at \d+, or"):
        text_form(scan_bytes(path), declared=None, name="a.jsonl")
    for declared in ("utf-8", "gb18030"):
        assert text_form(scan_bytes(path), declared=declared, name="a").encoding == declared


@pytest.mark.parametrize("offset", range(4))
def test_characters_cut_by_a_chunk_are_whole(tmp_path: Path, offset: int) -> None:
    from roi_pipeline.sources.encodings import CHUNK

    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * (CHUNK - offset) + "𠮷通".encode() + b"\n")
    scan = scan_bytes(path)
    assert (scan.broken_at, scan.bytes) == (None, CHUNK - offset + 8)
    path.write_bytes(b"x" * (CHUNK - offset) + "𠮷通".encode()[:-1])
    assert scan_bytes(path).broken_at == CHUNK - offset + 4


@pytest.mark.parametrize("folder", ["study", "study [2026]"])
def test_names_with_wildcards_mean_the_file_of_that_name(tmp_path: Path, folder: str) -> None:
    office = Office(tmp_path / folder)
    office.folder.mkdir()
    office.scratch = tmp_path / "scratch"
    names = ("a[1].csv", "a1.csv", "b*.csv", "bx.csv", "c?.csv")
    for name in names:
        office.deliver(name, f"id\n{name}\n")
    loads = office.load(contract_of(column("id")))
    assert [load.rows_loaded for load in loads] == [1] * len(names)
    found = office.rows("select id, source_file_id from exports.shop__calls")
    assert all(file.endswith(f"/{name}") for name, file in found)
    assert len(found) == len(names)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_columns_parted_by_runs_of_blanks(office: Office, line_end: str) -> None:
    lines = ["  编号  门店 \t 金额  ", " 1 西湖店   10.50", "2  外滩\t2,000 ", ""]
    office.deliver("a.txt", line_end.join(lines))
    contract = contract_of(
        column("id", header="编号", is_required=True), column("name", header="门店"),
        column("amount", "money", "金额"), glob="exports/*", delimiter="whitespace",
    )  # fmt: skip
    (load,) = office.load(contract)
    assert load.error == ""
    assert [row[:2] for row in office.table(contract)] == [("1", "西湖店"), ("2", "外滩")]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [("1,西湖店,10.5\n2,外滩,3\n", None), (" 1  西湖店 10.5\n 2 外滩   3\n", "whitespace")],
)
def test_a_text_without_headers_has_numbered_columns(
    office: Office, content: str, delimiter: str | None
) -> None:
    office.deliver("a.txt", content)
    contract = contract_of(
        column("name", header="2"), column("id", header="1", is_required=True),
        glob="exports/*", delimiter=delimiter, header_row=0,
    )  # fmt: skip
    (load,) = office.load(contract)
    assert (load.error, load.rows_read) == ("", 2)
    assert sorted(row[:2] for row in office.table(contract)) == [("外滩", "2"), ("西湖店", "1")]


CONTINENTAL = (column("id"), column("amount", "decimal"))
NUMBERS_AND_TEXTS = {"a": 1.234, "b": "1.234,5", "c": 0.125, "d": "1.234", "e": 12345678.25}
AS_MEANT = [("a", 1.234), ("b", 1234.5), ("c", 0.125), ("d", 1234.0), ("e", 12345678.25)]


def test_a_decimal_mark_is_of_texts_alone_in_workbooks(office: Office) -> None:
    import xlsxwriter

    (office.folder / "exports").mkdir()
    book = xlsxwriter.Workbook(office.folder / "exports" / "a.xlsx")
    sheet = book.add_worksheet()
    for row, cells in enumerate([("id", "amount"), *NUMBERS_AND_TEXTS.items()]):
        sheet.write_row(row, 0, cells)
    book.close()
    contract = contract_of(*CONTINENTAL, glob="exports/*", kind="xlsx", decimal_mark=",")
    office.load(contract)
    assert office.table(contract) == AS_MEANT


def test_a_decimal_mark_is_of_texts_alone_in_json_lines(office: Office) -> None:
    import json

    lines = [json.dumps({"id": name, "amount": value}) for name, value in NUMBERS_AND_TEXTS.items()]
    office.deliver("a.jsonl", "\n".join(lines))
    contract = contract_of(*CONTINENTAL, glob="exports/*", kind="jsonl", decimal_mark=",")
    office.load(contract)
    assert office.table(contract) == AS_MEANT


@pytest.mark.parametrize("kind", [pl.Float64, pl.Float32, pl.Decimal(12, 3)])
def test_a_decimal_mark_is_of_texts_alone_in_parquet(office: Office, kind: object) -> None:
    (office.folder / "exports").mkdir()
    values = pl.DataFrame({"id": ["a", "b"], "amount": [1.234, 0.125]})
    values.cast({"amount": kind}).write_parquet(office.folder / "exports" / "a.parquet")  # type: ignore[dict-item]
    contract = contract_of(*CONTINENTAL, glob="exports/*", kind="parquet", decimal_mark=",")
    office.load(contract)
    assert office.table(contract) == [("a", 1.234), ("b", 0.125)]
