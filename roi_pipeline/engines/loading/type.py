"""The SQL that reads one file: its rows as texts, their typed values, and what is wrong with them.

Every column is read as text and cast by an expression that knows its spellings, all in one pass. A
row with a value that is none carries what went wrong in `_failures`, a column only staged rows have,
until `deliver` moves it to quarantine.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from roi_pipeline.domain.contracts import PERSON_TYPES, Column, Contract, FileLocation, Limits
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.personal import MASK, shown_sql
from roi_pipeline.engines.loading.casts import (
    Notation,
    can_fail,
    implausible_year,
    literal,
    native_value,
    present_text,
    quoted,
    reason_for,
    rule_for,
    typed_value,
)
from roi_pipeline.engines.loading.headers import HeaderMatch

FAILURES = "_failures"
# What a cell of such a column holds when the cells of its row are shifted.
NOT_OF_TYPE = {"phone": "^[^0-9０-９]*$", "email": "^[^@＠]*$", "person_name": "[0-9@＠]"}
FAILURE_TYPE = 'struct("column" varchar, "value" varchar, "rule" varchar, "reason" varchar)[]'
NO_FAILURES = f"cast(null as {FAILURE_TYPE})"
LONGEST_VALUE = 200
REJECTS, SCANS = "_roi_rejects", "_roi_reject_scans"
PEOPLE_ROWS = "temp._roi_people_rows"


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
    def places(self) -> dict[int, int]:
        """Place of a column in the contract → its place in the file, where it has one."""
        names = enumerate(column.name for column in self.contract.columns)
        positions = self.match.positions
        return {number: positions[name] for number, name in names if name in positions}

    def value(self, number: int) -> str:
        """SQL of the typed value of the column at that place in the contract."""
        column = self.contract.columns[number]
        if column.type in PERSON_TYPES:
            return f"r{number}"
        if number in self.natives:
            return native_value(column, f"r{number}")
        return typed_value(column, f"r{number}", self.notation)

    @property
    def people(self) -> list[tuple[int, Column]]:
        """Columns about people, with their place in the contract."""
        columns = enumerate(self.contract.columns)
        return [(number, column) for number, column in columns if column.type in PERSON_TYPES]


@dataclass(frozen=True, slots=True)
class Failure:
    """What may be wrong with a row: an SQL condition, and the reason recorded in quarantine when it holds.

    Attributes:
        value: SQL of the value as it may be shown.
    """

    condition: str
    column: str | None
    value: str
    rule: str
    reason: str

    @property
    def entry(self) -> str:
        """SQL of the failure as one entry of the column."""
        name = "cast(null as varchar)" if self.column is None else literal(self.column)
        return (
            f"{{'column': {name}, 'value': {self.value}, "
            f"'rule': {literal(self.rule)}, 'reason': {literal(self.reason)}}}"
        )


def raw_rows(reading: Reading) -> str:
    """SQL of the file's rows with the present text `r<n>` of every column of the contract."""
    match reading.delivery.kind:
        case "csv":
            return _csv_rows(reading)
        case "jsonl":
            return _json_rows(reading)
        case "parquet":
            return _parquet_rows(reading)


def typed_rows(reading: Reading) -> str:
    """SQL of the values of every column, then the file's id, then the failures.

    Texts of people stay as they are: they are replaced before the row is stored.
    """
    values = [reading.value(number) for number in range(len(reading.contract.columns))]
    origin = literal(reading.delivery.file_id)
    return ", ".join((*values, origin, failed(_failures(reading))))


def failed(failures: Sequence[Failure]) -> str:
    """SQL of the list of the failures that hold; null for a healthy row."""
    if not failures:
        return NO_FAILURES
    any_of = " or ".join(f"({failure.condition})" for failure in failures)
    each = ", ".join(
        f"case when {failure.condition} then {failure.entry} end" for failure in failures
    )
    return f"case when {any_of} then list_filter([{each}], lambda failure: failure is not null) end"


