"""From the text in an export's cell to a typed value, as DuckDB expressions.

Each function takes SQL of a trimmed, non-empty text and gives SQL that is null when the text is no
such value; `try_cast` alone would let 5.5 pass as the integer 6 and drop the offset of a timestamp.
The common spelling is tried first and costs next to nothing; rarer ones follow in an `else`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import groupby
from zoneinfo import ZoneInfo

from roi_pipeline.domain.contracts import PERSON_TYPES, Column, ColumnType

# Codes of catalogue/messages/sources.toml.
REASONS: dict[ColumnType, str] = {
    "text": "not_an_allowed_value",
    "integer": "not_an_integer",
    "decimal": "not_a_number",
    "money": "not_an_amount",
    "rate": "not_a_rate",
    "boolean": "not_a_yes_or_no",
    "date": "not_a_date",
    "timestamp": "not_a_timestamp",
    "duration": "not_a_duration",
    "phone": "not_a_phone_number",
    "email": "not_an_email_address",
    "person_name": "not_a_name",
}
YES = ("是", "对", "有", "真", "y", "yes", "true", "t", "1", "√", "✓", "on")
NO = ("否", "不", "无", "無", "假", "n", "no", "false", "f", "0", "×", "✗", "off")
WIDE, NARROW = "０１２３４５６７８９．，－＋（）％：／￥＄", "0123456789.,-+()%:/¥$"
CURRENCY = (
    "(?:[¥$€£₩]|CNY|RMB|USD|EUR|GBP|JPY|HKD|TWD|HK\\$|NT\\$|US\\$|人民币|人民幣|元整?|圆|圓|块)"
)
MULTIPLES = {"千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
BLANKS = "\\s\u3000\u00a0\u2009\u202f"
PARTED_DIGITS = f"[0-9.,][{BLANKS}]+[0-9.,]"
BY_THREES = "[^0-9.,]*[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]*)?[^0-9.,]*"
PLAIN_NUMBER = "[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
SECONDS_IN = {"seconds": "1", "minutes": "60"}
CLOCKS = {
    "hh:mm:ss": "[0-9]+:[0-5]?[0-9]:[0-5]?[0-9]([.][0-9]+)?",
    "mm:ss": "[0-9]+:[0-5]?[0-9]([.][0-9]+)?",
}
ISO_DURATION = "P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.][0-9]+)?)S)?)?"


@dataclass(frozen=True, slots=True)
class Notation:
    """How an export writes values where its columns do not say otherwise.

    Attributes:
        timezone: zone of timestamps without offset.
        is_typed: dates were values in the source and arrive in ISO form whatever the formats say.
    """

    timezone: str
    decimal_mark: str = "."
    is_typed: bool = False


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def present_text(column: Column, raw: str) -> str:
    """The trimmed text of a cell; null when the cell is empty or holds a null marker."""
    trimmed = f"trim({raw})"
    markers = sorted({marker.strip() for marker in column.nulls} - {""})
    if markers:
        listed = ", ".join(literal(marker) for marker in ("", *markers))
        return f"case when {trimmed} in ({listed}) then null else {trimmed} end"
    # Trimming every cell costs a third of reading the file; looking at its ends does not.
    return (
        f"case when {raw} < '!' or ends_with({raw}, ' ') then nullif({trimmed}, '') else {raw} end"
    )


def typed_value(column: Column, text: str, notation: Notation) -> str:
    """The value of a cell whose text is `text`; null when it is no value of the column's type."""
    return _CASTS[column.type](column, _mapped(column, text), notation)


def native_type(column: Column, notation: Notation) -> str | None:
    """DuckDB's own type that reads the usual spelling of a column exactly, if there is one.

    A text it refuses may still be a rarer spelling; one it takes means the same to `typed_value`.
    An integer is read as decimal, because DuckDB would round 5.5 to one.
    """
    if column.values or set(column.nulls) - {""} or notation.decimal_mark != ".":
        return None
    match column.type:
        case "integer" | "money":
            return "decimal(18, 4)" if column.unit_scale == 1 else None
        case "decimal" | "rate":
            return "double"
        case "duration":
            return "double" if column.formats in {("seconds",), ("minutes",)} else None
        case _:
            return None


