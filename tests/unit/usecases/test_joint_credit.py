"""What shared outcomes say of a metric several modules are paid for, and what becomes of the money."""

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "finance"))

from finance_cases import Q1, STANDARD, D, benefit, metric, module, valued

from roi_pipeline.domain.attribution import SharedCredit
from roi_pipeline.domain.modules import AttributionRule, Module
from roi_pipeline.finance import value_portfolio
from roi_pipeline.usecases.credit import joint_quantities

VISITS = metric("visit_rate", numerator="visited_7d_count")
SPEND = metric("visit_spend", numerator="visit_amount_rc")


def paid(module_id: str, metric_id: str = "visit_rate", outcome: str = "visit") -> Module:
    rule = benefit(metric_id=metric_id, attribution_share=D("0.5"))
    made = module(benefits=(rule,), attribution=AttributionRule(outcome))
    return replace(made, id=module_id)


def credited(module_id: str, credit: int, incremental: str | None) -> SharedCredit:
    amount = None if incremental is None else Decimal(incremental)
    return SharedCredit("visit", module_id, 200, credit, amount, 150, 10, 0.05, False)  # noqa: FBT003


def test_modules_paid_for_one_metric_are_held_to_what_they_brought_about_together() -> None:
    lines = [credited("a", 90, "20"), credited("b", 60, "10"), credited("unpaid", 9, "9")]
    known = {"visit_rate": VISITS}
    joint = joint_quantities(lines, [paid("a"), paid("b")], known)
    assert joint == {"visit_rate": D(30)}
    values = [valued(paid(name), per_month=400.0, metrics=known) for name in "ab"]
    both = value_portfolio(
        values, cycle=Q1, headcount=50, currency="CNY", standards=(STANDARD,), observed=joint,
        modules=[paid("a"), paid("b")], metrics=known,
    )  # fmt: skip
    (line,) = both.credit  # 60 visits each by their own estimate, half of them credited
    assert (line.observed, line.incremental, line.credited) == (300, 120, 30)
    assert line.amount == both.cycle.returns.benefits == 30 * 100
    assert "credit_was_shared" in {note.code for note in both.notes}


def test_without_a_base_rate_the_credited_outcomes_bound_them() -> None:
    lines = [credited("a", 90, None), credited("b", 60, None)]
    joint = joint_quantities(lines, [paid("a"), paid("b")], {"visit_rate": VISITS})
    assert joint == {"visit_rate": D(150)}


@pytest.mark.parametrize(
    "modules",
    [
        [paid("a")],
        [paid("a"), paid("b", outcome="order")],
        [paid("a", "visit_spend"), paid("b", "visit_spend")],
    ],
)
def test_a_metric_of_one_module_of_other_outcomes_or_of_money_has_no_joint_count(
    modules: list[Module],
) -> None:
    known = {"visit_rate": VISITS, "visit_spend": SPEND}
    lines = [credited("a", 90, "20"), credited("b", 60, "10")]
    assert joint_quantities(lines, modules, known) == {}
