"""When one can still decide: the notice day of the running contract term, seen from a day.

A term that ran out on an automatic renewal is followed by the next of the same length; a day that
lies in the past is never the one to decide by.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from roi_pipeline.domain.modules import VendorContract
from roi_pipeline.domain.windows import Cycle, add_months

NoticeState = Literal["ahead", "near", "today", "passed", "ended"]
DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Notice:
    """Where a contract stands on a day.

    Attributes:
        day: last day on which notice can be given for the running term.
        end: last day of the running term.
        next_day: next chance to give notice; None when there is none.
        renewed_until: end of the term that follows when nobody gives notice.
        was_renewed: the running term is not the first.
    """

    state: NoticeState
    day: date
    end: date
    next_day: date | None
    renewed_until: date | None = None
    was_renewed: bool = False


def notice_on(contract: VendorContract, today: date, *, next_edition: date) -> Notice:
    """The four states of a notice day, and the end of a contract that does not renew.

    >>> contract = VendorContract(date(2025, 6, 1), date(2026, 5, 31), 30, auto_renews=True)
    >>> seen = notice_on(contract, date(2026, 5, 2), next_edition=date(2026, 7, 15))
    >>> seen.state, seen.day, seen.renewed_until, seen.next_day
    ('passed', datetime.date(2026, 5, 1), datetime.date(2027, 5, 31), datetime.date(2027, 5, 1))
    """
    end = contract.end
    while contract.auto_renews and end < today:
        end = _following(contract, end)
    day = end - timedelta(days=contract.notice_days)
    until = _following(contract, end) if contract.auto_renews else None
    state: NoticeState
    if end < today:
        return Notice("ended", day, end, None)
    if day < today:
        state, following = "passed", until and until - timedelta(days=contract.notice_days)
    elif day == today:
        state, following = "today", day
    else:
        state, following = "near" if day < next_edition else "ahead", day
    return Notice(state, day, end, following, until, was_renewed=end != contract.end)


def next_edition_day(cycle: Cycle) -> date:
    """When the edition of the next cycle can be read: as long after its end as this one's was."""
    lag = max(timedelta(0), cycle.as_of - cycle.window.end)
    return cycle.window.end + timedelta(days=cycle.window.days) + lag


def months_of(contract: VendorContract) -> int:
    """Length of a term in whole months, one at least."""
    return max(1, round(((contract.end - contract.start).days + 1) / DAYS_PER_MONTH))


def _following(contract: VendorContract, end: date) -> date:
    """Last day of the term after the one that ends on `end`: as many months as the first."""
    return add_months(end + timedelta(days=1), months_of(contract)) - timedelta(days=1)
