"""Small exports in every format, broken at random, and what each then holds by another reader.

The oracle reads with the standard library (csv, json, ElementTree) and pyarrow's metadata; it shares no
code with the loader. A mutation says which of the original rows it touched, and in Parquet which columns.
"""

import bz2
import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET
from xml.parsers import expat

ROWS = 30
HEADERS = ("id", "name", "note", "day", "fee", "secs", "phone")
ROOM = 10_000
SHEET = "xl/worksheets/sheet1.xml"
NAMES = (
    "west lake",
    "外滩, 一号",
    'say "hi"',
    "plain",
    "two\nlines",
    "",
    "ünï",
    "x;y|z",
    "=SUM(A1)",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was written, with its values as they must arrive."""

    texts: tuple[str, ...]
    day: date
    fee: Decimal
    secs: float

    @property
    def id(self) -> int:
        return int(self.texts[0])


@dataclass(frozen=True, slots=True)
class Mutated:
    """One broken export.

    Attributes:
        touched: ids of original rows that may arrive otherwise, or not at all.
        touched_columns: the columns that may; all of them unless the format keeps columns apart.
        is_packed: what protects the bytes by a checksum: nothing may arrive otherwise.
        readings: records it may be said to hold; None where only the loader's balance is asked.
    """

    name: str
    what: str
    content: bytes
    rows: tuple[Row, ...]
    touched: frozenset[int]
    touched_columns: frozenset[str] = frozenset(HEADERS)
    readings: Callable[[str], frozenset[int]] | None = None
    dialect: dict[str, str] = field(default_factory=dict[str, str])


def rows_from(first: int, chance: random.Random) -> tuple[Row, ...]:
    """Rows whose ids nobody else has."""
    rows = list[Row]()
    for number in range(first, first + ROWS):
        day = date(2025, 1, 1) + timedelta(days=chance.randrange(300))
        fee = Decimal(chance.randrange(1, 10**6)) / 100
        secs = chance.randrange(600)
        phone = f"138{number % 10**8:08}"
        texts = (
            str(number), chance.choice(NAMES), chance.choice(NAMES), day.isoformat(), f"{fee:.2f}",
            str(secs), phone,
        )  # fmt: skip
        rows.append(Row(texts, day, fee, float(secs)))
    return tuple(rows)


# ---- delimited text


@dataclass(frozen=True, slots=True)
class _Text:
    """A delimited text in pieces: each record by itself, so that a mutation knows what it touches."""

    records: list[bytes]
    delimiter: str
    encoding: str
    end: bytes


def _written(rows: tuple[Row, ...], chance: random.Random) -> _Text:
    delimiter = chance.choice(",;\t|")
    encoding = chance.choice(["utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16"])
    quoting = chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    end = chance.choice(["\n", "\n", "\r\n"])
    is_flat = chance.random() < 0.5
    records = []
    codec = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    for texts in (HEADERS, *(row.texts for row in rows)):
        line = io.StringIO()
        cells = [text.replace("\n", " ") for text in texts] if is_flat else texts
        csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator=end).writerow(cells)
        records.append(line.getvalue().encode(codec, "replace"))
    return _Text(records, delimiter, encoding, end.encode(codec))


def _mark(text: _Text) -> bytes:
    return {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}.get(text.encoding, b"")


def _mutated_text(  # noqa: C901, PLR0912, PLR0915 - one case per kind of damage
    text: _Text, chance: random.Random
) -> tuple[str, list[bytes], set[int]]:
    """What was done, the records afterwards, and the places of the records it touched (0: header)."""
    records = list(text.records)
    codec = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(text.encoding, text.encoding)
    place = chance.randrange(0 if chance.random() < 0.05 else 1, len(records))
    record = records[place]
    spot = chance.randrange(len(record) + 1)
    spot -= spot % 2 if text.encoding == "utf-16" else 0

    def insert(piece: str) -> set[int]:
        records[place] = record[:spot] + piece.encode(codec, "replace") + record[spot:]
        return {place}

    what = chance.choice(
        ["nothing", "byte", "byte", "bytes", "cut", "quote", "quote", "quote", "unquote", "delimiter",
         "undelimit", "line end", "line ends", "blank line", "repeat", "drop", "swap", "junk line",
         "truncate", "truncate", "nul", "header twice", "two quotes", "spaced quote"]
    )  # fmt: skip
    touched = set[int]()
    match what:
        case "byte":
            if spot < len(record):
                records[place] = record[:spot] + bytes([chance.randrange(256)]) + record[spot + 1 :]
            touched = {place}
        case "bytes":
            records[place] = (
                record[:spot] + chance.randbytes(chance.randrange(1, 9)) + record[spot:]
            )
            touched = {place}
        case "cut":
            records[place] = record[:spot] + record[spot + chance.randrange(1, 9) :]
            touched = {place}
        case "quote":
            touched = insert('"')
        case "two quotes":
            touched = insert('"')
            other = chance.randrange(1, len(records))
            cell = text.delimiter.encode(codec)
            records[other] = records[other].replace(cell, cell + '"'.encode(codec), 1)
            touched.add(other)
        case "spaced quote":
            touched = insert(f' "{text.delimiter}')
        case "unquote":
            records[place] = record.replace('"'.encode(codec), b"", 1)
            touched = {place}
        case "delimiter":
            touched = insert(text.delimiter)
        case "undelimit":
            records[place] = record.replace(text.delimiter.encode(codec), b"", 1)
            touched = {place}
        case "line end":
            touched = insert(chance.choice(["\n", "\r\n", "\r"]))
        case "line ends":
            other = chance.choice(["\n", "\r\n", "\r"]).encode(codec)
            for number in range(len(records)):
                if chance.random() < 0.3:
                    records[number] = records[number].removesuffix(text.end) + other
        case "blank line":
            records.insert(place, chance.choice(["", "   "]).encode(codec) + text.end)
        case "repeat":
            records.insert(place, record)
        case "drop":
            records.pop(place)
            touched = {place}
        case "swap":
            other = chance.randrange(1, len(records))
            records[place], records[other] = records[other], records[place]
            touched = {place, other} if 0 in {place, other} else set()
        case "junk line":
            piece = "".join(chance.choice('ab,;"\t 1') for _ in range(chance.randrange(1, 30)))
            records.insert(place, piece.encode(codec) + text.end)
            touched = {place, place - 1}
        case "truncate":
            records[place] = record[:spot]
            touched = set(range(place, len(records)))
            del records[place + 1 :]
        case "nul":
            touched = insert("\0")
        case "header twice":
            records.insert(place, records[0])
        case _:
            pass
    return what, records, touched


def csv_readings(content: bytes, delimiter: str, encoding: str) -> frozenset[int]:
    """Records an RFC 4180 reader finds; lines a quote wrongly holds together may count one by one."""
    text = content.decode(encoding, "replace").removeprefix("\ufeff").replace("\0", "\ue000")
    csv.field_size_limit(1 << 27)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != " ")
    width, before, together, apart = 0, 0, 0, 0
    physical = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for row in reader:
        own = physical[before : reader.line_num]
        before = reader.line_num
        if not row and width != 1:
            continue
        width = width or len(row)
        together += 1
        while own and not own[-1]:
            own = own[:-1]
        apart += len(own) if len(own) > 1 and _is_wrong(own, row, width, delimiter) else 1
    return frozenset({together - 1, apart - 1})


def _is_wrong(own: list[str], row: list[str], width: int, delimiter: str) -> bool:
    try:
        strict = csv.reader(
            io.StringIO("\n".join(own), newline=""), delimiter=delimiter, strict=True,
            skipinitialspace=True,
        )  # fmt: skip
        return len(next(strict)) != width or len(row) != width
    except csv.Error:
        return True


def _delimited(rows: tuple[Row, ...], chance: random.Random, stem: str) -> Mutated:
    text = _written(rows, chance)
    what, records, places = _mutated_text(text, chance)
    touched = frozenset(rows[place - 1].id for place in places if place)
    if 0 in places:
        touched = frozenset(row.id for row in rows)
    content = _mark(text) + b"".join(records)
    plain = content
    packing = chance.choice(["", "", "", "", "gz", "bz2", "zip"])
    name = f"{stem}.csv"
    if packing:
        content, name = _packed(content, packing), f"{name}.{packing}"
    return Mutated(
        name, f"{what} in {text.encoding} {text.delimiter!r} {packing}", content, rows, touched,
        readings=lambda encoding: csv_readings(plain, text.delimiter, encoding),
        dialect={"delimiter": text.delimiter, "encoding": text.encoding},
    )  # fmt: skip


def _packed(content: bytes, packing: str) -> bytes:
    if packing == "gz":
        return gzip.compress(content, mtime=0)
    if packing == "bz2":
        return bz2.compress(content)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("a.csv", (2025, 1, 1, 0, 0, 0)), content)
    return memory.getvalue()


def _broken_package(rows: tuple[Row, ...], chance: random.Random, stem: str) -> Mutated:
    """A healthy text in a package with broken bytes: it arrives as it was, or not at all."""
    text = _written(rows, chance)
    packing = chance.choice(["gz", "bz2", "zip"])
    content = _flipped(_packed(_mark(text) + b"".join(text.records), packing), chance)
    return Mutated(f"{stem}.csv.{packing}", f"broken {packing}", content, rows, frozenset())


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    match chance.choice(["flip", "flips", "cut", "insert", "end"]):
        case "flip":
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        case "flips":
            for _ in range(20):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
        case "cut":
            start = chance.randrange(len(changed))
            del changed[start : start + chance.randrange(1, 60)]
        case "insert":
            spot = chance.randrange(len(changed))
            changed[spot:spot] = chance.randbytes(chance.randrange(1, 9))
        case _:
            del changed[chance.randrange(1, len(changed)) :]
    return bytes(changed)


# ---- JSON lines


def _json_lines(rows: tuple[Row, ...], chance: random.Random, stem: str) -> Mutated:
    lines = [
        json.dumps(dict(zip(HEADERS, row.texts, strict=True)), ensure_ascii=chance.random() < 0.5)
        for row in rows
    ]
    records = [f"{line}\n".encode() for line in lines]
    text = _Text([b"", *records], ",", "utf-8", b"\n")
    what, changed, places = _mutated_text(text, chance)
    content = b"".join(changed)
    touched = frozenset(rows[place - 1].id for place in places if place)

    def readings(_encoding: str) -> frozenset[int]:
        plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return frozenset({sum(1 for line in plain.split(b"\n") if line.strip(b" "))})

    return Mutated(f"{stem}.jsonl", f"{what} in jsonl", content, rows, touched, readings=readings)


# ---- Parquet


def _parquet(rows: tuple[Row, ...], chance: random.Random, stem: str) -> Mutated:
    """Parquet guards nothing by a checksum: a column whose pages were touched may arrive otherwise."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {name: [row.texts[place] for row in rows] for place, name in enumerate(HEADERS)}
    )
    memory = io.BytesIO()
    codec = chance.choice(["snappy", "zstd", "none", "gzip"])
    pq.write_table(table, memory, compression=codec)
    healthy = memory.getvalue()
    changed = bytearray(healthy)
    spots = [chance.randrange(len(changed)) for _ in range(chance.choice([1, 1, 4]))]
    for spot in spots:
        changed[spot] ^= 1 << chance.randrange(8)
    group = pq.read_metadata(io.BytesIO(healthy)).row_group(0)
    touched = set[str]()
    for spot in spots:
        within = [
            HEADERS[place]
            for place in range(len(HEADERS))
            if _starts(group.column(place))
            <= spot
            < _starts(group.column(place)) + group.column(place).total_compressed_size
        ]
        touched.update(within or HEADERS)
    return Mutated(
        f"{stem}.parquet", f"flipped bits in parquet, {codec}", bytes(changed), rows, frozenset(),
        frozenset(touched), readings=lambda _: _parquet_rows(bytes(changed)),
    )  # fmt: skip


