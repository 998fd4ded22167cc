"""A metric over time as a chart: what happened, what would have, every go-live wave, the limit."""

from datetime import date

from roi_pipeline.domain.effects import Outcome, SeriesPoint
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Rollout, Target
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import SeriesChart

FEWEST_POINTS = 4
PER_CENT = 100.0


def has_series(outcome: Outcome) -> bool:
    """Whether there are enough periods for a line."""
    return len(outcome.series) >= FEWEST_POINTS


def series_chart(
    outcome: Outcome,
    metric: Metric,
    rollout: Rollout,
    say: Voice,
    *,
    title: str,
    id: str = "series",  # noqa: A002 - the chart's own field
    limit: float | None = None,
) -> SeriesChart:
    """The chart of an outcome's series; `limit` is the level a guardrail must keep."""
    waves = waves_inside(rollout, outcome.series)
    n = say.numbers.count(len(waves))
    confidence = getattr(outcome, "confidence", None)
    has_band = any(point.counterfactual_lower is not None for point in outcome.series)
    return SeriesChart(
        id=id,
        title=title,
        unit=say.numbers.symbol
        if metric.unit == "money"
        else say.word(f"chart.unit_{metric.unit}"),
        points=tuple(
            (
                point.period_start,
                point.observed,
                point.counterfactual,
                point.counterfactual_lower,
                point.counterfactual_upper,
            )
            for point in outcome.series
        ),
        go_lives=waves,
        go_live_label=say.word("chart.go_live_waves" if len(waves) > 1 else "chart.go_live", n=n),
        observed_label=say.word("chart.observed"),
        counterfactual_label=say.word("chart.counterfactual"),
        band_label=_band_label(say, confidence) if has_band else "",
        limit=limit,
        limit_label="" if limit is None else say.word("chart.limit"),
        scale=PER_CENT if metric.unit == "rate" else 1.0,
    )


def _band_label(say: Voice, confidence: float | None) -> str:
    if confidence is None:
        return say.word("chart.band_plain")
    return say.word("chart.band", confidence=say.numbers.percent(confidence, digits=0))


def waves_inside(rollout: Rollout, series: tuple[SeriesPoint, ...]) -> tuple[date, ...]:
    """Every day on which units went live, of those the chart covers, each once."""
    if not series:
        return ()
    first, last = series[0].period_start, series[-1].period_start
    days = {
        *rollout.go_live.values(),
        *([rollout.everywhere_from] if rollout.everywhere_from else []),
    }
    return tuple(sorted(day for day in days if first <= day <= last))


def limit_level(target: Target | None, baseline: float | None) -> float | None:
    """The level a guardrail's target sets: as declared, or as a change from the baseline."""
    if target is None or (target.kind != "level" and baseline is None):
        return None
    match target.kind:
        case "level":
            return target.value
        case "absolute":
            return (baseline or 0.0) + target.value
        case "relative":
            return (baseline or 0.0) * (1 + target.value)
