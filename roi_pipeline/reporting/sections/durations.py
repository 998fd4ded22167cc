"""How long cases last, in words: medians with open cases counted, and what finished ones alone would say."""

from collections.abc import Iterator

from roi_pipeline.domain.evaluations import Durations, SurvivalCurve
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.numbers import NONE


def duration_rows(durations: Durations | None, say: Voice) -> Iterator[tuple[str, str]]:
    """Name and text of each figure."""
    if durations is None:
        return
    numbers = say.numbers
    for curve in durations.curves:
        yield say.word(f"durations.median_{curve.group}"), _median(curve, say)
    days = numbers.count(durations.horizon)
    yield (
        say.word("durations.followed"),
        say.word("durations.too_young", n=numbers.count(durations.n_too_young), days=days,
                 last=numbers.day(durations.last_seen)),
    )  # fmt: skip
    if durations.restricted_difference is not None:
        value = numbers.number(durations.restricted_difference, digits=1, signed=True)
        yield say.word("durations.all_cases", days=days), value
    if durations.finished_difference is not None and durations.n_open:
        value = numbers.number(durations.finished_difference, digits=1, signed=True)
        reason = say.word("durations.by_length", n=numbers.count(durations.n_open))
        yield say.word("durations.finished"), say.word("numbers.in_brackets", x=value, y=reason)
    if not durations.n_open:
        yield say.word("durations.finished"), say.word("durations.none_open")


def _median(curve: SurvivalCurve, say: Voice) -> str:
    """Median days with its interval, and of how many cases."""
    numbers = say.numbers
    of = say.word("durations.closed", n=numbers.count(curve.n_closed), total=numbers.count(curve.n))
    if curve.median is None:
        return say.word("numbers.in_brackets", x=say.word("durations.no_median"), y=of)
    upper = NONE if curve.median_upper is None else numbers.number(curve.median_upper, digits=0)
    lower = NONE if curve.median_lower is None else numbers.number(curve.median_lower, digits=0)
    ends = say.word("common.comma").join((numbers.span(lower, upper), of))
    return say.word("numbers.in_brackets", x=numbers.number(curve.median, digits=0), y=ends)