def native_value(column: Column, number: str) -> str:
    """The value of a cell that was read as `native_type`; null when it is none after all."""
    match column.type:
        case "integer":
            return f"case when {number} = trunc({number}) then cast({number} as bigint) end"
        case "money":
            return number
        case "duration":
            seconds = _scaled(number, column.unit_scale)
            if column.formats == ("minutes",):
                seconds = f"({seconds}) * {SECONDS_IN['minutes']}"
            return _finite(seconds)
        case _:
            return _finite(_scaled(number, column.unit_scale))


def implausible_year(column: Column, value: str) -> str | None:
    """SQL true of a value whose year is none the column may have; None where it has no year."""
    if column.type not in {"date", "timestamp"}:
        return None
    first, last = column.years
    return f"({value} < date '{first:04}-01-01' or {value} >= date '{last + 1:04}-01-01')"


def can_fail(column: Column) -> bool:
    """Whether a text in this column may be no value of its type."""
    return column.is_closed or column.type not in {"text", *PERSON_TYPES}


def reason_for(column: Column) -> str:
    """Code of the sentence that says why a text was refused."""
    return "not_an_allowed_value" if column.is_closed else REASONS[column.type]


def rule_for(column: Column) -> str:
    """The rule a refused text broke, as a sentence that is true when healthy."""
    kind = column.type
    return f"{column.name}_is_{'an' if kind[0] in 'aeiou' else 'a'}_{kind}"


def _mapped(column: Column, text: str) -> str:
    if not column.values:
        return text
    cases = " ".join(
        f"when {literal(theirs)} then {literal(ours)}" for theirs, ours in column.values.items()
    )
    other = "null" if column.is_closed else text
    return f"case {text} {cases} else {other} end"


def _narrowed(text: str) -> str:
    """Full-width digits and signs made plain; blanks and underscores gone.

    Null where a blank stands between two digits, unless blanks part them by threes.
    """
    plain = f"translate({text}, '{WIDE}', '{NARROW}')"
    return (
        f"case when regexp_matches({plain}, '{PARTED_DIGITS}') "
        f"and not regexp_full_match({plain}, '{BY_THREES}') then null "
        f"else regexp_replace({plain}, '[{BLANKS}_]', '', 'g') end"
    )


def _number_form(mark: str) -> str:
    """Regular expression of a number without sign, with or without thousands separators."""
    group, point = (",", "[.]") if mark == "." else ("[.]", ",")
    return f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+"


def _unmarked(number: str, mark: str) -> str:
    """The number with a decimal point and without separators."""
    if mark == ".":
        return f"replace({number}, ',', '')"
    return f"replace(replace({number}, '.', ''), ',', '.')"


def _fast_form(mark: str) -> str:
    return PLAIN_NUMBER if mark == "." else "[+-]?[0-9]+"


def _double(text: str, mark: str) -> str:
    """A number in any usual spelling as double."""
    narrow = _narrowed(text)
    form = f"[+-]?(?:{_number_form(mark)})(?:[eE][+-]?[0-9]+)?"
    slow = (
        f"case when regexp_full_match({narrow}, '{form}') "
        f"then try_cast({_unmarked(narrow, mark)} as double) end"
    )
    return (
        f"case when regexp_full_match({text}, '{_fast_form(mark)}') "
        f"then try_cast({text} as double) else {slow} end"
    )


def _scaled(value: str, scale: Decimal) -> str:
    """Multiplied by the column's unit; a division where that is exact in binary."""
    if scale == 1:
        return value
    inverse = 1 / scale
    if inverse == inverse.to_integral_value() and scale * inverse == 1:
        return f"({value}) / {int(inverse)}"
    return f"({value}) * {scale:f}"


def _finite(value: str) -> str:
    return f"case when isfinite({value}) then {value} end"


def _number(column: Column, text: str, notation: Notation) -> str:
    return _finite(_scaled(_double(text, notation.decimal_mark), column.unit_scale))


