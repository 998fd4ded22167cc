"""p-values of a pool."""

from dataclasses import replace
from datetime import date

import pytest

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.samples import ArmSamples, Sample
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.designs.randomised import randomised
from roi_pipeline.stats.effect import Question
from roi_pipeline.stats.multiplicity import adjusted_p_values, with_adjusted_p_values

POST = Window(date(2026, 1, 1), date(2026, 2, 1))


def effect(name: str, shift: float) -> Effect:
    names = ("numerator", "denominator")
    arms = [
        Sample(400, names, (level, 1.0), ((1.0, 0.0), (0.0, 0.0))) for level in (5 + shift, 5.0)
    ]
    outcome = randomised(ArmSamples(*arms), Question("m", name, POST))
    assert isinstance(outcome, Effect)
    return outcome


OUTCOMES = {name: effect(name, shift) for name, shift in zip("abcde", (0.3, 0.15, 0, 0, 0.2))}  # noqa: B905
OUTCOMES["f"] = Inconclusive("m", "f", Message("no_data"))


def test_corrections_agree_with_the_formulas() -> None:
    p_values = {"a": 0.01, "b": 0.02, "c": 0.03, "d": 0.5}
    assert adjusted_p_values(p_values, method="holm") == pytest.approx(
        {"a": 0.04, "b": 0.06, "c": 0.06, "d": 0.5}
    )
    assert adjusted_p_values(p_values, method="fdr_bh") == pytest.approx(
        {"a": 0.04, "b": 0.04, "c": 0.04, "d": 0.5}
    )
    assert adjusted_p_values({}, method="holm") == {}


def test_goals_are_counted_together_and_others_stay_outside() -> None:
    adjusted = with_adjusted_p_values(OUTCOMES, goals=["a", "b", "c", "f"])
    expected = adjusted_p_values(
        {name: OUTCOMES[name].p_value for name in "abc"},  # type: ignore[union-attr]
        method="fdr_bh",
    )
    for name in "abc":
        found = adjusted[name]
        assert isinstance(found, Effect)
        assert found.adjusted_p_value == pytest.approx(expected[name])
    assert adjusted["d"] is OUTCOMES["d"]
    assert adjusted["f"] is OUTCOMES["f"]


def test_money_metrics_get_the_stricter_rule_and_keep_the_pools_value_beside_it() -> None:
    adjusted = with_adjusted_p_values(OUTCOMES, goals=["a", "b", "c"], money=["b", "e"])
    found = adjusted["b"]
    assert isinstance(found, Effect)
    holm = adjusted_p_values(
        {name: OUTCOMES[name].p_value for name in "be"},  # type: ignore[union-attr]
        method="holm",
    )
    assert found.adjusted_p_value == pytest.approx(holm["b"])
    assert found.details["pool_adjusted_p_value"] is not None
    assert found.details["multiplicity_family"] == 2
    only_money = adjusted["e"]
    assert isinstance(only_money, Effect)
    assert "pool_adjusted_p_value" not in only_money.details


def test_estimates_and_intervals_stay_untouched() -> None:
    adjusted = with_adjusted_p_values(OUTCOMES, goals=list("abcde"))
    for name in "abcde":
        before, after = OUTCOMES[name], adjusted[name]
        assert isinstance(before, Effect)
        assert isinstance(after, Effect)
        assert (before.estimate, before.lower, before.upper, before.p_value) == (
            after.estimate,
            after.lower,
            after.upper,
            after.p_value,
        )


def test_a_change_that_is_clear_only_on_its_own_is_said_to_be() -> None:
    crowd = {f"null_{number}": effect(f"null_{number}", 0.0) for number in range(20)}
    crowd["b"] = effect("b", 0.15)
    assert crowd["b"].is_clear
    found = with_adjusted_p_values(crowd, goals=list(crowd))["b"]
    assert isinstance(found, Effect)
    assert not found.findings[-1].passed
    assert found.findings[-1].message.code == "clear_only_on_its_own"
    strong = with_adjusted_p_values(OUTCOMES, goals=["a"])["a"]
    assert isinstance(strong, Effect)
    assert strong.findings[-1].passed


def test_an_effect_without_a_p_value_is_outside_every_family() -> None:
    outcomes = {"a": replace(effect("a", 0.3), p_value=None)}
    assert with_adjusted_p_values(outcomes, goals=["a"])["a"] is outcomes["a"]
