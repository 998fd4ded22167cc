"""Bad input: each kind has a clear error or reason, and nothing beside it is lost."""

import gzip
import io
import warnings
import zipfile
from pathlib import Path

import pytest
from loading_office import Office, column, contract_of

from roi_pipeline.domain.contracts import Contract, Limits, TableRules
from roi_pipeline.engines.loading import stage_export
from roi_pipeline.sources.delivering import deliver_export

GOOD = "id,name,secs\n1,a,10\n2,b,20\n"
CALLS = contract_of(
    column("id", "integer", is_required=True), column("name"), column("secs", "duration")
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def load_beside_good(
    office: Office, content: bytes | str, name: str = "bad.csv"
) -> tuple[str, str, int]:
    """Load the content beside a good file; the good one must always come through."""
    office.deliver("good.csv", GOOD)
    office.deliver(name, content)
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*"))
    bad, good = sorted(loads, key=lambda load: load.path.endswith("good.csv"))
    assert (good.status, good.rows_loaded) == ("loaded", 2)
    assert all(load.is_balanced for load in loads)
    return bad.status, bad.error, bad.rows_loaded


def test_a_truncated_gzip_is_told_and_may_pass_later(office: Office) -> None:
    packed = gzip.compress(("id,name,secs\n" + "1,a,10\n" * 5000).encode())
    status, error, _ = load_beside_good(office, packed[:-20], "bad.csv.gz")
    assert status == "unreadable"
    assert "ends too early" in error
    assert "tried again" in error


def test_a_damaged_gzip_is_told(office: Office) -> None:
    packed = bytearray(gzip.compress(("id,name,secs\n" + "1,a,10\n" * 5000).encode()))
    packed[12] ^= 0xFF
    status, error, _ = load_beside_good(office, bytes(packed), "bad.csv.gz")
    assert status == "unreadable"
    assert "damaged" in error or "ends too early" in error


def test_half_a_zip_is_told(office: Office) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.csv", GOOD)
    status, error, _ = load_beside_good(office, memory.getvalue()[:60], "bad.zip")
    assert status == "unreadable"
    assert "not a whole zip file" in error


def test_an_empty_file_is_told(office: Office) -> None:
    status, error, _ = load_beside_good(office, b"")
    assert status == "unreadable"
    assert "empty (0 bytes)" in error


def test_a_header_without_rows_is_a_delivery_of_none(office: Office) -> None:
    status, error, rows = load_beside_good(office, "id,name,secs\n")
    assert (status, error, rows) == ("loaded", "", 0)
    assert office.staging is not None
    assert [f.check for f in office.staging.findings] == ["delivery_has_rows"]


def test_a_required_column_that_is_missing_names_its_likeliest_other_name(office: Office) -> None:
    status, error, _ = load_beside_good(office, "idx,name,secs\n1,a,10\n")
    assert status == "unreadable"
    assert "no header in exports/bad.csv called 'id'" in error
    assert "did you mean 'idx'" in error


def test_a_missing_column_that_may_be_missing_is_empty_and_told(office: Office) -> None:
    status, _, rows = load_beside_good(office, "id,name\n7,g\n")
    assert (status, rows) == ("loaded", 1)
    assert office.staging is not None
    assert [f.check for f in office.staging.findings] == ["secs_is_delivered"]


def test_an_extra_column_is_told_and_refused_only_where_the_contract_says_so(
    office: Office,
) -> None:
    status, _, _ = load_beside_good(office, "id,name,secs,more\n7,g,1,x\n")
    assert status == "loaded"
    assert office.staging is not None
    assert office.staging.findings[0].message.values["columns"] == "more"
    strict = contract_of(
        *CALLS.columns, glob="exports/*", table_rules=TableRules(are_extra_columns_allowed=False)
    )
    bad, good = office.load(strict)
    assert bad.status == "unreadable"
    assert "does not know: more" in bad.error
    assert good.rows_loaded == 2


@pytest.mark.parametrize(
    ("declared", "content", "likely"),
    [
        ("utf-8", "id,name,secs\n1,通话,1\n".encode("gb18030"), "gb18030"),
        ("gb18030", "id,name,secs\n1,通话,1\n".encode(), "utf-8"),
        ("utf-16", b"id,name,secs\n1,a,1\n", "utf-8"),
        ("utf-8", "id,name,secs\n1,a,1\n".encode("utf-16"), "utf-16"),
    ],
)
def test_a_wrongly_declared_encoding_is_told_with_the_likely_one(
    office: Office, declared: str, content: bytes, likely: str
) -> None:
    office.deliver("bad.csv", content)
    (load,) = office.load(contract_of(*CALLS.columns, encoding=declared))
    assert load.status == "unreadable"
    assert f"declared as {declared}" in load.error
    assert f'encoding = "{likely}"' in load.error


def test_a_line_of_ten_megabytes_costs_only_itself(office: Office) -> None:
    content = "id,name,secs\n1,a,1\n2," + "z" * 10_000_000 + ",2\n3,c,3\n"
    status, _, rows = load_beside_good(office, content)
    assert (status, rows) == ("loaded", 2)
    assert office.quarantine() == [("bad.csv", 2, None, "10000004 bytes", "line_too_long")]
    assert office.rows("select source_row_number from exports.shop__calls where id = 3") == [(3,)]


def test_ragged_rows_cost_only_themselves_and_keep_the_others_numbers(office: Office) -> None:
    content = "id,name,secs\n1,a,1\n2,b\n3,c,3\n4,d,4,5\n5,e,5\n"
    _, _, rows = load_beside_good(office, content)
    assert rows == 3
    assert office.quarantine() == [
        ("bad.csv", 2, None, "2,b", "too_few_fields"),
        ("bad.csv", 4, None, "4,d,4,5", "too_many_fields"),
    ]
    numbers = office.rows(
        "select id, source_row_number from exports.shop__calls where source_file_id like '%bad.csv' order by id"
    )
    assert numbers == [(1, 1), (3, 3), (5, 5)]


def test_rows_with_nul_bytes_are_set_aside(office: Office) -> None:
    _, _, rows = load_beside_good(office, b"id,name,secs\n1,a\0b,1\n2,b,\x002\n3,c,3\n")
    assert rows == 1
    assert {(row[1], row[2], row[4]) for row in office.quarantine()} >= {
        (1, "name", "has_nul_bytes"), (2, "secs", "has_nul_bytes"),
    }  # fmt: skip


def test_a_quote_that_is_never_closed_loses_no_line(office: Office) -> None:
    _, _, rows = load_beside_good(office, 'id,name,secs\n1,a,1\n2,"b,2\n3,c,3\n4,d,4\n')
    assert rows == 1
    assert [row[1] for row in office.quarantine()] == [2, 3, 4]


def test_bytes_that_are_no_text_cost_only_their_line(office: Office) -> None:
    good = "".join(f"{n},通话通话,1\n" for n in range(100, 200)).encode()
    _, _, rows = load_beside_good(office, b"id,name,secs\n" + good + b"2,\xff\xfe,2\n3,c,3\n")
    assert rows == 101
    assert [(row[1], row[4]) for row in office.quarantine()] == [(101, "not_utf8")]


def test_a_header_that_stands_twice_is_refused(office: Office) -> None:
    status, error, _ = load_beside_good(office, "id,name,secs,Name\n1,a,1,b\n")
    assert status == "unreadable"
    assert "'name' 2 times" in error


def test_files_of_a_contract_that_match_nothing_are_told(office: Office) -> None:
    (load,) = office.load(CALLS)
    assert load.status == "unreadable"
    assert "no file matches exports/*.csv" in load.error


def test_a_workbook_without_its_sheet_names_the_sheets_it_has(office: Office) -> None:
    import polars as pl

    (office.folder / "exports").mkdir()
    pl.DataFrame({"id": [1]}).write_excel(office.folder / "exports" / "a.xlsx", worksheet="数据")
    (load,) = office.load(
        contract_of(*CALLS.columns, glob="exports/*.xlsx", kind="xlsx", sheet="Data")
    )
    assert load.status == "unreadable"
    assert "known: 数据" in load.error


def test_a_text_that_only_pretends_to_be_a_workbook_or_parquet_is_told(office: Office) -> None:
    for kind in ("xlsx", "parquet"):
        office.deliver(f"a.{kind}", GOOD)
        (load,) = office.load(contract_of(*CALLS.columns, glob=f"exports/*.{kind}", kind=kind))
        assert load.status == "unreadable"
        assert f"a.{kind} is no " in load.error


def test_mixed_line_ends_and_blank_lines_are_no_rows(office: Office) -> None:
    status, _, rows = load_beside_good(office, "id,name,secs\r\n1,a,1\n\n2,b,2\r\n")
    assert (status, rows) == ("loaded", 2)


def test_blank_lines_do_not_move_the_numbers_of_the_rows(office: Office) -> None:
    body = "1,a,1\n\n\n2,b\nx,c,3\n\n5,e,5,5\n\n6,f,6\n"
    for quoted in (body, body.replace("1,a,1", '1,"a",1'), body.replace("1,a,1", '1,a" ,1')):
        office.deliver("a.csv", f"id,name,secs\n{quoted}")
        office.load(CALLS)
        assert [(row[1], row[4]) for row in office.quarantine()] == [
            (2, "too_few_fields"), (3, "not_an_integer"), (4, "too_many_fields"),
        ]  # fmt: skip
        numbers = office.rows("select id, source_row_number from exports.shop__calls order by id")
        assert numbers == [(1, 1), (6, 5)]


HOSTILE = (
    "=SUM(A1:A9)", '=HYPERLINK("http://x","y")', "+1+1", "@cmd", "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}", "Robert'); DROP TABLE calls; --", 'say "hi"; bye', "a;b|c\td",
    "𠮷野家 😀", "\u202egnirts", "\\N", "NULL", "line\nbreak",
)  # fmt: skip


def hostile_contract(**options: str) -> Contract:
    return contract_of(column("id", "integer"), column("name"), **options)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_formulas_markup_and_quotes_in_names_stay_text(office: Office, encoding: str) -> None:
    lines = [f'{n},"{text.replace(chr(34), chr(34) * 2)}"' for n, text in enumerate(HOSTILE)]
    office.deliver("a.csv", "\n".join(("id,name", *lines)).encode(encoding))
    office.load(hostile_contract())
    assert office.table(hostile_contract()) == list(enumerate(HOSTILE))


def test_hostile_headers_and_file_names_stay_text(office: Office) -> None:
    header = "na'me\"; drop table x --"
    office.deliver("a'[1] 'x';.csv", 'id,"na\'me""; drop table x --"\n1,ok\n')
    (load,) = office.load(contract_of(column("id", "integer"), column("name", header=header)))
    assert (load.status, load.rows_loaded) == ("loaded", 1)


def test_dates_of_three_formats_are_tried_in_order(office: Office) -> None:
    formats = ("%d/%m/%Y", "%Y年%m月%d日", "%Y%m%d")
    contract = contract_of(column("id", "integer"), column("day", "date", formats=formats))
    office.deliver(
        "a.csv", "id,day\n1,05/01/2026\n2,2026年01月05日\n3,20260105\n4,Jan 5\n5,2025年02月30日\n"
    )
    office.load(contract)
    assert {str(day) for _, day in office.table(contract)} == {"2026-01-05"}
    assert [row[1:] for row in office.quarantine()] == [
        (4, "day", "Jan 5", "not_a_date"),
        (5, "day", "2025年02月30日", "not_a_date"),
    ]


def test_a_broken_json_line_costs_only_itself(office: Office) -> None:
    contract = contract_of(*CALLS.columns, glob="exports/*.jsonl", kind="jsonl")
    office.deliver(
        "a.jsonl",
        '{"id": 1, "name": "甲", "secs": 1.5}\n\nnot json\n[1]\n{"id": 2, "name": null}\n'
        '{"id": "x", "secs": 3}\n{"id": 4, "name": {"a": 1}}\n',
    )
    (load,) = office.load(contract)
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined) == (6, 3, 3)
    assert office.table(contract) == [(1, "甲", 1.5), (2, None, None), (4, '{"a":1}', None)]
    assert [row[1:3] + row[4:] for row in office.quarantine()] == [
        (2, None, "not_json"), (3, None, "not_json"), (5, "id", "not_an_integer"),
    ]  # fmt: skip


