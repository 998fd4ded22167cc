"""How a text that names a week, a quarter or a fiscal period is dated, as `domain.calendars` does."""

from collections.abc import Callable

from sqlglot import exp

from roi_pipeline.domain.calendars import (
    LAST_WEEK,
    PERIODS,
    QUARTER_WEEKS,
    QUARTERS,
    SIGNS,
    WEEKS,
    PeriodFormat,
    has_long_year,
    middles,
)
from roi_pipeline.engines.loading.expressions import (
    call,
    cast,
    coalesced,
    let,
    number,
    summed,
    text,
    times,
    tried,
    when,
)

WEEK = r"^(\d{4})-?W(\d{1,2})$"
QUARTER_AFTER, QUARTER_BEFORE = r"^(\d{4})-?Q([1-4])$", r"^Q([1-4])-?(\d{4})$"
WEEK_DAYS = 7


def named_date(form: PeriodFormat, cell: exp.Expr) -> exp.Expr:
    """The day a text is dated by; null when it names no period of this calendar."""
    cell = call("trim", cell)
    match form.name:
        case "iso week":
            return _numbered(cell, WEEK, _iso_week)
        case "january week":
            return _numbered(cell, WEEK, _january_week)
        case "quarter":
            after = _parts(cell, QUARTER_AFTER)
            named, year = _parts(cell, QUARTER_BEFORE)
            year, quarter = coalesced([after[0], year]), coalesced([after[1], named])
            return call("make_date", year, summed([times(quarter, number(3)), number(-2)]), 1)
        case _:
            pattern = rf"^(?:FY)?(\d{{4}})-?{SIGNS.get(form.name, 'P')}(\d{{1,2}})$"
            return _numbered(cell, pattern, lambda year, of_year: _fiscal(form, year, of_year))


def _parts(cell: exp.Expr, pattern: str) -> tuple[exp.Expr, exp.Expr]:
    """Both numbers of a pattern; null where it does not fit."""
    first, second = (call("regexp_extract", cell, pattern, group) for group in (1, 2))
    return tried(first, "integer"), tried(second, "integer")


def _numbered(
    cell: exp.Expr, pattern: str, dated: Callable[[exp.Expr, exp.Expr], exp.Expr]
) -> exp.Expr:
    """What `dated` makes of a year and a number in it, each read once."""
    year, number_of = _parts(cell, pattern)
    return let("y", year, lambda y: let("n", number_of, lambda n: dated(y, n)))


def _within(value: exp.Expr, last: exp.Expr, day: exp.Expr) -> exp.Expr:
    return when((exp.Between(this=value, low=number(1), high=last), day))


def _weeks_later(day: exp.Expr, week: exp.Expr) -> exp.Expr:
    """First day of the week with that number, the first beginning on `day`."""
    return summed([day, times(summed([week, number(-1)]), number(WEEK_DAYS))])


def _monday(day: exp.Expr) -> exp.Expr:
    """Monday of the ISO week a day falls in."""

    def before(kept: exp.Expr) -> exp.Expr:
        return summed([kept, times(cast(call("isodow", kept), "integer"), number(-1)), number(1)])

    return let("d", day, before)


def _iso_week(year: exp.Expr, week: exp.Expr) -> exp.Expr:
    first, last_days = call("make_date", year, 1, 4), call("make_date", year, 12, 28)
    return _within(week, call("weekofyear", last_days), _weeks_later(_monday(first), week))


def _january_week(year: exp.Expr, week: exp.Expr) -> exp.Expr:
    middle = summed([_weeks_later(call("make_date", year, 1, 1), week), number(3)])
    return _within(week, number(LAST_WEEK), _monday(middle))


def _fiscal(form: PeriodFormat, year: exp.Expr, of_year: exp.Expr) -> exp.Expr:
    years = sorted(form.fiscal_years.items())
    first = when(
        *(
            (exp.EQ(this=year, expression=number(known)), cast(text(str(day)), "date"))
            for known, day in years
        )
    )
    match form.name:
        case "fiscal week":
            long = [number(known) for known, _ in years if has_long_year(form.fiscal_years, known)]
            is_long = exp.In(this=year, expressions=long or [exp.null()])
            last = when((is_long, number(LAST_WEEK)), other=number(WEEKS))
            return _within(
                of_year, last, _monday(summed([_weeks_later(first, of_year), number(3)]))
            )
        case "fiscal quarter":
            days = WEEK_DAYS * QUARTER_WEEKS
            before = times(summed([of_year, number(-1)]), number(days))
            middle = summed([first, before, number(days // 2)])
            return _within(of_year, number(QUARTERS), _start_of("quarter", middle))
        case _:
            listed = exp.Array(expressions=[number(days) for days in middles(form.name)])
            middle = summed([first, call("list_extract", listed, of_year)])
            return _within(of_year, number(PERIODS), _start_of("month", middle))


def _start_of(period: str, day: exp.Expr) -> exp.Expr:
    return cast(call("date_trunc", period, day), "date")
