"""Money follows the days of the effect: what was dropped from it, or lies after the data, is in none."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from finance_cases import Q1, D, benefit, cost, effect, module, valued, volumes_for

from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import cycle_from_key


def volumes(share_dropped: float) -> dict[str, dict[str, Volume]]:
    """600 opportunities in the cycle, some of them in periods declared unusable."""
    found = volumes_for(module(), Q1)
    return {
        name: {
            metric: replace(
                volume,
                dropped_numerator=volume.numerator * share_dropped,
                dropped_denominator=volume.denominator * share_dropped,
            )
            for metric, volume in of_metrics.items()
        }
        for name, of_metrics in found.items()
    }


def measured(share_dropped: float, **changes: Any) -> ModuleValue:
    design: Any = changes.pop("design", "difference_in_differences")
    known = effect(design=design, grade="B")
    return valued(module(**changes), known, volumes=volumes(share_dropped))


def test_a_period_left_out_of_the_effect_carries_no_money() -> None:
    """Periods declared unusable had left the effect alone; their volume was still paid for it."""
    whole, part = measured(0.0), measured(0.25)
    assert whole.cycle.returns.benefits > 0
    assert part.cycle.returns.benefits == whole.cycle.returns.benefits * D("0.75")
    line = part.cycle.benefits[0]
    assert line.volume == whole.cycle.benefits[0].volume * D("0.75")


@pytest.mark.parametrize("design", ["randomised", "matched_comparison"])
def test_a_comparison_of_whole_windows_leaves_no_period_out(design: str) -> None:
    assert measured(0.25, design=design).cycle == measured(0.0, design=design).cycle


def test_what_is_billed_by_use_was_used_in_dropped_periods_too() -> None:
    tokens = cost(
        "tokens", category="usage", basis="per_use", amount=D("0.1"), usage_metric="visit_rate"
    )
    whole, part = measured(0.0, costs=(tokens,)), measured(0.25, costs=(tokens,))
    assert part.cycle.returns.costs == whole.cycle.returns.costs > 0


def test_nothing_after_the_exports_end_is_counted_whatever_the_day() -> None:
    """Costs had gone on after the last day that any export covers."""
    end = date(2026, 3, 1)
    late = cycle_from_key("2026-Q1", as_of=date(2026, 6, 1))
    cut = replace(late, data_end=end)
    assert (late.observed.end, cut.observed.end) == (date(2026, 4, 1), end)
    on_the_day = replace(late, as_of=end)
    value, expected = valued(cycle=cut), valued(cycle=on_the_day)
    assert value.cycle == expected.cycle
    assert value.cycle.returns.costs == 2000


MARCH, QUARTER_AFTER = date(2026, 3, 1), cycle_from_key("2026-Q2", as_of=date(2026, 7, 8))


def test_a_benefit_that_ends_inside_the_cycle_is_counted_to_its_end() -> None:
    """A campaign's sales had gone on to count for as long as the module was in use."""
    whole, ended = valued(), valued(module(benefits=(benefit(end=MARCH),)))
    (line,), (cut,) = whole.cycle.benefits, ended.cycle.benefits
    assert cut.period.end == MARCH
    assert cut.volume == pytest.approx(line.volume * 59 / 90)
    assert ended.cycle.returns.benefits < whole.cycle.returns.benefits
    assert ended.cycle.returns.costs == whole.cycle.returns.costs
    assert ended.flows[-1][1] < 0  # nothing but costs after it


def test_what_is_ahead_of_a_benefit_that_is_over_holds_none_of_it() -> None:
    second = benefit("other", metric_id="visit_rate", attribution_share=D("0.5"), end=None)
    first = benefit(attribution_share=D("0.5"), end=MARCH)
    both = valued(module(benefits=(first, second)))
    alone = valued(module(benefits=(second,)))
    assert both.cycle.returns.benefits > alone.cycle.returns.benefits
    assert [row.benefits for row in both.cash if row.is_ahead] == [
        row.benefits for row in alone.cash if row.is_ahead
    ]
    assert both.cycle.returns.annualised_net == alone.cycle.returns.annualised_net
    assert both.three_years == alone.three_years
    assert both.decision.options == alone.decision.options


def test_a_later_cycle_says_that_the_benefit_is_over_whatever_the_day() -> None:
    value = valued(module(benefits=(benefit(end=MARCH),)), cycle=QUARTER_AFTER)
    (line,) = value.cycle.benefits
    assert (line.amount, line.volume) == (None, 0)
    assert line.excluded_because == Message("benefit_has_ended", {"end": MARCH})
    assert value.since_go_live.benefits[0].period.end == MARCH
    assert value.since_go_live.returns.benefits > 0
    assert value.cycle.returns.npv is not None
    assert not [row for row in value.cash if row.is_ahead]


def test_when_all_benefits_are_over_the_advice_is_to_stop_what_still_costs() -> None:
    """No action was weighed, so the advice on a module that only costs had been to wait."""
    over = module(benefits=(benefit(end=MARCH),))
    decision = valued(over, cycle=QUARTER_AFTER, headcount=860).decision
    found = {option.action: option for option in decision.options}
    assert decision.action == "stop"
    assert (decision.cost_of_waiting or 0) > 0
    assert found["continue"].benefits == 0
    assert (found["continue"].net or 0) < (found["stop"].net or 0) <= 0
    assert decision.value_of_waiting == 0
    second = benefit("other", metric_id="visit_rate", attribution_share=D("0.5"))
    first = benefit(attribution_share=D("0.5"), end=MARCH)
    assert valued(module(benefits=(first, second)), cycle=QUARTER_AFTER).decision.options


def test_a_benefit_that_will_end_is_counted_ahead_to_its_end() -> None:
    ends = Q1.window.end + timedelta(days=73)
    value, whole = valued(module(benefits=(benefit(end=ends),))), valued()
    assert value.cycle == whole.cycle
    (row, *later), (all_of_it, *_) = (
        [row for row in each.cash if row.is_ahead] for each in (value, whole)
    )
    days = (all_of_it.end - all_of_it.start).days
    assert row.benefits == pytest.approx(all_of_it.benefits * 73 / days)
    assert [each.benefits for each in later] == [0] * len(later)
