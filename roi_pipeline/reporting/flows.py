"""The dated flows of the workbook, their cumulated sum and what they are worth on the first day.

The present value and the internal rate of the returns recompute from here; payback is where the
cumulated column turns.
"""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from itertools import accumulate

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.reporting.sheets import MONEY, Sheets

DAYS_PER_YEAR = Decimal(365)
DAY = "yyyy-mm-dd"


@dataclass(frozen=True, slots=True)
class Flows:
    """What the returns sheet shows of the flows.

    Attributes:
        npv: as reported, with the formula that recomputes it.
        irr: likewise; None when there is none.
    """

    npv: Decimal
    npv_formula: str
    irr: Decimal | None
    irr_formula: str


def write_flows(writer: Sheets, edition: EditionInputs, value: ModuleValue | None) -> Flows | None:
    """Every flow since go-live; nothing where there are none or no present value was stated."""
    if value is None or not value.flows or value.since_go_live.returns.npv is None:
        return None
    returns, origin = value.since_go_live.returns, value.since_go_live.period.start
    rate = _discount_rate(edition, value)
    if rate is None or returns.npv is None:
        return None
    say, sheet = writer.voice, writer.sheet("flows")
    names = ("day", "amount", "cumulated", "present_value")
    writer.head(sheet, [f"workbook.{name}" for name in names], (14, 18, 18, 18))
    sheet.set_column(5, 6, 18)
    sheet.write_string(0, 5, say.word("workbook.discount_rate"), writer.style(role="head"))
    writer.figure(sheet, 0, 6, rate, "0.0%", "input")
    sheet.write_string(1, 5, say.word("workbook.valued_on"), writer.style(role="head"))
    sheet.write_datetime(1, 6, datetime.combine(origin, time()), writer.style(DAY))
    sums = accumulate(amount for _, amount in value.flows)
    for row, ((day, amount), reached) in enumerate(zip(value.flows, sums, strict=True), 1):
        line = row + 1
        sheet.write_datetime(row, 0, datetime.combine(day, time()), writer.style(DAY))
        writer.figure(sheet, row, 1, amount, MONEY, "input")
        writer.formula(sheet, row, 2, f"=SUM($B$2:B{line})", reached, MONEY)
        years = Decimal(max(0, (day - origin).days)) / DAYS_PER_YEAR
        worth = f"=B{line}/(1+$G$1)^(MAX(0,A{line}-$G$2)/365)"
        writer.formula(sheet, row, 3, worth, amount / (1 + rate) ** years, MONEY)
    quoted, last = f"'{writer.title('flows')}'", len(value.flows) + 1
    days, amounts = f"{quoted}!$A$2:$A${last}", f"{quoted}!$B$2:$B${last}"
    return Flows(
        npv=returns.npv,
        npv_formula=f"=SUM({quoted}!$D$2:$D${last})",
        irr=returns.irr,
        irr_formula=f"=XIRR({amounts},{days},{_guess(returns.irr)})",
    )


def _guess(rate: Decimal | None) -> Decimal:
    """Where a spreadsheet begins to look for the rate, which may lie far from its usual 10 %."""
    return max(Decimal("-0.9"), round(rate or Decimal(0), 1))


def _discount_rate(edition: EditionInputs, value: ModuleValue) -> Decimal | None:
    """The rate of the standard the value was judged by."""
    rates = {each.id: each.discount_rate for each in edition.study.standards}
    return rates.get(value.rating.standard_id)
