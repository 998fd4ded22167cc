"""Local timestamps in UTC: by the rules of the zone, or by subtraction where its clocks stand still."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlglot import exp

from roi_pipeline.engines.loading.expressions import call, number, text, when

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


def in_utc(moment: exp.Expr, zone: str) -> exp.Expr:
    """A local timestamp in UTC; a plain subtraction where the zone's clocks stand still."""
    by_rules = call("timezone", "UTC", call("timezone", zone, moment))
    offset = _steady_offset(zone)
    if offset is None:
        return by_rules
    is_steady = exp.Between(
        this=call("year", moment), low=number(STEADY_FROM + 1), high=number(STEADY_TO - 1)
    )
    elapsed = exp.Interval(this=text(str(int(offset.total_seconds()))), unit=exp.var("seconds"))
    return when((is_steady, exp.Sub(this=moment, expression=elapsed)), other=by_rules)
