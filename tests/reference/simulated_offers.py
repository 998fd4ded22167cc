"""Randomised offers that only some use, as samples of the two arms."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from roi_pipeline.domain.samples import ArmSamples, Sample, UserSamples

NAMES = ("numerator", "denominator", "used")


@dataclass(frozen=True)
class Offer:
    """Outcome, offer and use of units, one position each; `x` is known before."""

    y: Any
    z: Any
    d: Any
    x: Any


def simulate(
    seed: int, n: int = 400, *, take_up: float = 0.5, always: float = 0.05, effect: float = 1.0
) -> Offer:
    """Compliers gain `effect`; always-takers use it anyway and are better by themselves."""
    rng = np.random.default_rng(seed)
    z = (rng.permutation(n) < n // 2).astype(float)
    kind = rng.random(n)
    d = np.where(kind < always, 1.0, np.where(kind < always + take_up, z, 0.0))
    x = rng.normal(0, 1, n)
    y = 5 + 2 * (kind < always) + x + rng.normal(0, 1.5, n) * (1 + z) + effect * d
    return Offer(y, z, d, x)


def sample(rows: np.ndarray, names: tuple[str, ...]) -> Sample:
    """Moments of rows of values."""
    spread = np.atleast_2d(np.cov(rows, rowvar=False))
    return Sample(
        len(rows), names, tuple(rows.mean(axis=0).tolist()), tuple(map(tuple, spread.tolist()))
    )


def arms_of(offer: Offer, covariates: tuple[str, ...] = ()) -> ArmSamples:
    """The two arms as the database would count them."""
    columns = [offer.y, np.ones_like(offer.y), offer.d, *([offer.x] if covariates else [])]
    rows = np.column_stack(columns)
    names = (*NAMES, *covariates)
    one, none = offer.z == 1, offer.z == 0
    treated, comparison = rows[one], rows[none]
    ratio = NAMES[:2]
    groups = (one & (offer.d == 1), none & (offer.d == 0), offer.d == 1, offer.d == 0)
    samples = [sample(rows[group][:, :2], ratio) if group.sum() > 1 else None for group in groups]
    counts = (
        int(one.sum()), int(offer.d[one].sum()), int(none.sum()), int(offer.d[none].sum()),
    )  # fmt: skip
    return ArmSamples(
        sample(treated, names), sample(comparison, names), planned_share=0.5,
        use=UserSamples(*samples, counts=counts),
    )  # fmt: skip
