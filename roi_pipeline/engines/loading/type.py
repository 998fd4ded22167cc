"""The query that reads one file: its rows as texts, their typed values, and what is wrong with them.

Every column is read as text and cast by an expression that knows its spellings, all in one pass. A
row with a value that is none carries what went wrong in `_failures`, a column only staged rows have,
until `deliver` moves it to quarantine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from roi_pipeline.domain.contracts import PERSON_TYPES, Column, Contract, FileLocation, Limits
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.personal import MASK
from roi_pipeline.engines.loading.casts import (
    Notation,
    can_fail,
    implausible_year,
    native_value,
    present_text,
    reason_for,
    rule_for,
    typed_value,
)
from roi_pipeline.engines.loading.expressions import (
    all_of,
    any_of,
    call,
    called,
    cast,
    is_absent,
    is_among,
    is_present,
    kept,
    matches,
    name,
    null,
    number,
    rows,
    shown_start,
    sql_of,
    text,
    texts,
    tried,
    when,
)
from roi_pipeline.engines.loading.headers import HeaderMatch

FAILURES = "_failures"
# What a cell of such a column holds when the cells of its row are shifted.
NOT_OF_TYPE = {"phone": "^[^0-9０-９]*$", "email": "^[^@＠]*$", "person_name": "[0-9@＠]"}
FAILURE_TYPE = 'struct("column" varchar, "value" varchar, "rule" varchar, "reason" varchar)[]'
REJECTS, SCANS = "_roi_rejects", "_roi_reject_scans"
PEOPLE_ROWS = "temp._roi_people_rows"
BROKEN_LINE = "broken_line"


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as it is to be read.

    Attributes:
        path: the readable text or Parquet.
        match: where the contract's columns stand in the file.
        notation: how its values are written.
        natives: places in the contract of columns DuckDB reads as numbers by itself, with the type.
    """

    contract: Contract
    delivery: Delivery
    path: str
    match: HeaderMatch
    notation: Notation
    natives: Mapping[int, str] = field(default_factory=dict[int, str])

    @property
    def columns(self) -> list[tuple[int, Column]]:
        """Columns of the contract with their place in it."""
        return list(enumerate(self.contract.columns))

    @property
    def places(self) -> dict[int, int]:
        """Place of a column in the contract → its place in the file, where it has one."""
        positions = self.match.positions
        return {n: positions[each.name] for n, each in self.columns if each.name in positions}

    @property
    def people(self) -> list[tuple[int, Column]]:
        """Columns about people, with their place in the contract."""
        return [(n, column) for n, column in self.columns if column.type in PERSON_TYPES]

    def typed(self, place: int) -> exp.Expr:
        """The typed value of the column at that place in the contract, from its present text."""
        column = self.contract.columns[place]
        if column.type in PERSON_TYPES:
            return present(place)
        if place in self.natives:
            return native_value(column, present(place))
        return typed_value(column, present(place), self.notation)


def present(place: int) -> exp.Expr:
    """The present text, or native number, of the column at that place in the contract."""
    return name(f"r{place}")


def value(place: int) -> exp.Expr:
    """The typed value of the column at that place in the contract."""
    return name(f"v{place}")


@dataclass(frozen=True, slots=True)
class Failure:
    """What may be wrong with a row: a condition, and the reason recorded in quarantine when it holds.

    Attributes:
        value: the value as it may be shown.
    """

    condition: exp.Expr
    column: str | None
    value: exp.Expr
    rule: str
    reason: str

    @property
    def entry(self) -> exp.Expr:
        """The failure as one entry of the column."""
        column = null("varchar") if self.column is None else text(self.column)
        fields = (column, self.value, text(self.rule), text(self.reason))
        return struct(dict(zip(("column", "value", "rule", "reason"), fields, strict=True)))


def struct(fields: Mapping[str, exp.Expr]) -> exp.Expr:
    """One value of several named parts."""
    parts = [exp.PropertyEQ(this=text(key), expression=each) for key, each in fields.items()]
    return exp.Struct(expressions=parts)


def failed(failures: Sequence[Failure]) -> exp.Expr:
    """The list of the failures that hold; null for a healthy row."""
    if not failures:
        return null(FAILURE_TYPE)
    is_any = any_of(*(failure.condition for failure in failures))
    entries = [when((failure.condition, failure.entry)) for failure in failures]
    is_one = exp.Lambda(
        this=is_present(name("failure")), expressions=[exp.to_identifier("failure")]
    )
    return when((is_any, call("list_filter", exp.Array(expressions=entries), is_one)))