def _failures(reading: Reading) -> list[Failure]:
    columns = list(enumerate(reading.contract.columns))
    failures = [
        Failure(
            f"r{number} is not null and {reading.value(number)} is null",
            column.name,
            _shown(reading, number, column),
            rule_for(column),
            reason_for(column),
        )
        for number, column in columns
        if can_fail(column) and column.type not in PERSON_TYPES
    ]
    failures += [
        Failure(
            implausible,
            column.name,
            _shown(reading, number, column),
            f"{column.name}_has_a_plausible_year",
            "year_not_plausible",
        )
        for number, column in columns
        if number in reading.places
        and (implausible := implausible_year(column, reading.value(number)))
    ]
    if reading.delivery.has_nul_bytes:
        failures += [_nul_failure(number, column) for number, column in columns]
    if reading.delivery.kind == "jsonl":
        shown = shown_sql("broken_line")
        value = literal(MASK) if reading.people else f"left({shown}, {LONGEST_VALUE})"
        failures.append(
            Failure("broken_line is not null", None, value, "line_is_an_object", "not_json")
        )
    return failures


def _shown(reading: Reading, number: int, column: Column) -> str:
    """SQL of a failed value as it may be shown.

    Beside columns of people, a value that could be a name stands for itself in no column of numbers
    or dates, and none of a row whose cells seem shifted is shown at all.
    """
    text = f"cast(r{number} as varchar)"
    hides_names = bool(reading.people) and column.type != "text"
    shown = f"left({shown_sql(text, hides_names=hides_names)}, {LONGEST_VALUE})"
    shifted = [
        f"regexp_matches(cast(r{place} as varchar), {literal(pattern)})"
        for place, person in reading.people
        if (pattern := NOT_OF_TYPE.get(person.type)) and place in reading.places
    ]
    if not shifted:
        return shown
    return f"case when {' or '.join(shifted)} then {literal(MASK)} else {shown} end"


def _nul_failure(number: int, column: Column) -> Failure:
    visible = shown_sql(f"replace(r{number}, chr(0), '␀')")
    shown = f"left({visible}, {LONGEST_VALUE})"
    return Failure(
        f"contains(r{number}, chr(0))",
        column.name,
        literal(MASK) if column.type in PERSON_TYPES else shown,
        f"{column.name}_has_no_nul_bytes",
        "has_nul_bytes",
    )


def person_failure(column: Column, condition: str) -> Failure:
    """A text that is no value of a person's column; it is never shown."""
    return Failure(condition, column.name, literal(MASK), rule_for(column), reason_for(column))


def _selected(reading: Reading, sources: Mapping[int, str]) -> str:
    """Present texts of all columns, numbers of native ones; null where the file has no such column."""

    def cell(place: int, column: Column) -> str:
        if place not in sources:
            return "cast(null as varchar)"
        return sources[place] if place in reading.natives else present_text(column, sources[place])

    columns = enumerate(reading.contract.columns)
    return ", ".join(f"{cell(place, column)} as r{place}" for place, column in columns)


def _strictly(reading: Reading) -> str:
    location = reading.contract.location
    limits = location.limits if isinstance(location, FileLocation) else Limits()
    return (
        "auto_detect = false, strict_mode = true, store_rejects = true, rejects_limit = 0, "
        f"max_line_size = {limits.cell_bytes}, "
        f"rejects_table = '{REJECTS}', rejects_scan = '{SCANS}'"
    )


def _csv_rows(reading: Reading) -> str:
    selected = _selected(reading, {n: f"c{place}" for n, place in reading.places.items()})
    return f"select {selected} from {csv_scan(reading)}"


def csv_scan(reading: Reading) -> str:
    """SQL of a text file's cells as `c<place>`; lines that are no rows go to the list of rejects."""
    delivery, places = reading.delivery, reading.places
    types = {places[n]: kind for n, kind in reading.natives.items() if n in places}
    columns = ", ".join(
        f"'c{place}': '{types.get(place, 'varchar')}'" for place in range(len(delivery.headers))
    )
    return (
        f"read_csv({literal(reading.path)}, columns = {{{columns}}}, "
        f"header = true, skip = {delivery.skipped_lines}, delim = {literal(delivery.delimiter)}, "
        f"quote = '\"', escape = '\"', {_strictly(reading)})"
    )


