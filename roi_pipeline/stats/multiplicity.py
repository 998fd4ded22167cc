"""Many metrics, one pool: p-values that count how many questions were asked.

Benjamini–Hochberg at 10 % over the goal metrics of a pool (a share of false alarms is tolerable),
Holm at 5 % over the few metrics that enter money (not one is). Both are two lines each: statsmodels has
them too, at two seconds of import and a collection of all garbage at every call.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from roi_pipeline.domain.effects import Effect, Outcome
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message

POOL_LEVEL = 0.10
MONEY_LEVEL = 0.05
Correction = Literal["holm", "fdr_bh"]
CHECK = "change_stays_clear_when_all_metrics_are_counted"


def adjusted_p_values(p_values: Mapping[str, float], *, method: Correction) -> dict[str, float]:
    """p-values after the correction, by the same names.

    Step-down after Holm (1979, https://www.jstor.org/stable/4615733), step-up after Benjamini & Hochberg
    (1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x).

    >>> adjusted_p_values({"a": 0.01, "b": 0.04}, method="holm")
    {'a': 0.02, 'b': 0.04}
    """
    if not p_values:
        return {}
    ordered = sorted(p_values, key=lambda name: (p_values[name], name))
    ascending, places = np.array([p_values[name] for name in ordered]), np.arange(len(ordered))
    if method == "holm":
        adjusted = np.maximum.accumulate(ascending * (len(ordered) - places))
    else:
        shares = (places + 1) / len(ordered)
        adjusted = np.minimum.accumulate((ascending / shares)[::-1])[::-1]
    return dict(sorted(zip(ordered, np.minimum(adjusted, 1.0).tolist(), strict=True)))


def with_adjusted_p_values(
    outcomes: Mapping[str, Outcome], *, goals: Collection[str], money: Collection[str] = ()
) -> dict[str, Outcome]:
    """The outcomes with `adjusted_p_value` where a family asks for it; figures stay untouched.

    Args:
        outcomes: metric id → outcome.
        goals: the pool's goal metrics; secondary and guardrail metrics stay outside.
        money: metrics that enter money. Theirs is Holm's value; the pool's is kept in `details`.
    """
    pool = adjusted_p_values(_family(outcomes, goals), method="fdr_bh")
    strict = adjusted_p_values(_family(outcomes, money), method="holm")
    result: dict[str, Outcome] = {}
    for metric_id, outcome in outcomes.items():
        if isinstance(outcome, Effect) and metric_id in strict:
            result[metric_id] = _with(
                outcome, strict[metric_id], MONEY_LEVEL, len(strict), pool.get(metric_id)
            )
        elif isinstance(outcome, Effect) and metric_id in pool:
            result[metric_id] = _with(outcome, pool[metric_id], POOL_LEVEL, len(pool), None)
        else:
            result[metric_id] = outcome
    return result


def _family(outcomes: Mapping[str, Outcome], names: Collection[str]) -> dict[str, float]:
    """p-values of the named metrics that have one."""
    return {
        metric_id: outcome.p_value
        for metric_id, outcome in outcomes.items()
        if metric_id in names and isinstance(outcome, Effect) and outcome.p_value is not None
    }


def _with(effect: Effect, adjusted: float, level: float, family: int, pool: float | None) -> Effect:
    """The effect with its adjusted p-value, and a finding when it was clear only on its own."""
    survives = not effect.is_clear or adjusted <= level
    values = {"p_value": effect.p_value, "adjusted": adjusted, "level": level, "metrics": family}
    code = "counted_among_its_metrics" if survives else "clear_only_on_its_own"
    finding = Finding(
        CHECK, f"{effect.module_id}.{effect.metric_id}", survives, "warn", Message(code, values)
    )
    details = {**effect.details, "multiplicity_family": family}
    if pool is not None:
        details["pool_adjusted_p_value"] = pool
    return replace(
        effect, adjusted_p_value=adjusted, findings=(*effect.findings, finding), details=details
    )
