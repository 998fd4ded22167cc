"""The sizes of the arms against their plan."""

import pytest

from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.sample_ratio import check_sample_ratio, sample_ratio_p_value


def test_the_golden_vectors_of_the_sample_ratio_check() -> None:
    assert sample_ratio_p_value((9463, 7681), (0.5, 0.5)) == pytest.approx(3.5e-42, rel=0.02)
    assert sample_ratio_p_value((5050, 4950), (0.5, 0.5)) == pytest.approx(0.31731, abs=5e-6)


def test_below_a_thousand_units_the_binomial_test_is_exact() -> None:
    from scipy.stats import binomtest

    assert sample_ratio_p_value((520, 479), (0.5, 0.5)) == binomtest(520, 999, 0.5).pvalue
    assert sample_ratio_p_value((521, 479), (0.5, 0.5)) != binomtest(521, 1000, 0.5).pvalue


def test_several_arms_are_compared_by_chi_squared() -> None:
    from scipy.stats import chisquare

    counts, shares = (300, 310, 280), (1 / 3, 1 / 3, 1 / 3)
    expected = [296.6666666667] * 3
    assert sample_ratio_p_value(counts, shares) == pytest.approx(
        chisquare(counts, expected).pvalue, rel=1e-6
    )


@pytest.mark.parametrize(
    ("counts", "shares", "code"),
    [
        ((5, 5), (0.5,), "shares_do_not_match_arms"),
        ((5,), (1.0,), "shares_do_not_match_arms"),
        ((5, 5), (0.5, 0.6), "shares_are_not_shares"),
        ((5, 5), (1.0, 0.0), "shares_are_not_shares"),
        ((0, 0), (0.5, 0.5), "too_few_units"),
    ],
)
def test_an_impossible_plan_gives_its_reason(
    counts: tuple[int, ...], shares: tuple[float, ...], code: str
) -> None:
    found = sample_ratio_p_value(counts, shares)
    assert isinstance(found, Message)
    assert found.code == code


@pytest.mark.parametrize(
    ("treated", "comparison", "share", "passed", "severity", "code"),
    [
        (5050, 4950, 0.5, True, "stop", "sample_ratio_holds"),
        (9463, 7681, 0.5, False, "stop", "sample_ratio_is_off"),
        (950, 50, 0.95, True, "stop", "sample_ratio_holds"),
        (50, 50, None, False, "note", "sample_ratio_was_not_planned"),
        (500, 7, 0.5, False, "note", "sample_ratio_needs_more_units"),
        (50, 50, 1.5, False, "stop", "shares_are_not_shares"),
    ],
)
def test_the_finding_stops_only_when_the_plan_is_broken(
    *, treated: int, comparison: int, share: float | None, passed: bool, severity: str, code: str
) -> None:
    finding = check_sample_ratio(treated, comparison, planned_share=share, subject="m.visit_rate")
    assert (finding.passed, finding.severity, finding.message.code) == (passed, severity, code)
