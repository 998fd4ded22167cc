"""What a contract binds, seen from a day: from when the fee ends, and what leaving early costs."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from roi_pipeline.domain.modules import VendorContract
from roi_pipeline.domain.windows import add_months
from roi_pipeline.finance.amounts import ONE, ZERO
from roi_pipeline.finance.notice import months_of, notice_on

FREE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Terms:
    """The days that matter when something is decided today.

    Attributes:
        today: day of the report.
        next_edition: day on which the next one can be read.
        leave: first day without the fee when notice is given today.
        leave_later: the same when it is given at the next edition.
        decide_again: day on which one can decide after today: the next edition, or the notice day of
            the term that not deciding enters.
        until: end of the comparison: one further term after `leave_later`, so that what is learnt
            until then still has a term to be used in.
        renewal: first day of the term after the running one.
        rise: by how much the fee rises on that day, as a fraction.
        exit_amount: price of leaving today; None where that is not agreed.
        last_day: last day of notice for `leave`; None when every day will do.
    """

    today: date
    next_edition: date
    leave: date
    leave_later: date
    decide_again: date
    until: date
    renewal: date | None = None
    rise: Decimal = ZERO
    exit_amount: Decimal | None = None
    last_day: date | None = None

    @property
    def binds(self) -> bool:
        """Whether not giving notice before the next edition enters a further term."""
        return self.today < self.leave < self.leave_later

    def days(self, start: date, end: date) -> Decimal:
        """Days from `start` up to `end`."""
        return Decimal(max(0, (end - start).days))

    def fee_days(self, start: date, end: date) -> Decimal:
        """The same, each day of a dearer term weighing as much more as it costs."""
        if self.renewal is None:
            return self.days(start, end)
        turn = min(max(self.renewal, start), max(start, end))
        return self.days(start, turn) + self.days(turn, end) * (ONE + self.rise)


def terms_on(contract: VendorContract | None, today: date, *, next_edition: date) -> Terms:
    """The terms under which a module can be left.

    Without a contract it can be left any day, and the further term is a year.

    >>> contract = VendorContract(date(2025, 6, 1), date(2026, 5, 31), 30, auto_renews=True)
    >>> terms = terms_on(contract, date(2026, 4, 15), next_edition=date(2026, 7, 15))
    >>> str(terms.leave), str(terms.leave_later), str(terms.until)
    ('2026-06-01', '2027-06-01', '2028-06-01')
    """
    leave = first_free_day(contract, today)
    later = max(leave, first_free_day(contract, next_edition))
    if contract is None or leave == today:
        until = later + timedelta(days=FREE_DAYS)
        return Terms(today, next_edition, leave, later, next_edition, until)
    notice = notice_on(contract, today, next_edition=next_edition)
    return Terms(
        today=today,
        next_edition=next_edition,
        leave=leave,
        leave_later=later,
        decide_again=max(next_edition, later - timedelta(days=contract.notice_days + 1))
        if later > leave
        else next_edition,
        until=add_months(later, months_of(contract)),
        renewal=notice.end + timedelta(days=1),
        rise=contract.renewal_price_rise,
        exit_amount=contract.exit_amount,
        last_day=notice.next_day if contract.minimum_months is None else None,
    )


def first_free_day(contract: VendorContract | None, day: date) -> date:
    """First day on which nothing is owed any more when notice is given on `day`."""
    if contract is None:
        return day
    notice = notice_on(contract, day, next_edition=day)
    if notice.state == "ended":
        return day
    end = notice.end
    if notice.state == "passed" and notice.renewed_until is not None:
        end = notice.renewed_until
    at_end = end + timedelta(days=1)
    if contract.minimum_months is None:
        return at_end
    least = add_months(contract.start, contract.minimum_months)
    return min(at_end, max(least, day + timedelta(days=contract.notice_days)))