def _starts(chunk) -> int:
    pages = (chunk.dictionary_page_offset, chunk.data_page_offset)
    return min(page for page in pages if page)


def _parquet_rows(content: bytes) -> frozenset[int]:
    import pyarrow.parquet as pq

    return frozenset({pq.read_metadata(io.BytesIO(content)).num_rows})


# ---- workbooks


def _workbook(rows: tuple[Row, ...], chance: random.Random, stem: str) -> Mutated:
    import xlsxwriter

    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, texts in enumerate((HEADERS, *(row.texts for row in rows))):
        for column, value in enumerate(texts):
            sheet.write_string(place, column, value)
    book.close()
    if chance.random() < 0.4:
        content = _flipped(memory.getvalue(), chance)
        return Mutated(f"{stem}.xlsx", "broken workbook", content, rows, frozenset())
    content, sheet_xml, shared = _with_broken_sheet(memory.getvalue(), chance)
    return Mutated(
        f"{stem}.xlsx", "broken sheet", content, rows,
        frozenset(row.id for row in rows) - _rows_as_before(sheet_xml, shared, rows),
        readings=lambda _: _sheet_rows(sheet_xml, shared),
    )  # fmt: skip


def _with_broken_sheet(content: bytes, chance: random.Random) -> tuple[bytes, bytes, bytes]:
    memory = io.BytesIO()
    sheet = shared = b""
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(memory, "w") as broken:
        for name in book.namelist():
            part = book.read(name)
            if name == SHEET:
                sheet = part = _broken_sheet(part, chance)
            if name.endswith("sharedStrings.xml"):
                shared = part
            broken.writestr(name, part)
    return memory.getvalue(), sheet, shared


