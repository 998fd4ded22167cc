"""Whether the arms have the sizes they were planned to have.

A share that is off by chance once in a thousand times means that units were lost or added after
they were assigned, and then nothing about the arms can be compared.
"""

import math

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message, MessageValue
from roi_pipeline.stats.effect import failed_finding
from roi_pipeline.stats.library_calls import binomial_p, chi_squared_above

EXACT_BELOW = 1_000
TWO_ARMS = 2
SUSPICIOUS_P = 0.001
MIN_UNITS_PER_ARM = 8
CHECK = "arms_have_the_planned_share"


def sample_ratio_p_value(counts: tuple[int, ...], shares: tuple[float, ...]) -> float | Message:
    """Probability of counts at least this far from the planned shares.

    Two arms below 1,000 units are compared by the exact binomial test, others by chi-squared.

    >>> round(sample_ratio_p_value((5050, 4950), (0.5, 0.5)), 5)
    0.31731
    """
    total = sum(counts)
    if len(counts) != len(shares) or len(counts) < TWO_ARMS:
        return Message("shares_do_not_match_arms", {"arms": len(counts), "shares": len(shares)})
    if not all(0 < share < 1 for share in shares) or not math.isclose(
        math.fsum(shares), 1, abs_tol=1e-6
    ):
        return Message("shares_are_not_shares", {"shares": ", ".join(map(str, shares))})
    if total <= 0 or min(counts) < 0:
        return Message("too_few_units", {"n": total, "needed": 1, "arm": ""})
    if len(counts) == TWO_ARMS and total < EXACT_BELOW:
        return binomial_p(counts[0], total, shares[0])
    expected = [share * total for share in shares]
    statistic = math.fsum(
        (count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True)
    )
    return chi_squared_above(statistic, len(counts) - 1)


def check_sample_ratio(
    treated: int, comparison: int, *, planned_share: float | None, subject: str
) -> Finding:
    """Finding on the planned share: stops below p = 0.001, notes when nothing was planned."""
    values: dict[str, MessageValue] = {
        "treated": treated,
        "comparison": comparison,
        "planned_share": planned_share,
    }
    if planned_share is None:
        code = "sample_ratio_was_not_planned"
        return failed_finding(CHECK, subject, "note", Message(code, values))
    if min(treated, comparison) < MIN_UNITS_PER_ARM:
        values["needed"] = MIN_UNITS_PER_ARM
        return failed_finding(
            CHECK, subject, "note", Message("sample_ratio_needs_more_units", values)
        )
    p_value = sample_ratio_p_value((treated, comparison), (planned_share, 1 - planned_share))
    if isinstance(p_value, Message):
        return failed_finding(CHECK, subject, "stop", p_value)
    values |= {"share": treated / (treated + comparison), "p_value": p_value}
    passed = p_value >= SUSPICIOUS_P
    code = "sample_ratio_holds" if passed else "sample_ratio_is_off"
    return Finding(CHECK, subject, passed, "stop", Message(code, values))
