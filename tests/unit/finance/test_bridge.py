"""Why ROI changed between editions: causes, each by itself and together, summing exactly."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from finance_cases import (
    ASSUMPTIONS,
    STANDARD,
    D,
    assumption,
    benefit,
    cost,
    effect,
    inconclusive,
    metric,
    module,
    valued,
)

from roi_pipeline.domain.money import LedgerFacts, PayrollMovement, RecordedCost
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.finance import bridge

BEFORE = valued(per_month=400.0)


def causes(after: ModuleValue, before: ModuleValue = BEFORE, **more: Any) -> dict[str, Any]:
    steps = bridge(before, after, **more)
    start, end = before.cycle.returns.roi, after.cycle.returns.roi
    assert start is not None
    assert end is not None
    assert sum(step.roi_change for step in steps) == round(end, 9) - round(start, 9)
    assert all(step.reason.code == f"bridge_{step.cause}" for step in steps)
    return {step.cause: step.roi_change for step in steps}


def test_the_same_edition_needs_no_bridge() -> None:
    assert bridge(BEFORE, BEFORE) == ()


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        (valued(per_month=440.0), "late_data"),
        (valued(None, effect(estimate=0.06), per_month=400.0), "late_data"),
        (valued(None, effect(estimate=0.04, method="staggered_change"), per_month=400.0), "method"),
        (
            valued(
                per_month=400.0, assumptions=(assumption("visit_value", "250"), *ASSUMPTIONS[1:])
            ),
            "assumption",
        ),
        (valued(module(costs=(cost(amount=D(1500)),)), per_month=400.0), "assumption"),
        (valued(module(benefits=(benefit(risk_factor=D("0.8")),)), per_month=400.0), "assumption"),
        (valued(module(costs=(cost(), cost("setup"))), per_month=400.0), "definition"),
        (
            valued(module(costs=(cost(), cost("seats", category="seats"))), per_month=400.0),
            "definition",
        ),
        (valued(metrics={"visit_rate": metric(version=2)}, per_month=500.0), "definition"),
    ],
)
def test_one_change_has_one_cause(after: ModuleValue, cause: str) -> None:
    assert set(causes(after)) == {cause}


def test_days_that_came_in_since_are_new_data() -> None:
    early = valued(cycle=cycle_from_key("2026-Q1", as_of=date(2026, 3, 1)), per_month=430.0)
    assert set(causes(BEFORE, before=early)) == {"new_data"}


def test_a_standard_that_counts_other_costs_is_its_own_cause() -> None:
    made = module(costs=(cost(), cost("course", category="evaluation", amount=D(100))))
    strict = replace(
        STANDARD,
        id="strict",
        tiers=tuple(replace(tier, counted_costs=()) for tier in STANDARD.tiers),
    )
    before, after = valued(made), valued(made, standards=(strict,))
    assert set(causes(after, before=before)) == {"standard"}


def test_a_standards_recapture_rate_is_the_standards_doing() -> None:
    rule = benefit(category="labour", margin=None, unit_value="hour_cost")
    lower = replace(STANDARD, id="lower", recapture_rate=D("0.2"))
    before = valued(module(benefits=(rule,)))
    after = valued(module(benefits=(rule,)), standards=(lower,))
    assert set(causes(after, before=before)) == {"standard"}


def test_several_changes_add_up_exactly() -> None:
    after = valued(
        module(costs=(cost(amount=D(1100)), cost("setup", amount=D(77)))),
        effect(estimate=0.037, method="other"),
        per_month=333.0,
        assumptions=(assumption("visit_value", "231"), *ASSUMPTIONS[1:]),
    )
    assert set(causes(after)) == {"definition", "assumption", "method", "late_data"}


def test_the_restated_earlier_period_tells_late_from_new_data() -> None:
    february = cycle_from_key("2026-Q1", as_of=date(2026, 3, 1))
    before = valued(cycle=february, per_month=400.0)
    restated = valued(cycle=february, per_month=430.0)
    after = valued(per_month=450.0)
    found = causes(after, before=before, restated=restated)
    assert set(found) == {"late_data", "new_data"}
    assert set(causes(restated, before=before, restated=restated)) == {"late_data"}


def test_prices_and_standards_dated_since_then_are_no_new_data() -> None:
    """The price and the standard were not in force in the earlier period, however late one looks."""
    made = module(costs=(cost(), cost("course", category="training", amount=D(500))))
    stated = (*ASSUMPTIONS, assumption("visit_value", "260", stated_on=date(2026, 3, 10)))
    sme = replace(STANDARD.tiers[1], counted_costs=("licence",))
    new = replace(
        STANDARD, id="new", valid_from=date(2026, 3, 1),
        tiers=(STANDARD.tiers[0], sme, STANDARD.tiers[2]),
    )  # fmt: skip
    more: dict[str, Any] = {"assumptions": stated, "standards": (STANDARD, new)}
    february = cycle_from_key("2026-02", as_of=date(2026, 3, 5))
    before = valued(made, cycle=february, per_month=400.0, **more)
    restated = valued(made, cycle=february, per_month=410.0, **more)
    march = cycle_from_key("2026-03", as_of=date(2026, 4, 5))
    after = valued(made, cycle=march, per_month=450.0, **more)
    found = causes(after, before=before, restated=restated)
    assert set(found) == {"late_data", "standard", "assumption", "new_data"}
    assert found["standard"] > 0
    # 260 instead of 200 on the days of February, over the costs that count by now
    money = restated.cycle.returns
    licence = next(line for line in restated.cycle.costs if line.id == "licence")
    assert round(found["assumption"], 6) == round(money.benefits * D("0.3") / licence.amount, 6)


def test_what_payroll_pays_is_data_and_no_assumption() -> None:
    hours = benefit(
        category="labour", unit_value="hour_cost", margin=None, role="agent",
        destination="spend_removed",
    )  # fmt: skip
    made = module(benefits=(hours,))

    def paid(amount: int) -> ModuleValue:
        rows = tuple(
            PayrollMovement(
                "agent", date(2026, n, 1), D(6), D(amount), D(amount), D(900), "payroll"
            )
            for n in (1, 2, 3)
        )
        return valued(made, ledger_facts=LedgerFacts(payroll=rows))

    assert set(causes(paid(50000), before=paid(40000))) == {"late_data"}


def test_an_invoice_that_came_late_is_late_data() -> None:
    made = module(costs=(cost(external_reference="C17"),))

    def invoiced(amount: int) -> ModuleValue:
        quarter = Window(date(2026, 1, 1), date(2026, 4, 1))
        row = RecordedCost("C17", date(2026, 1, 5), D(amount), "ERP", period=quarter)
        return valued(made, ledger_facts=LedgerFacts(recorded_costs=(row,)))

    assert set(causes(invoiced(3300), before=invoiced(3000))) == {"late_data"}
    stated = replace(invoiced(3000).cycle.costs[0], unit_amount=None)
    bare = replace(BEFORE, cycle=replace(BEFORE.cycle, costs=(replace(stated, id="licence"),)))
    assert set(causes(BEFORE, before=bare)) <= {"late_data"}


def test_an_edition_without_roi_cannot_be_bridged() -> None:
    nothing = valued(None, inconclusive())
    assert bridge(BEFORE, nothing) == ()
    assert bridge(nothing, BEFORE) == ()
    assert bridge(nothing, BEFORE, restated=nothing) == ()


def test_a_line_that_lost_its_money_is_bridged_too() -> None:
    two = module(
        benefits=(
            benefit(attribution_share=D("0.5")),
            benefit("more", metric_id="other_rate", attribution_share=D("0.5")),
        )
    )
    known = {"visit_rate": metric(), "other_rate": metric("other_rate")}
    before = valued(two, effect(), effect("other_rate"), metrics=known)
    after = valued(two, effect(), inconclusive("other_rate"), metrics=known)
    assert set(causes(after, before=before)) <= {"late_data", "method"}
    assert set(causes(before, before=after)) <= {"late_data", "method"}


def test_every_scope_can_be_bridged() -> None:
    after = valued(per_month=440.0)
    for scope in ("cycle", "since_go_live", "rated"):
        assert bridge(BEFORE, after, scope=scope)  # type: ignore[arg-type]