def _broken_sheet(sheet: bytes, chance: random.Random) -> bytes:
    """Bytes changed anywhere, or a cell or row that points elsewhere, is gone or stands twice."""
    what = chance.choice(["bytes", "digit", "digit", "cell", "row", "row twice"])
    if what == "bytes":
        changed = bytearray(sheet)
        changed[chance.randrange(len(changed))] = chance.choice(b'0123456789ABC<>/"= s')
        return bytes(changed)
    pattern = {"digit": rb"[0-9]", "cell": rb"<c .*?</c>"}.get(what, rb"<row .*?</row>")
    spots = [
        found for found in re.finditer(pattern, sheet) if found.start() > sheet.index(b"<sheetData")
    ]
    spot = chance.choice(spots)
    instead = {"digit": b"%d" % chance.randrange(10), "row twice": spot[0] * 2}.get(what, b"")
    return sheet[: spot.start()] + instead + sheet[spot.end() :]


def _tree(xml: bytes) -> ET.Element:
    """The elements of a part; a prefix that nothing declares changes no row and is passed over."""
    try:
        return ET.fromstring(xml)  # noqa: S314
    except ET.ParseError as error:
        if error.code != expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]:
            raise
    builder, parser = ET.TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler = lambda tag, found: builder.start(_bare(tag), found)
    parser.EndElementHandler = lambda tag: builder.end(_bare(tag))
    parser.CharacterDataHandler = builder.data
    parser.Parse(xml, True)  # noqa: FBT003
    return builder.close()


