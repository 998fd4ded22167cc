"""From the text in an export's cell to a typed value, as DuckDB expressions.

Each function takes a column of trimmed, non-empty texts and gives an expression that is null when
the text is no such value; `try_cast` alone would let 5.5 pass as the integer 6 and drop the offset of
a timestamp. The common spelling is tried first and costs next to nothing; rarer ones follow in an
`else`, which DuckDB computes for the rows that need it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from sqlglot import exp

from roi_pipeline.domain.calendars import period_format
from roi_pipeline.domain.contracts import NO_WORDS, PERSON_TYPES, YES_WORDS, Column, ColumnType
from roi_pipeline.engines.loading.expressions import (
    Named,
    all_of,
    any_of,
    call,
    cast,
    coalesced,
    fits,
    is_among,
    is_not,
    let,
    matches,
    null,
    number,
    over,
    replaced,
    summed,
    text,
    texts,
    times,
    tried,
    when,
)
from roi_pipeline.engines.loading.named_dates import named_date
from roi_pipeline.engines.loading.zones import in_utc

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
WIDE, NARROW = "０１２３４５６７８９．，－＋（）％：／￥＄", "0123456789.,-+()%:/¥$"
CURRENCY = (
    "(?:[¥$€£₩]|CNY|RMB|USD|EUR|GBP|JPY|HKD|TWD|HK\\$|NT\\$|US\\$|人民币|人民幣|元整?|圆|圓|块)"
)
MULTIPLES = {"千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
BLANKS = "\\s\u3000\u00a0\u2009\u202f"
PARTED_DIGITS = f"[0-9.,][{BLANKS}]+[0-9.,]"
BY_THREES = "[^0-9.,]*[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]*)?[^0-9.,]*"
PLAIN_NUMBER = "[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
SECONDS_IN = {"seconds": 1, "minutes": 60}
CLOCKS = {
    "hh:mm:ss": "[0-9]+:[0-5]?[0-9]:[0-5]?[0-9]([.][0-9]+)?",
    "mm:ss": "[0-9]+:[0-5]?[0-9]([.][0-9]+)?",
}
ISO_DURATION = "P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:[.][0-9]+)?)S)?)?"
ISO_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
OFFSET = ":[0-9.]+ ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?)$"


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


def present_text(column: Column, raw: exp.Expr) -> exp.Expr:
    """The trimmed text of a cell; null when the cell is empty or holds a null marker."""
    trimmed = call("trim", raw)
    markers = sorted({marker.strip() for marker in column.nulls} - {""})
    if markers:
        return when((is_among(trimmed, ["", *markers]), null()), other=trimmed)
    # Trimming every cell costs a third of reading the file; looking at its ends does not.
    starts_blank = exp.LT(this=raw, expression=text("!"))
    ends_blank = call("ends_with", raw, " ")
    return when((any_of(starts_blank, ends_blank), call("nullif", trimmed, "")), other=raw)


def typed_value(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    """The value of a cell by its text; null when it is no value of the column's type."""
    return _CASTS[column.type](column, _mapped(column, cell), notation)


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


def native_value(column: Column, read: exp.Expr) -> exp.Expr:
    """The value of a cell that was read as `native_type`; null when it is none after all."""
    match column.type:
        case "integer":
            return when((exp.EQ(this=read, expression=call("trunc", read)), cast(read, "bigint")))
        case "money":
            return read
        case "duration":
            seconds = _scaled(read, column.unit_scale)
            if column.formats == ("minutes",):
                seconds = times(seconds, number(SECONDS_IN["minutes"]))
            return _finite(seconds)
        case _:
            return _finite(_scaled(read, column.unit_scale))


def implausible_year(column: Column, value: exp.Expr) -> exp.Expr | None:
    """True of a value whose year is none the column may have; None where it has no year."""
    if column.type not in {"date", "timestamp"}:
        return None
    first, last = column.years
    start, end = (cast(text(f"{year:04}-01-01"), "date") for year in (first, last + 1))
    return any_of(exp.LT(this=value, expression=start), exp.GTE(this=value, expression=end))


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


def _mapped(column: Column, cell: exp.Expr) -> exp.Expr:
    if not column.values:
        return cell
    cases = [exp.If(this=text(a), true=text(b)) for a, b in column.values.items()]
    return exp.Case(this=cell, ifs=cases, default=null() if column.is_closed else cell)


def _with_narrow(cell: exp.Expr, body: Named) -> exp.Expr:
    """`body` of the text with full-width digits and signs made plain, blanks and underscores gone.

    Null where a blank stands between two digits, unless blanks part them by threes.
    """

    def narrowed(plain: exp.Expr) -> exp.Expr:
        is_parted = all_of(matches(plain, PARTED_DIGITS), is_not(fits(plain, BY_THREES)))
        return when((is_parted, null()), other=replaced(plain, f"[{BLANKS}_]", ""))

    return let("narrow", let("plain", call("translate", cell, WIDE, NARROW), narrowed), body)


