"""Reads one quantile per arm of a holdout, with what its interval needs, straight from the facts.

The facts hold one row per event (a chat, a call). The quantile and the two order statistics around it
are positions in the sorted events of an arm; how much events of one unit resemble each other shows in
the units' shares of events at or below the quantile. `domain.samples.QuantileSample` says it exactly.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.samples import QuantileArms, QuantileSample
from roi_pipeline.engines.queries import (
    drop_kept,
    keep_rows,
    keep_rows_in_any_order,
    read_row,
    read_rows,
)
from roi_pipeline.engines.questions.moments import moments
from roi_pipeline.engines.questions.panels import ArmQuestion, Slice, view_arm_rows

if TYPE_CHECKING:
    import duckdb

NORMAL = 1.959963984540054


def read_quantile_arms(
    connection: "duckdb.DuckDBPyConnection", part: Slice, question: ArmQuestion
) -> QuantileArms | None:
    """Both arms of a quantile; None when either arm has fewer than two events or units."""
    level, arms = part.metric.quantile, question.randomisation
    if level is None:
        return None
    connection.execute("set threads = 1")
    try:
        view_arm_rows(connection, part, arms)
        keep_rows_in_any_order(
            connection, "quantiles.arm_events",
            post_start=question.post.start, post_end=question.post.end,
            treated=list(arms.treated), comparison=list(arms.comparison),
        )  # fmt: skip
        units: dict[str, int] = dict(read_rows(connection, "quantiles.arm_sizes"))
        treated = _sample(connection, "treated", level)
        comparison = _sample(connection, "comparison", level)
    finally:
        drop_kept(connection, "quantiles.arm_events", "quantiles.unit_shares")
        connection.execute("reset threads")
    if treated is None or comparison is None:
        return None
    return QuantileArms(
        treated,
        comparison,
        (units["treated"], units["comparison"]),
        planned_share=arms.planned_share,
        assigned_to_both=units.get("both", 0),
    )


def _sample(
    connection: "duckdb.DuckDBPyConnection", arm: str, level: float
) -> QuantileSample | None:
    found = read_row(connection, "quantiles.arm_quantile", arm=arm, level=level, z=NORMAL)
    if found[0] is None or found[0] < 2:  # noqa: PLR2004  (a spread needs two)
        return None
    n, value, lower, upper = found
    units = keep_rows(connection, "quantiles.unit_shares", arm=arm, value=value)
    indicator = moments(connection, units, ("numerator", "denominator"))
    if indicator is None:
        return None
    return QuantileSample(n, level, value, lower, upper, z=NORMAL, indicator=indicator)