def call_file(
    rows: int, *, quote_before: int | None = None, quoted: frozenset[int] = frozenset()
) -> str:
    """A call log; one telephone number may have a stray quotation mark before it."""
    lines = ["id,name,phone,secs"]
    for n in range(1, rows + 1):
        name = f'"Clinic {n}, west"' if n in quoted else f"clinic {n}"
        mark = '"' if n == quote_before else ""
        lines.append(f"{n},{name},{mark}1380000{n:05},{n % 60}")
    return "\n".join((*lines, ""))


MANY = contract_of(
    column("id", "integer", is_required=True), column("name"), column("phone"),
    column("secs", "duration"), glob="exports/*.csv",
)  # fmt: skip


@pytest.mark.parametrize("quoted", [frozenset[int](), frozenset({12_000}), frozenset({8_300})])
def test_one_stray_quote_never_loses_thousands_of_rows_without_a_word(
    office: Office, quoted: frozenset[int]
) -> None:
    office.deliver("calls.csv", call_file(13_705, quote_before=8_223, quoted=quoted))
    (load,) = office.load(MANY)
    assert load.status == "unreadable"
    assert "exports/calls.csv, line 8,224" in load.error
    assert "max_record_lines" in load.error


def test_a_stray_quote_with_the_next_one_near_costs_no_row_but_those_between(
    office: Office,
) -> None:
    office.deliver("calls.csv", call_file(500, quote_before=300))
    (load,) = office.load(contract_of(*MANY.columns, max_record_lines=500))
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined) == (500, 299, 201)