def _failures(reading: Reading) -> list[Failure]:
    failures = [
        Failure(
            all_of(is_present(present(place)), is_absent(value(place))),
            column.name,
            _shown(reading, place, column),
            rule_for(column),
            reason_for(column),
        )
        for place, column in reading.columns
        if can_fail(column) and column.type not in PERSON_TYPES
    ]
    failures += [
        Failure(
            implausible,
            column.name,
            _shown(reading, place, column),
            f"{column.name}_has_a_plausible_year",
            "year_not_plausible",
        )
        for place, column in reading.columns
        if place in reading.places
        and (implausible := implausible_year(column, value(place))) is not None
    ]
    if reading.delivery.has_nul_bytes:
        failures += [_nul_failure(place, column) for place, column in reading.columns]
    if reading.delivery.kind == "jsonl":
        line = name(BROKEN_LINE)
        shown = text(MASK) if reading.people else shown_start(line)
        failures.append(Failure(is_present(line), None, shown, "line_is_an_object", "not_json"))
    return failures


def _shown(reading: Reading, place: int, column: Column) -> exp.Expr:
    """A failed value as it may be shown.

    Beside columns of people, a value that could be a name stands for itself in no column of numbers
    or dates, and none of a row whose cells seem shifted is shown at all.
    """
    hides_names = bool(reading.people) and column.type != "text"
    shown = shown_start(cast(present(place), "varchar"), hides_names=hides_names)
    shifted = [
        matches(cast(present(other), "varchar"), pattern)
        for other, person in reading.people
        if (pattern := NOT_OF_TYPE.get(person.type)) and other in reading.places
    ]
    return when((any_of(*shifted), text(MASK)), other=shown) if shifted else shown


def _nul_failure(place: int, column: Column) -> Failure:
    nul = call("chr", 0)
    shown = shown_start(call("replace", present(place), nul, "␀"))
    return Failure(
        call("contains", present(place), nul),
        column.name,
        text(MASK) if column.type in PERSON_TYPES else shown,
        f"{column.name}_has_no_nul_bytes",
        "has_nul_bytes",
    )


def raw_rows(reading: Reading) -> exp.Select:
    """The file's rows with the present text `r<n>` of every column of the contract."""
    match reading.delivery.kind:
        case "csv":
            sources = {n: name(f"c{place}") for n, place in reading.places.items()}
            return rows(_selected(reading, sources), csv_scan(reading))
        case "jsonl":
            return _json_rows(reading)
        case "parquet":
            return _parquet_rows(reading)


def _selected(reading: Reading, sources: Mapping[int, exp.Expr]) -> list[exp.Expr]:
    """Present texts of all columns, numbers of native ones; null where the file has no such column."""

    def cell(place: int, column: Column) -> exp.Expr:
        if place not in sources:
            return null("varchar")
        return sources[place] if place in reading.natives else present_text(column, sources[place])

    return [called(cell(place, column), f"r{place}") for place, column in reading.columns]


def csv_scan(reading: Reading) -> exp.Expr:
    """A text file's cells as `c<place>`; lines that are no rows go to the list of rejects."""
    delivery, places = reading.delivery, reading.places
    types = {places[n]: kind for n, kind in reading.natives.items() if n in places}
    columns = {f"c{place}": types.get(place, "varchar") for place in range(len(delivery.headers))}
    return _scan(
        reading, columns, header=exp.true(), skip=number(delivery.skipped_lines),
        delim=text(delivery.delimiter), quote=text('"'), escape=text('"'),
    )  # fmt: skip


def _scan(reading: Reading, columns: Mapping[str, str], **options: exp.Expr) -> exp.Expr:
    """The call that reads a text file strictly, of cells of these types."""
    location = reading.contract.location
    limits = location.limits if isinstance(location, FileLocation) else Limits()
    given = {
        "columns": struct({column: text(kind) for column, kind in columns.items()}),
        **options,
        "auto_detect": exp.false(),
        "strict_mode": exp.true(),
        "store_rejects": exp.true(),
        "rejects_limit": number(0),
        "max_line_size": number(limits.cell_bytes),
        "rejects_table": text(REJECTS),
        "rejects_scan": text(SCANS),
    }
    named = [exp.EQ(this=exp.var(option), expression=each) for option, each in given.items()]
    return call("read_csv", text(reading.path), *named)


def _json_rows(reading: Reading) -> exp.Select:
    """Lines that are no JSON object come as rows that carry the line; empty lines are no rows."""
    headers, places = reading.delivery.headers, reading.places
    keys = [
        headers[places[n]] if n in places else (column.headers or (column.name,))[0]
        for n, column in reading.columns
    ]
    paths = texts(
        [key if key.startswith("/") else "$." + json.dumps(key, ensure_ascii=False) for key in keys]
    )
    line = name("line")
    cells = call("json_extract_string", line, paths)
    if reading.notation.decimal_mark == ",":
        cells = _with_comma(cells, call("json_type", line, paths))
    kind = call("try", call("json_type", line))
    is_object = call("coalesce", exp.EQ(this=kind, expression=text("OBJECT")), exp.false())
    scan = _scan(
        reading, {"line": "VARCHAR"}, header=exp.false(), delim=text(chr(31)), quote=text(""),
        escape=text(""),
    )  # fmt: skip
    objects = rows(
        [
            called(when((is_object, cells)), "cells"),
            called(when((is_object, null()), other=line), BROKEN_LINE),
        ],
        rows([called(call("trim", line), "line")], scan),
        where=exp.Where(this=exp.NEQ(this=line, expression=text(""))),
    )
    found = {n: call("list_extract", name("cells"), n + 1) for n in range(len(keys))}
    return rows([*_selected(reading, found), name(BROKEN_LINE)], objects)