def _integer(column: Column, text: str, notation: Notation) -> str:
    mark, narrow = notation.decimal_mark, _narrowed(text)
    if column.unit_scale != 1:
        value = _scaled(_double(text, mark), column.unit_scale)
        return f"case when {value} = round({value}) then try_cast({value} as bigint) end"
    form = f"[+-]?(?:{_number_form(mark)})(?:[eE][+-]?[0-9]+)?"
    exact = f"try_cast({_unmarked(narrow, mark)} as decimal(38, 4))"
    whole = (
        f"case when regexp_full_match({narrow}, '{form}') and {exact} = trunc({exact}) "
        f"then {exact} end"
    )
    return (
        f"case when regexp_full_match({text}, '[+-]?[0-9]+') "
        f"then try_cast({text} as bigint) else try_cast({whole} as bigint) end"
    )


def _money(column: Column, text: str, notation: Notation) -> str:
    mark, narrow = notation.decimal_mark, _narrowed(text)
    multiples = "".join(MULTIPLES)
    form = (
        f"(?i)^([(]?)([+-]?){CURRENCY}?([+-]?)({_number_form(mark)})([{multiples}]?)"
        f"{CURRENCY}?([)]?)(-?)$"
    )
    parts = (
        f"regexp_extract({narrow}, {literal(form)}, "
        "['opening', 'sign', 'inner_sign', 'number', 'multiple', 'closing', 'end_sign'])"
    )
    cases = " ".join(f"when '{sign}' then {factor}" for sign, factor in MULTIPLES.items())
    number = _unmarked(f"({parts}).number", mark)
    amount = (
        f"try_cast({number} as decimal(20, 6)) "
        f"* cast(case ({parts}).multiple {cases} else 1 end as decimal(9, 0))"
    )
    if column.unit_scale != 1:
        amount = f"({amount}) * {_decimal(column.unit_scale)}"
    signs = " || ".join(
        f"({parts}).{part}" for part in ("opening", "sign", "inner_sign", "end_sign")
    )
    is_negative = f"regexp_matches({signs}, '[(-]')"
    is_bracketed = f"(({parts}).opening = '(') = (({parts}).closing = ')')"
    slow = (
        f"try(cast(case when not {is_bracketed} then null "
        f"when {is_negative} then -({amount}) else {amount} end as decimal(18, 4)))"
    )
    if column.unit_scale != 1:
        return slow
    return (
        f"case when regexp_full_match({text}, '{_fast_form(mark)}') "
        f"then try_cast({text} as decimal(18, 4)) else {slow} end"
    )


def _decimal(value: Decimal) -> str:
    """An exact decimal literal of few digits, so that products stay within 38."""
    return f"cast({value:f} as decimal(9, 6))"


def _rate(column: Column, text: str, notation: Notation) -> str:
    narrow, mark = _narrowed(text), notation.decimal_mark
    signed = " ".join(
        f"when {narrow} like '%{escaped}' escape '!' "
        f"then ({_double(f'{narrow}[:-2]', mark)}) / {divisor}"
        for escaped, divisor in (("!%", 100), ("‰", 1000))
    )
    plain = _scaled(_double(text, mark), column.unit_scale)
    return _finite(
        f"case when regexp_full_match({text}, '{_fast_form(mark)}') then {plain} "
        f"{signed} else {plain} end"
    )


def _text(_column: Column, text: str, _notation: Notation) -> str:
    return text


def _boolean(_column: Column, text: str, _notation: Notation) -> str:
    listed = [", ".join(literal(word) for word in words) for words in (YES, NO)]
    return (
        f"case when lower({text}) in ({listed[0]}) then true "
        f"when lower({text}) in ({listed[1]}) then false end"
    )


def _starts_with_digit(text: str) -> str:
    """Guards against `infinity`, `epoch` and their like, which DuckDB takes for dates."""
    return f"ascii({text}) between 48 and 57"


def _formats(column: Column) -> Iterator[tuple[bool, list[str]]]:
    """Runs of formats with and without offset, in the declared order."""
    for has_offset, run in groupby(column.formats, key=lambda text: "%z" in text):
        yield has_offset, list(run)


def _listed(formats: Sequence[str]) -> str:
    return "[" + ", ".join(literal(text) for text in formats) + "]"


def _date(column: Column, text: str, notation: Notation) -> str:
    tried = [f"cast(try_strptime({text}, {_listed(run)}) as date)" for _, run in _formats(column)]
    if not column.formats or notation.is_typed:
        tried.append(f"case when {_starts_with_digit(text)} then try_cast({text} as date) end")
    return tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})"


