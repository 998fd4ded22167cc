"""Checks of staggered roll-outs: leads before go-live, and comparisons that two-way fixed effects make.

Two-way fixed effects compare units that went live later with units that already had: with effects that
change over time these comparisons are biased (Goodman-Bacon 2021, https://doi.org/10.1016/j.jeconom.2021.03.014).
"""

from itertools import combinations

import numpy as np

from roi_pipeline.domain.findings import Finding
from roi_pipeline.stats.diagnostics import finding
from roi_pipeline.stats.inference import Estimate
from roi_pipeline.stats.panels import Cut

CLEAR_EVIDENCE = 0.05
LEADS = "treated_and_controls_moved_alike_in_the_baseline"


def lead_p_value(estimate: Estimate) -> float | None:
    """Of the joint test over every lead; None when there is none."""
    found = estimate.details.get("pre_trend_p_value")
    return float(found) if isinstance(found, float) else None


def lead_finding(subject: str, estimate: Estimate) -> Finding:
    """What every lead that exists says of the time before go-live."""
    p_value, leads = lead_p_value(estimate), estimate.details.get("n_leads")
    if p_value is None:
        return finding(LEADS, subject, "pre_trend_not_testable", passed=False, severity="note")
    if p_value < CLEAR_EVIDENCE:
        return finding(
            LEADS, subject, "leads_are_not_zero", passed=False, severity="warn",
            p=p_value, leads=leads,
        )  # fmt: skip
    return finding(
        LEADS, subject, "leads_around_zero", passed=True, severity="note", p=p_value, leads=leads
    )


def forbidden_finding(subject: str, cut: Cut) -> Finding:
    """How much of a two-way fixed effects estimate compares with units already treated."""
    weights = goodman_bacon(cut)
    return finding(
        "no_unit_is_compared_with_one_treated_before", subject, "compared_with_units_treated_before",
        passed=False, severity="warn", share=weights["later_against_earlier"],
    )  # fmt: skip


def goodman_bacon(cut: Cut) -> dict[str, float]:
    """Weights of the 2×2 comparisons behind two-way fixed effects, by kind (theorem 1).

    For a balanced panel; units count alike.
    """
    columns = np.flatnonzero(cut.is_baseline | cut.is_post.any(axis=0))
    cohorts = sorted(set(cut.post_from[cut.is_treated].tolist()))
    n = cut.n_units
    share = {
        each: np.count_nonzero(cut.is_treated & (cut.post_from == each)) / n for each in cohorts
    }
    live = {each: np.count_nonzero(columns >= each) / len(columns) for each in cohorts}
    never = np.count_nonzero(cut.is_never) / n
    found = {
        "treated_against_never": 0.0,
        "earlier_against_later": 0.0,
        "later_against_earlier": 0.0,
    }
    for each in cohorts:
        d = live[each]
        found["treated_against_never"] += share[each] * never * d * (1 - d)
    for early, late in combinations(cohorts, 2):
        both, d, e = share[early] * share[late], live[early], live[late]
        found["earlier_against_later"] += both * (d - e) * (1 - d)
        found["later_against_earlier"] += both * e * (d - e)
    total = sum(found.values())
    return {name: value / total if total else 0.0 for name, value in found.items()}