def _with_comma(cells: exp.Expr, kinds: exp.Expr) -> exp.Expr:
    """JSON numbers as the export writes its texts, whose decimal mark is a comma."""
    found, kind = (call("struct_extract", name("cell"), place) for place in (1, 2))
    is_number = is_among(kind, ("DOUBLE", "BIGINT", "UBIGINT"))
    written = when((is_number, call("replace", found, ".", ",")), other=found)
    each = exp.Lambda(this=written, expressions=[exp.to_identifier("cell")])
    return call("list_transform", call("list_zip", cells, kinds), each)


def _parquet_rows(reading: Reading) -> exp.Select:
    """What `sources` made of a sheet or a query has numbered columns, a delivered file its own."""
    location, delivery = reading.contract.location, reading.delivery
    has_own_names = isinstance(location, FileLocation) and location.kind == "parquet"

    def cell(place: int) -> exp.Expr:
        stored = delivery.headers[place] if has_own_names else f"c{place}"
        written = cast(name(stored, quoted=has_own_names), "varchar")
        # A decimal mark is a matter of texts alone.
        is_number = reading.notation.decimal_mark == "," and place in delivery.number_places
        return call("replace", written, ".", ",") if is_number else written

    sources = {n: cell(place) for n, place in reading.places.items()}
    return rows(_selected(reading, sources), call("read_parquet", text(reading.path)))


def typed_rows(reading: Reading) -> exp.Select:
    """The file's rows with every present text `r<n>` and its typed value `v<n>`.

    Texts of people stay as they are: they are replaced before the row is stored.
    """
    values = [called(reading.typed(place), f"v{place}") for place, _ in reading.columns]
    return rows([exp.Star(), *values], raw_rows(reading))


def file_rows(reading: Reading) -> str:
    """SQL of the values of every column, then the file's id, then the failures, as they are stored."""
    values = [value(place) for place, _ in reading.columns]
    origin, failures = text(reading.delivery.file_id), failed(_failures(reading))
    return sql_of(rows([*values, origin, failures], typed_rows(reading)))


def cells_counted(reading: Reading) -> str:
    """SQL that reads every cell of the file and keeps none."""
    cells = [call("count", present(place)) for place, _ in reading.columns]
    return sql_of(rows(cells, raw_rows(reading)))


def fits_natively(reading: Reading, kinds: Mapping[int, str], *, first: int) -> str:
    """SQL that tells of each column whether its first values are what DuckDB itself reads as the type."""
    cells = ((name(f"c{reading.places[place]}"), kind) for place, kind in kinds.items())
    tests = [
        call("bool_and", any_of(is_absent(cell), is_present(tried(cell, kind))))
        for cell, kind in cells
    ]
    limit = exp.Limit(expression=number(first))
    return sql_of(rows(tests, rows([exp.Star()], csv_scan(reading), limit=limit)))


def hashed_rows(reading: Reading, numbered: exp.Expr) -> str:
    """SQL of the rows in `PEOPLE_ROWS` with hashes for people, of `_roi_people_<place>`, and row numbers."""
    stored = rows([called(name("rowid"), "_roi_place"), exp.Star()], exp.to_table(PEOPLE_ROWS))
    hashes, joins, failures = dict[str, exp.Expr](), list[exp.Join](), list[Failure]()
    for place, column in reading.people:
        mapping, raw = f"_roi_people_{place}", kept(column.name)
        hashes[column.name] = name("hashed", of=mapping)
        is_same = exp.EQ(this=raw, expression=name("raw", of=mapping))
        joins.append(exp.Join(this=exp.to_table(mapping), on=is_same, side="LEFT"))
        is_none = all_of(is_present(raw), is_absent(hashes[column.name]))
        # A text that is no value of a person's column is never shown.
        failures.append(
            Failure(is_none, column.name, text(MASK), rule_for(column), reason_for(column))
        )
    values = [hashes.get(each.name, kept(each.name)) for each in reading.contract.columns]
    everything = [*values, kept("source_file_id"), numbered, _all_failures(failures)]
    query = rows(everything, stored.subquery("kept", copy=False))
    query.set("joins", joins)
    return sql_of(query)


def _all_failures(here: Sequence[Failure]) -> exp.Expr:
    """What was wrong before people were hashed, and what is since."""
    earlier = kept(FAILURES)
    if not here:
        return earlier
    known = call("coalesce", earlier, exp.Array(expressions=[]))
    found = failed(here)
    return when((is_absent(found), earlier), other=call("list_concat", known, found))


def rows_with(table: str, **values: exp.Expr) -> str:
    """SQL of the places of an export's rows with generated values beside them."""
    made = [called(each, alias) for alias, each in values.items()]
    places = [name("source_file_id"), name("source_row_number")]
    return sql_of(rows([*places, *made], exp.to_table(table, dialect="duckdb")))