def _timestamp(column: Column, text: str, notation: Notation) -> str:
    zone = column.timezone or notation.timezone
    tried = [
        f"timezone('UTC', try_strptime({text}, {_listed(run)}))"
        if has_offset
        else in_utc(f"try_strptime({text}, {_listed(run)})", zone)
        for has_offset, run in _formats(column)
    ]
    if not column.formats or notation.is_typed:
        tried.append(_iso_timestamp(text, zone))
    return tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})"


def _iso_timestamp(text: str, zone: str) -> str:
    """ISO 8601 with or without offset; 19 characters with a colon at the 17th have none."""
    naive = in_utc(f"try_cast({text} as timestamp)", zone)
    has_offset = f"regexp_matches({text}, ':[0-9.]+ ?(Z|z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)$')"
    return (
        f"case when not {_starts_with_digit(text)} then null "
        f"when strlen({text}) = 19 and substr({text}, 17, 1) = ':' then {naive} "
        f"when {has_offset} then timezone('UTC', try_cast({text} as timestamptz)) "
        f"else {naive} end"
    )


STEADY_FROM, STEADY_TO = 1993, 2037


@cache
def _steady_offset(zone: str) -> timedelta | None:
    """The zone's offset where its clocks were never changed between the steady years."""
    place = ZoneInfo(zone)
    day, end = datetime(STEADY_FROM, 1, 1, tzinfo=UTC), datetime(STEADY_TO + 1, 1, 1, tzinfo=UTC)
    first = day.astimezone(place).utcoffset()
    while day < end:
        if day.astimezone(place).utcoffset() != first:
            return None
        day += timedelta(days=7)
    return first


def in_utc(timestamp: str, zone: str) -> str:
    """A local timestamp in UTC; a plain subtraction where the zone's clocks stand still."""
    by_rules = f"timezone('UTC', timezone({literal(zone)}, {timestamp}))"
    offset = _steady_offset(zone)
    if offset is None:
        return by_rules
    seconds = int(offset.total_seconds())
    return (
        f"case when year({timestamp}) between {STEADY_FROM + 1} and {STEADY_TO - 1} "
        f"then {timestamp} - interval '{seconds} seconds' else {by_rules} end"
    )


def _duration(column: Column, text: str, notation: Notation) -> str:
    names = column.formats or ("seconds", "hh:mm:ss", "iso")
    if notation.is_typed and "hh:mm:ss" not in names:
        names = (*names, "hh:mm:ss")
    tried = [_duration_in(name, column, text, notation) for name in names]
    return _finite(tried[0] if len(tried) == 1 else f"coalesce({', '.join(tried)})")


def _duration_in(name: str, column: Column, text: str, notation: Notation) -> str:
    if name in SECONDS_IN:
        value = _scaled(_double(text, notation.decimal_mark), column.unit_scale)
        return value if name == "seconds" else f"({value}) * {SECONDS_IN[name]}"
    if name == "iso":
        parts = f"regexp_extract({text}, '^{ISO_DURATION}$', ['d', 'h', 'm', 's'])"
        units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
        summed = " + ".join(
            f"coalesce(try_cast(nullif(({parts}).{part}, '') as double), 0) * {seconds}"
            for part, seconds in units.items()
        )
        return f"case when regexp_matches({text}, '^{ISO_DURATION}$') and {text} ~ '.*[0-9].*' then {summed} end"
    narrow = _narrowed(text)
    parts = f"string_split(ltrim({narrow}, '+-'), ':')"
    weights = (3600, 60, 1) if name == "hh:mm:ss" else (60, 1)
    summed = " + ".join(
        f"try_cast({parts}[{place}] as double) * {weight}"
        for place, weight in enumerate(weights, 1)
    )
    return (
        f"case when regexp_full_match({narrow}, '[+-]?{CLOCKS[name]}') then "
        f"(case when {narrow} like '-%' then -1 else 1 end) * ({summed}) end"
    )


_CASTS: Mapping[ColumnType, Callable[[Column, str, Notation], str]] = {
    "text": _text,
    "integer": _integer,
    "decimal": _number,
    "money": _money,
    "rate": _rate,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "duration": _duration,
    "phone": _text,
    "email": _text,
    "person_name": _text,
}