def test_long_texts_between_quotes_are_one_record(office: Office) -> None:
    note = "a line, with a comma\n" * 150
    office.deliver("a.csv", f'id,name,secs\n1,"{note}",1\n2,"x ""y""",2\n')
    (load,) = office.load(CALLS)
    assert (load.rows_read, load.rows_loaded) == (2, 2)
    office.deliver("a.csv", f'id,name,secs\n1,"{note}{note}",1\n2,"x ""y""",2\n')
    (load,) = office.load(CALLS)
    assert load.status == "unreadable"
    (load,) = office.load(contract_of(*CALLS.columns, max_record_lines=301))
    assert load.rows_loaded == 2


def test_half_a_file_is_said_to_be_one(office: Office) -> None:
    status, _, rows = load_beside_good(office, "id,name,secs\n5,a,10\n6,b,20\n7,c")
    assert (status, rows) == ("loaded", 2)
    assert office.staging is not None
    assert [(f.severity, f.message.code) for f in office.staging.findings] == [
        ("warn", "file_ends_within_a_record")
    ]
    office.deliver("worse.csv", "id,name,secs\n1,a,10\n2,b,2")
    office.load(contract_of(*CALLS.columns, glob="exports/worse.csv"))
    assert ("note", "file_without_last_line_end") in [
        (f.severity, f.message.code) for f in office.staging.findings
    ]