def _number_form(mark: str) -> str:
    """Regular expression of a number without sign, with or without thousands separators."""
    group, point = (",", "[.]") if mark == "." else ("[.]", ",")
    return f"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+"


def _signed_form(mark: str) -> str:
    return f"[+-]?(?:{_number_form(mark)})(?:[eE][+-]?[0-9]+)?"


def _unmarked(digits: exp.Expr, mark: str) -> exp.Expr:
    """The number with a decimal point and without separators."""
    if mark == ".":
        return call("replace", digits, ",", "")
    return call("replace", call("replace", digits, ".", ""), ",", ".")


def _is_plain(cell: exp.Expr, mark: str) -> exp.Expr:
    return fits(cell, PLAIN_NUMBER if mark == "." else "[+-]?[0-9]+")


def _double(cell: exp.Expr, mark: str) -> exp.Expr:
    """A number in any usual spelling as double."""
    slow = _with_narrow(cell, lambda narrow: _double_of_narrow(narrow, mark))
    return when((_is_plain(cell, mark), tried(cell, "double")), other=slow)


def _double_of_narrow(narrow: exp.Expr, mark: str) -> exp.Expr:
    return when((fits(narrow, _signed_form(mark)), tried(_unmarked(narrow, mark), "double")))


def _scaled(value: exp.Expr, scale: Decimal) -> exp.Expr:
    """Multiplied by the column's unit; a division where that is exact in binary."""
    if scale == 1:
        return value
    inverse = 1 / scale
    if inverse == inverse.to_integral_value() and scale * inverse == 1:
        return over(value, int(inverse))
    return times(value, number(f"{scale:f}"))


def _finite(value: exp.Expr) -> exp.Expr:
    return when((call("isfinite", value), value))


