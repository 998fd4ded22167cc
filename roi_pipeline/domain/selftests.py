"""What came of sending modules with a known answer through the estimation path.

A trial is one simulated module: units and dates chosen at random from days on which nothing was live, with
either nothing or a known effect planted. Scores count how often the path was right.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from roi_pipeline.domain.effects import Design

TrialShape = Literal["randomised", "half", "steps", "few", "series", "everyone"]
SHAPES: tuple[TrialShape, ...] = get_args(TrialShape)
LOWEST, HIGHEST = 0.03, 0.07  # called by chance, of intervals at 95 %
LEAST_TRIALS = 40  # below, any rate may be chance
TWO_SIDED = 1.96
UNCONTROLLED: tuple[Design, ...] = ("seasonal_before_after", "before_after")


@dataclass(frozen=True, slots=True)
class DesignScore:
    """How one design fared.

    Attributes:
        n_null: trials without an effect that the design answered.
        called: of these, those whose interval excludes no change.
        n_planted: trials with a known effect that the design answered.
        found: of these, those whose interval excludes no change, on the right side.
        covered: of these, those whose interval holds the planted effect.
        bias: mean of (estimate - planted) ÷ planted.
        bias_error: Monte Carlo standard error of `bias`.
        n_metrics: metrics of the study's modules it was tried on.
        median_units: units of a trial.
    """

    design: Design
    n_null: int
    called: int
    n_planted: int
    found: int
    covered: int
    bias: float | None
    bias_error: float | None
    n_metrics: int
    median_units: int

    @property
    def false_positive_rate(self) -> float | None:
        """Share of nothing that was called something."""
        return self.called / self.n_null if self.n_null else None

    @property
    def coverage(self) -> float | None:
        """Share of intervals that hold the planted effect."""
        return self.covered / self.n_planted if self.n_planted else None

    @property
    def power(self) -> float | None:
        """Share of planted effects that were found."""
        return self.found / self.n_planted if self.n_planted else None

    @property
    def is_controlled(self) -> bool:
        """Whether the design compares with something, so that the calendar cannot deceive it."""
        return self.design not in UNCONTROLLED

    @property
    def is_within_limits(self) -> bool | None:
        """Whether 3-7 % of nothing was called, up to the Monte Carlo error; None below 40 trials."""
        rate = self.false_positive_rate
        if rate is None or self.n_null < LEAST_TRIALS:
            return None
        margin = TWO_SIDED * monte_carlo_error(max(rate, 1 / self.n_null), self.n_null)
        return LOWEST - margin <= rate <= HIGHEST + margin


def monte_carlo_error(rate: float, n: int) -> float:
    """Standard error of a share counted over `n` trials.

    >>> round(monte_carlo_error(0.05, 200), 4)
    0.0154
    """
    return math.sqrt(rate * (1 - rate) / n) if n else math.inf


@dataclass(frozen=True, slots=True)
class Selftest:
    """The last self-test of a study.

    Attributes:
        as_of: the first day not yet seen by it.
        replications: trials asked for, of each shape with and without an effect.
        unanswered: trials no design answered.
        unanswered_by_shape: the same, shape by shape, where there were any.
        skipped: what could not be tried, and why, as codes of `catalogue/messages/`.
    """

    as_of: date
    seed: int
    replications: int
    scores: tuple[DesignScore, ...]
    unanswered: int
    skipped: tuple[tuple[str, str], ...] = ()
    unanswered_by_shape: tuple[tuple[TrialShape, int], ...] = ()

    @property
    def judged(self) -> tuple[DesignScore, ...]:
        """Scores of designs with a comparison that had enough trials to be judged."""
        known = [score for score in self.scores if score.is_within_limits is not None]
        return tuple(score for score in known if score.is_controlled)

    @property
    def is_sound(self) -> bool:
        """Whether no design that could be judged was outside the limits."""
        return all(score.is_within_limits for score in self.judged)