def _json_rows(reading: Reading) -> str:
    """Lines that are no JSON object come as rows that carry the line; empty lines are no rows."""
    headers, places = reading.delivery.headers, reading.places
    keys = [
        headers[places[n]] if n in places else (column.headers or (column.name,))[0]
        for n, column in enumerate(reading.contract.columns)
    ]
    paths = ", ".join(
        literal(key if key.startswith("/") else "$." + json.dumps(key, ensure_ascii=False))
        for key in keys
    )
    selected = _selected(reading, {n: f"cells[{n + 1}]" for n in range(len(keys))})
    texts = f"json_extract_string(line, [{paths}])"
    if reading.notation.decimal_mark == ",":
        texts = (
            f"list_transform(list_zip({texts}, json_type(line, [{paths}])), lambda cell: "
            "case when cell[2] in ('DOUBLE', 'BIGINT', 'UBIGINT') "
            "then replace(cell[1], '.', ',') else cell[1] end)"
        )
    lines = (
        f"select trim(line) as line from read_csv({literal(reading.path)}, "
        f"columns = {{'line': 'VARCHAR'}}, header = false, delim = {literal(chr(31))}, "
        f"quote = '', escape = '', {_strictly(reading)})"
    )
    is_object = "coalesce(try(json_type(line)) = 'OBJECT', false)"
    return (
        f"select {selected}, broken_line from (select "
        f"case when {is_object} then {texts} end as cells, "
        f"case when {is_object} then null else line end as broken_line "
        f"from ({lines}) where line <> '')"
    )


def _parquet_rows(reading: Reading) -> str:
    """What `sources` made of a sheet or a query has numbered columns, a delivered file its own."""
    location = reading.contract.location
    has_own_names = isinstance(location, FileLocation) and location.kind == "parquet"
    headers = reading.delivery.headers
    names = {
        n: quoted(headers[place]) if has_own_names else f"c{place}"
        for n, place in reading.places.items()
    }
    texts = {
        n: _number_text(reading, f"cast({name} as varchar)", reading.places[n])
        for n, name in names.items()
    }
    selected = _selected(reading, texts)
    return f"select {selected} from read_parquet({literal(reading.path)})"


def _number_text(reading: Reading, text: str, place: int) -> str:
    """SQL of a value as the export writes its texts: a decimal mark is a matter of texts alone."""
    if reading.notation.decimal_mark == "," and place in reading.delivery.number_places:
        return f"replace({text}, '.', ',')"
    return text


def rows_with(table: str, **values: str) -> str:
    """SQL of the places of an export's rows with generated values beside them."""
    made = ", ".join(f"{value} as {name}" for name, value in values.items())
    return f"select source_file_id, source_row_number, {made} from {table}"


def file_rows(reading: Reading) -> str:
    """SQL of the typed rows of a file, as they are stored."""
    return f"select {typed_rows(reading)} from ({raw_rows(reading)})"


def cells_counted(reading: Reading) -> str:
    """SQL that reads every cell of the file and keeps none."""
    cells = ", ".join(f"count(r{number})" for number in range(len(reading.contract.columns)))
    return f"select {cells} from ({raw_rows(reading)})"


def fits_natively(reading: Reading, kinds: Mapping[int, str], *, rows: int) -> str:
    """SQL that tells of each column whether its first values are what DuckDB itself reads as the type."""
    cells = ((f"c{reading.places[number]}", kind) for number, kind in kinds.items())
    tests = ", ".join(
        f"bool_and({cell} is null or try_cast({cell} as {kind}) is not null)"
        for cell, kind in cells
    )
    return f"select {tests} from (select * from {csv_scan(reading)} limit {rows})"


def hashed_rows(reading: Reading, number: str) -> str:
    """SQL of the rows in `PEOPLE_ROWS` with hashes for people, of `_roi_people_<place>`, and row numbers."""
    joins, values, failures = list[str](), dict[str, str](), list[Failure]()
    for place, column in reading.people:
        mapping, name = f"_roi_people_{place}", f"kept.{quoted(column.name)}"
        joins.append(f"left join {mapping} on {name} = {mapping}.raw")
        values[column.name] = f"{mapping}.hashed"
        failures.append(person_failure(column, f"{name} is not null and {mapping}.hashed is null"))
    all_failures = f"kept.{FAILURES}"
    if failures:
        here = failed(failures)
        all_failures = (
            f"case when ({here}) is null then {all_failures} "
            f"else list_concat(coalesce({all_failures}, []), {here}) end"
        )
    selected = ", ".join(
        values.get(column.name, f"kept.{quoted(column.name)}")
        for column in reading.contract.columns
    )
    return (
        f"select {selected}, kept.source_file_id, {number}, {all_failures} "
        f"from (select rowid as _roi_place, * from {PEOPLE_ROWS}) as kept {' '.join(joins)}"
    )