def _number(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    return _finite(_scaled(_double(cell, notation.decimal_mark), column.unit_scale))


def _integer(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    mark = notation.decimal_mark

    def if_whole(narrow: exp.Expr, exact: exp.Expr) -> exp.Expr:
        is_whole = exp.EQ(this=exact, expression=call("trunc", exact))
        return when((all_of(fits(narrow, _signed_form(mark)), is_whole), exact))

    def whole(narrow: exp.Expr) -> exp.Expr:
        exact = tried(_unmarked(narrow, mark), "decimal(38, 4)")
        return let("exact", exact, lambda exact: if_whole(narrow, exact))

    if column.unit_scale != 1:
        return let(
            "scaled",
            _scaled(_double(cell, mark), column.unit_scale),
            lambda scaled: when(
                (exp.EQ(this=scaled, expression=call("round", scaled)), tried(scaled, "bigint"))
            ),
        )
    slow = tried(_with_narrow(cell, whole), "bigint")
    return when((fits(cell, "[+-]?[0-9]+"), tried(cell, "bigint")), other=slow)


def _money(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    mark = notation.decimal_mark
    multiples = "".join(MULTIPLES)
    form = (
        f"(?i)^([(]?)([+-]?){CURRENCY}?([+-]?)({_number_form(mark)})([{multiples}]?)"
        f"{CURRENCY}?([)]?)(-?)$"
    )
    names = ["opening", "sign", "inner_sign", "number", "multiple", "closing", "end_sign"]

    def amount(parts: exp.Expr) -> exp.Expr:
        part = {each: call("struct_extract", parts, each) for each in names}
        factors = [exp.If(this=text(sign), true=number(n)) for sign, n in MULTIPLES.items()]
        factor = exp.Case(this=part["multiple"], ifs=factors, default=number(1))
        digits = tried(_unmarked(part["number"], mark), "decimal(20, 6)")
        value = times(digits, cast(factor, "decimal(9, 0)"))
        if column.unit_scale != 1:
            # An exact literal of few digits, so that products stay within 38.
            value = times(value, cast(number(f"{column.unit_scale:f}"), "decimal(9, 6)"))
        signs = call(
            "concat", *(part[each] for each in names if each.endswith(("sign", "opening")))
        )
        opens, closes = (
            exp.paren(exp.EQ(this=part[each], expression=text(sign)))
            for each, sign in (("opening", "("), ("closing", ")"))
        )
        signed = when(
            (exp.NEQ(this=opens, expression=closes), null()),
            (matches(signs, "[(-]"), exp.Neg(this=exp.paren(value))),
            other=value,
        )
        return call("try", cast(signed, "decimal(18, 4)"))

    slow = _with_narrow(
        cell,
        lambda narrow: let("parts", call("regexp_extract", narrow, form, texts(names)), amount),
    )
    if column.unit_scale != 1:
        return slow
    return when((_is_plain(cell, mark), tried(cell, "decimal(18, 4)")), other=slow)


def _rate(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    mark = notation.decimal_mark

    def slow(narrow: exp.Expr) -> exp.Expr:
        signed = _double_of_narrow(call("left", narrow, -1), mark)
        return when(
            (call("ends_with", narrow, "%"), over(signed, 100)),
            (call("ends_with", narrow, "‰"), over(signed, 1000)),
            other=_scaled(_double_of_narrow(narrow, mark), column.unit_scale),
        )

    plain = _scaled(tried(cell, "double"), column.unit_scale)
    return _finite(when((_is_plain(cell, mark), plain), other=_with_narrow(cell, slow)))


def _text(_column: Column, cell: exp.Expr, _notation: Notation) -> exp.Expr:
    return cell


def _boolean(_column: Column, cell: exp.Expr, _notation: Notation) -> exp.Expr:
    word = call("lower", cell)
    return when((is_among(word, YES_WORDS), exp.true()), (is_among(word, NO_WORDS), exp.false()))


def _starts_with_digit(cell: exp.Expr) -> exp.Expr:
    """Guards against `infinity`, `epoch` and their like, which DuckDB takes for dates."""
    return exp.Between(this=call("ascii", cell), low=number(48), high=number(57))


def _formats(column: Column) -> Iterator[tuple[bool, list[str]]]:
    """Runs of formats with and without offset, in the declared order."""
    for has_offset, run in groupby(column.formats, key=lambda each: "%z" in each):
        yield has_offset, list(run)


def _date(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    named = {each: form for each in column.formats if (form := period_format(each)) is not None}
    plain = replace(column, formats=tuple(each for each in column.formats if each not in named))
    dates = [cast(call("try_strptime", cell, texts(run)), "date") for _, run in _formats(plain)]
    dates += [named_date(form, cell) for form in named.values()]
    if not column.formats or notation.is_typed:
        dates.append(when((_starts_with_digit(cell), tried(cell, "date"))))
    return coalesced(dates)


def _timestamp(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    zone = column.timezone or notation.timezone
    moments = list[exp.Expr]()
    for has_offset, run in _formats(column):
        read = call("try_strptime", cell, texts(run))
        moments.append(call("timezone", "UTC", read) if has_offset else in_utc(read, zone))
    if not column.formats or notation.is_typed:
        moments.append(_iso_timestamp(cell, zone))
    return coalesced(moments)


def _iso_timestamp(cell: exp.Expr, zone: str) -> exp.Expr:
    """ISO 8601 with or without offset; 19 characters with a colon at the 17th have none."""
    naive = in_utc(tried(cell, "timestamp"), zone)
    is_usual = all_of(
        exp.EQ(this=call("strlen", cell), expression=number(19)),
        exp.EQ(this=call("substr", cell, 17, 1), expression=text(":")),
    )
    return when(
        (is_not(_starts_with_digit(cell)), null()),
        (is_usual, naive),
        (matches(cell, OFFSET), call("timezone", "UTC", tried(cell, "timestamptz"))),
        other=naive,
    )


def _duration(column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    names = column.formats or ("seconds", "hh:mm:ss", "iso")
    if notation.is_typed and "hh:mm:ss" not in names:
        names = (*names, "hh:mm:ss")
    return _finite(coalesced([_duration_in(each, column, cell, notation) for each in names]))


def _duration_in(form: str, column: Column, cell: exp.Expr, notation: Notation) -> exp.Expr:
    if form in SECONDS_IN:
        value = _scaled(_double(cell, notation.decimal_mark), column.unit_scale)
        return value if form == "seconds" else times(value, number(SECONDS_IN[form]))
    if form == "iso":
        parts = call("regexp_extract", cell, f"^{ISO_DURATION}$", texts(list(ISO_SECONDS)))
        is_iso = all_of(matches(cell, f"^{ISO_DURATION}$"), matches(cell, "[0-9]"))
        return when((is_iso, let("parts", parts, _iso_seconds)))
    weights = (3600, 60, 1) if form == "hh:mm:ss" else (60, 1)
    return _with_narrow(cell, lambda narrow: _clock_seconds(narrow, CLOCKS[form], weights))


def _iso_seconds(parts: exp.Expr) -> exp.Expr:
    def counted(part: str) -> exp.Expr:
        digits = call("nullif", call("struct_extract", parts, part), "")
        return call("coalesce", tried(digits, "double"), 0)

    return summed([times(counted(part), number(each)) for part, each in ISO_SECONDS.items()])


def _clock_seconds(narrow: exp.Expr, form: str, weights: Sequence[int]) -> exp.Expr:
    def total(parts: exp.Expr) -> exp.Expr:
        return summed(
            [
                times(tried(call("list_extract", parts, place), "double"), number(weight))
                for place, weight in enumerate(weights, 1)
            ]
        )

    seconds = let("parts", call("string_split", call("ltrim", narrow, "+-"), ":"), total)
    sign = when((call("starts_with", narrow, "-"), number(-1)), other=number(1))
    return when((fits(narrow, f"[+-]?{form}"), times(seconds, sign)))


_CASTS: Mapping[ColumnType, Callable[[Column, exp.Expr, Notation], exp.Expr]] = {
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