def test_years_nobody_means_are_quarantined_unless_the_contract_says_otherwise(
    office: Office,
) -> None:
    office.deliver(
        "a.csv", "id,day,at\n1,0025-03-01,\n2,9999-12-31,\n3,,0001-01-01 00:00:00\n4,2025-03-01,\n"
        "5,0044-03-15 (BC),\n6,2199-12-31,1900-01-02 00:00:00\n"
    )  # fmt: skip
    columns = (column("id", "integer"), column("day", "date"), column("at", "timestamp"))
    office.load(contract_of(*columns))
    assert [row[0] for row in office.rows("select id from exports.shop__calls order by id")] == [
        4,
        6,
    ]
    assert [(row[1], row[2], row[4]) for row in office.quarantine()] == [
        (1, "day", "year_not_plausible"), (2, "day", "year_not_plausible"),
        (3, "at", "year_not_plausible"), (5, "day", "year_not_plausible"),
    ]  # fmt: skip
    open_end = column("day", "date", years=(1900, 9999))
    office.load(contract_of(columns[0], open_end, columns[2]))
    assert (2,) in office.rows("select id from exports.shop__calls")


def zip_of(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    memory = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(memory, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            archive.writestr(name, content)
    return memory.getvalue()


FIVE = b"id,name,secs\n5,e,50\n"


def test_a_damaged_member_costs_only_itself(office: Office) -> None:
    packed = bytearray(zip_of(("a.csv", FIVE), ("b.csv", FIVE * 99), method=zipfile.ZIP_LZMA))
    packed[packed.index(b"b.csv") + 20] ^= 0xFF
    office.deliver("good.csv", GOOD)
    office.deliver("bad.zip", bytes(packed))
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*"))
    assert [(load.path, load.status) for load in loads] == [
        ("exports/bad.zip/a.csv", "loaded"), ("exports/bad.zip/b.csv", "unreadable"),
        ("exports/good.csv", "loaded"),
    ]  # fmt: skip
    assert "b.csv in exports/bad.zip cannot be unpacked" in loads[1].error


def test_names_of_members_that_lead_outside_or_stand_twice_are_errors_of_their_own(
    office: Office,
) -> None:
    office.deliver(
        "a.zip", zip_of(("../up.csv", FIVE), ("b.csv", FIVE), ("b.csv", GOOD.encode()), ("c.csv", FIVE))
    )  # fmt: skip
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*"))
    assert [(load.path, load.status) for load in loads] == [
        ("exports/a.zip/../up.csv", "unreadable"), ("exports/a.zip/b.csv", "unreadable"),
        ("exports/a.zip/c.csv", "loaded"),
    ]  # fmt: skip
    assert "leads out of the archive" in loads[0].error
    assert "2 times" in loads[1].error


def test_a_damaged_parquet_page_is_an_error_of_its_file(office: Office) -> None:
    import polars as pl

    frame = pl.DataFrame({"id": range(3000), "name": ["x" * 9] * 3000, "secs": [1.0] * 3000})
    for name in ("bad", "good"):
        frame.write_parquet(office.deliver(f"{name}.parquet", b""))
    bad = office.folder / "exports" / "bad.parquet"
    content = bytearray(bad.read_bytes())
    content[4:60] = bytes(56)
    bad.write_bytes(content)
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*", kind="parquet"))
    assert [load.status for load in loads] == ["unreadable", "loaded"]
    assert "exports/bad.parquet cannot be read as parquet" in loads[0].error


@pytest.mark.parametrize(
    "header", ["id,name,secs," + "x" * 3_000_000, "id,name,secs," + '"' + "x" * 3_000_000 + '"']
)
def test_a_header_of_megabytes_is_an_error_of_its_file(office: Office, header: str) -> None:
    status, error, _ = load_beside_good(office, f"{header}\n1,a,1,\n")
    assert status == "unreadable"
    assert "header line" in error


def test_a_workbook_without_its_directory_is_an_error_of_its_file(office: Office) -> None:
    import polars as pl

    good = office.deliver("good.xlsx", b"")
    pl.DataFrame({"id": [1], "name": ["a"], "secs": [1]}).write_excel(good)
    with zipfile.ZipFile(good) as book:
        parts = [(name, book.read(name)) for name in book.namelist() if "workbook.xml" not in name]
    office.deliver("bad.xlsx", zip_of(*parts))
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*", kind="xlsx"))
    assert [load.status for load in loads] == ["unreadable", "loaded"]


def test_a_name_that_is_no_text_is_an_error_of_its_file(office: Office) -> None:
    import os

    office.deliver("good.csv", GOOD)
    folder = os.fsencode(office.folder / "exports")
    with open(folder + b"/caf\xe9.csv", "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write(FIVE)
    loads = office.load(contract_of(*CALLS.columns, glob="exports/*"))
    assert [(load.path, load.status) for load in loads] == [
        ("exports/caf\\udce9.csv", "unreadable"), ("exports/good.csv", "loaded")
    ]  # fmt: skip


LIMITED = {
    "unpacked_bytes": (Limits(unpacked_bytes=1000), "a.csv.gz", gzip.compress(FIVE * 99)),
    "members": (Limits(members=2), "a.zip", zip_of(*((f"{n}.csv", FIVE) for n in range(3)))),
    "columns": (Limits(columns=2), "a.csv", FIVE),
}


@pytest.mark.parametrize("limit", LIMITED)
def test_a_file_above_a_limit_is_rejected_with_the_limits_name(office: Office, limit: str) -> None:
    limits, name, content = LIMITED[limit]
    office.deliver(name, content)
    (load,) = office.load(contract_of(*CALLS.columns, glob="exports/*", limits=limits))
    assert load.status == "unreadable"
    assert f"raise {limit} in [location.limits]" in load.error


def test_a_bomb_is_rejected_before_it_is_unpacked(office: Office) -> None:
    memory = io.BytesIO()
    with gzip.GzipFile(fileobj=memory, mode="wb", compresslevel=1) as packed:
        for _ in range(300):
            packed.write(bytes(1 << 20))
    office.deliver("a.csv.gz", memory.getvalue())
    (load,) = office.load(contract_of(*CALLS.columns, glob="exports/*"))
    assert load.status == "unreadable"
    assert "limit ratio" in load.error


def test_a_line_above_the_limit_costs_only_itself(office: Office) -> None:
    office.deliver("a.csv", "id,name,secs\n1,a,1\n2," + "z" * 5000 + ",2\n3,c,3\n")
    (load,) = office.load(contract_of(*CALLS.columns, limits=Limits(cell_bytes=4000)))
    assert (load.rows_loaded, load.rows_quarantined) == (2, 1)


def test_a_file_that_grows_between_its_fingerprint_and_its_reading_is_tried_again(
    office: Office,
) -> None:
    path = office.deliver("a.csv", GOOD)
    with office.warehouse() as connection:
        deliveries = deliver_export(CALLS, folder=office.folder, scratch=office.scratch)
        with path.open("a") as file:
            file.write("3,c,30\n")
        staging = stage_export(connection, CALLS, deliveries, study=office.study)
    assert staging.rows_staged == 0
    assert "changed while it was read" in staging.files[0].error
