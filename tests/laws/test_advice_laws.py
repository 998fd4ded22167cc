"""Laws of advice: a worse effect or a higher cost never gives a better one; order does not matter."""

import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "finance"))

from finance_cases import STANDARD, D, cost, effect, module, valued

from roi_pipeline.domain.advice import LADDER
from roi_pipeline.domain.modules import Module, Rollout, VendorContract
from roi_pipeline.domain.windows import cycle_from_key
from roi_pipeline.finance import value_portfolio
from roi_pipeline.finance.actions import Prospect, weigh
from roi_pipeline.finance.terms import terms_on
from roi_pipeline.finance.uncertainty import Spread

laws = settings(max_examples=60, deadline=None)
START = date(2025, 9, 1)
contracts = st.builds(
    lambda months, notice, renews, rise, least: VendorContract(
        START,
        START + timedelta(days=30 * months),
        notice,
        auto_renews=renews,
        renewal_price_rise=rise,
        minimum_months=least,
    ),
    st.integers(3, 24),
    st.integers(0, 90),
    st.booleans(),
    st.sampled_from([D(0), D("0.1"), D("-0.2")]),
    st.sampled_from([None, 3, 9]),
)
worlds = st.fixed_dictionaries(
    {
        "contract": st.none() | contracts,
        "headcount": st.sampled_from([50, 860]),
        "as_of": st.sampled_from([date(2026, 3, 1), date(2026, 4, 15), date(2026, 9, 20)]),
        "everywhere": st.booleans(),
        "error": st.floats(0.002, 0.05).map(lambda x: round(x, 4)),
    }
)
estimates = st.floats(-0.1, 0.3).map(lambda x: round(x, 4))
amounts = st.decimals("10", "3000", places=0)


def module_in(world: dict[str, object], amount: Decimal, **changes: object) -> Module:
    everywhere = Rollout("clinic", everywhere_from=date(2026, 1, 1))
    some = Rollout("clinic", go_live={"a": date(2026, 1, 1)})
    return module(
        vendor_contract=world["contract"],
        rollout=everywhere if world["everywhere"] else some,
        costs=(cost(amount=amount), cost("set_up", category="training", basis="once",
               amount=D(300), life_months=6)),
        **changes,
    )  # fmt: skip


def rank(world: dict[str, object], estimate: float, amount: Decimal) -> int:
    cycle = cycle_from_key("2026", as_of=world["as_of"])  # type: ignore[arg-type]
    measured = effect(estimate=estimate, standard_error=world["error"])
    value = valued(
        module_in(world, amount), measured, cycle=cycle,
        headcount=world["headcount"],  # type: ignore[arg-type]
    )  # fmt: skip
    return LADDER.index(value.decision.action)  # type: ignore[arg-type]


@laws
@given(world=worlds, effects=st.tuples(estimates, estimates), amount=amounts)
def test_a_worse_effect_never_gives_a_better_advice(
    world: dict[str, object], effects: tuple[float, float], amount: Decimal
) -> None:
    worse, better = sorted(effects)
    assert rank(world, worse, amount) <= rank(world, better, amount)


@laws
@given(world=worlds, estimate=estimates, spent=st.tuples(amounts, amounts))
def test_a_higher_cost_never_gives_a_better_advice(
    world: dict[str, object], estimate: float, spent: tuple[Decimal, Decimal]
) -> None:
    less, more = sorted(spent)
    assert rank(world, estimate, more) <= rank(world, estimate, less)


@laws
@given(effects=st.lists(estimates, min_size=2, max_size=4), turn=st.randoms())
def test_the_order_of_modules_moves_no_advice(effects: list[float], turn: object) -> None:
    values = [
        replace(valued(None, effect(estimate=x), headcount=860), module_id=f"m{n}")
        for n, x in enumerate(effects)
    ]
    cycle = cycle_from_key("2026-Q1", as_of=date(2026, 4, 8))

    def together(order: list[int]) -> tuple[object, ...]:
        whole = value_portfolio(
            [values[n] for n in order], cycle=cycle, headcount=860, currency="CNY",
            standards=(STANDARD,),
        ).decision  # fmt: skip
        return whole.action, whole.reasons, whole.decide_by, whole.cost_of_waiting

    order = list(range(len(values)))
    shuffled = order[:]
    turn.shuffle(shuffled)  # type: ignore[attr-defined]
    assert together(order) == together(shuffled)


@laws
@given(
    benefit=st.integers(-50, 200), error=st.integers(0, 60), fee=st.integers(0, 100),
    other=st.integers(0, 60), contract=st.none() | contracts,
    day=st.integers(0, 900), lead=st.integers(1, 200),
)  # fmt: skip
def test_waiting_never_promises_more_than_knowing_the_truth_would(
    benefit: int, error: int, fee: int, other: int, contract: VendorContract | None,
    day: int, lead: int,
) -> None:  # fmt: skip
    """Rows add up, regrets are chances, and learning is worth at most the loss it can prevent."""
    today = START + timedelta(days=day)
    terms = terms_on(contract, today, next_edition=today + timedelta(days=lead))
    seen = Prospect(
        Spread(D(benefit), D(fee + other + 1), D(error), D(0)), D(1), D(fee), D(other), D(error),
        D(120),
    )  # fmt: skip
    options = {option.action: option for option in weigh(seen, terms)}
    assert terms.today <= terms.leave <= terms.leave_later
    assert terms.leave < terms.until
    assert len(options) == len(LADDER)
    for option in options.values():
        assert option.regret is None or 0 <= option.regret <= 1
        assert option.last_day is None or option.last_day >= today
        assert option.learning >= 0
    assert options["wait"].learning <= D(error) * (terms.until - terms.today).days
