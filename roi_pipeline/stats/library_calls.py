"""The functions of SciPy that stats calls, with the types it does not ship.

Nothing is computed here: each function passes its arguments on. What is slow to import is loaded by
the first call that needs it. Quantiles are not here: `inference` alone computes them.
"""
# Only here may what comes out of it have an unknown type; every return states one.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import special

Real = TypeVar("Real", float, NDArray[np.float64])


class Minimum(NamedTuple):
    """Where a minimisation ended and the slope it found there."""

    point: NDArray[np.float64]
    slope: NDArray[np.float64]


def t_below(value: float, df: float) -> float:
    """Probability that Student's t is below `value`."""
    return float(special.stdtr(df, value))


def normal_below(value: float) -> float:
    """Probability that a standard normal is below `value`."""
    return float(special.ndtr(value))


def f_above(value: float, df: tuple[float, float]) -> float:
    """Probability that F with these degrees of freedom is above `value`."""
    return float(special.fdtrc(*df, value))


def chi_squared_above(value: float, df: int) -> float:
    """Probability that chi-squared is above `value`."""
    return float(special.chdtrc(df, value))


def binomial_p(count: int, total: int, share: float) -> float:
    """Two-sided exact binomial p-value."""
    from scipy.stats import binomtest

    return float(binomtest(count, total, share).pvalue)


def log_gamma(x: Real) -> Real:
    """Logarithm of the gamma function."""
    return special.gammaln(x)


def digamma(x: Real) -> Real:
    """Derivative of the logarithm of the gamma function."""
    return special.digamma(x)


def logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 ÷ (1 + exp(−x))."""
    return special.expit(x)


def hypergeometric_2f1(
    a: float, b: float, c: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Gauss's ₂F₁(a, b; c; z)."""
    return special.hyp2f1(a, b, c, z)


def non_negative_least_squares(
    matrix: NDArray[np.float64], target: NDArray[np.float64], *, most_steps: int
) -> NDArray[np.float64]:
    """Non-negative coefficients that bring `matrix @ coefficients` nearest to `target`."""
    from scipy.optimize import nnls

    return nnls(matrix, target, maxiter=most_steps)[0]


def minimise(
    objective: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    start: NDArray[np.float64],
    *,
    bounds: Sequence[tuple[float, float]],
    options: Mapping[str, float],
) -> Minimum:
    """End of L-BFGS-B on an objective that returns its value and its slope."""
    from scipy.optimize import minimize

    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=bounds, options=dict(options)
    )
    return Minimum(found.x, found.jac)