def _bare(tag: str) -> str:
    return "{}" + tag.rpartition(":")[2]


def _cells(sheet: bytes, shared: bytes) -> dict[int, dict[str, str]]:
    """Row → column letters → text; raises what ElementTree raises where it is no XML."""
    strings = ["".join(item.itertext()) for item in _tree(shared)]
    cells = dict[int, dict[str, str]]()
    for cell in _tree(sheet).iter():
        place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r", ""))
        value = next((part.text for part in cell if part.tag.endswith("}v")), None)
        if place is None or value is None or not cell.tag.endswith("}c"):
            continue
        number = int(value) if value.isdigit() else -1
        text = strings[number] if cell.get("t") == "s" and 0 <= number < len(strings) else value
        cells.setdefault(int(place[2]), {})[place[1]] = text
    return cells


def _rows_as_before(sheet: bytes, shared: bytes, rows: tuple[Row, ...]) -> frozenset[int]:
    try:
        cells = _cells(sheet, shared)
    except (ET.ParseError, ValueError):
        return frozenset()
    if [cells.get(1, {}).get(letter) for letter in "ABCDEFG"] != list(HEADERS):
        return frozenset()
    return frozenset(
        row.id
        for number, row in enumerate(rows, 2)
        if [cells.get(number, {}).get(letter, "") for letter in "ABCDEFG"] == list(row.texts)
    )


def _sheet_rows(sheet: bytes, shared: bytes) -> frozenset[int]:
    try:
        cells = _cells(sheet, shared)
    except (ET.ParseError, ValueError):
        return frozenset()
    first = min(cells, default=1)
    return frozenset({sum(1 for number in cells if number > 1), len(cells) - (first == 1)})


FORMATS: dict[str, tuple[Callable[..., Mutated], ...]] = {
    "csv": (_delimited, _delimited, _delimited, _broken_package),
    "jsonl": (_json_lines,),
    "parquet": (_parquet,),
    "xlsx": (_workbook,),
}


def mutated(kind: str, seed: int, *, first: int) -> Mutated:
    """The export of that seed; the same seed breaks the same bytes."""
    chance = random.Random(f"{kind} {seed}")  # noqa: S311
    rows = rows_from(first, chance)
    return chance.choice(FORMATS[kind])(rows, chance, f"{seed:06}")
