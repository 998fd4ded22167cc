"""The tornado: how far each input alone moves ROI, and the value at which the rating flips."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.money import Assumption, BenefitLine, CostLine
from roi_pipeline.domain.standards import Tier
from roi_pipeline.domain.statements import Statement, Swing, counted_benefits
from roi_pipeline.finance.amounts import ONE, ZERO, decimal_of, total, z_value
from roi_pipeline.finance.benefits import spread_of
from roi_pipeline.finance.statement import indicative_benefits

INFINITY = Decimal("Infinity")
Limits = tuple[Decimal, Decimal]
COST_NAME = {"en": "Total cost", "zh-CN": "总投入成本", "zh-TW": "總投入成本"}


def tornado(
    statement: Statement,
    *,
    assumptions: Sequence[Assumption],
    metrics: Mapping[str, Metric],
    tier: Tier,
    confidence: float,
    possible: Mapping[str, Limits] | None = None,
    errors: Mapping[str, Decimal] | None = None,
) -> tuple[Swing, ...]:
    """Every input of a statement's ROI, the one with the widest swing first.

    Args:
        statement: the money.
        assumptions: in force.
        metrics: the catalogue.
        tier: whose bars count.
        confidence: of the effects' ranges.
        possible: input id → values an effect can have, see `possible_effects`.
        errors: input id → standard error of an effect, see `effect_errors`; a line only has that
            of its quantity, which does not lead back from an effect of 0 or a line that was capped.
    """
    lines = counted_benefits(statement.benefits) or indicative_benefits(statement.benefits)
    costs = total(line.amount for line in statement.costs if line.is_counted)
    if not lines or costs <= 0:
        return ()
    z = z_value(confidence)
    bars = [band.from_roi for band in tier.bands if band.from_roi is not None]
    won = total(line.amount or ZERO for line in lines)
    swings = [
        *_effect_swings(
            lines,
            costs,
            metrics=metrics,
            z=z,
            bars=bars,
            possible=possible or {},
            errors=errors or {},
        ),
        *_assumption_swings(lines, costs, assumptions=assumptions, bars=bars),
        _cost_swing(statement.costs, won, costs, z=z, bars=bars),
    ]
    return tuple(sorted(swings, key=lambda swing: (-_width(swing), swing.input_id)))


def flip(
    value: Decimal, roi: Decimal, slope: Decimal, bars: Sequence[Decimal], possible: Limits
) -> Decimal | None:
    """The nearest possible value at which ROI, moving by `slope` per unit, crosses a bar."""
    if slope == 0:
        return None
    points = [value + (bar - roi) / slope for bar in bars]
    points = [point for point in points if possible[0] <= point <= possible[1]]
    return min(points, key=lambda point: (abs(point - value), point), default=None)


def _width(swing: Swing) -> Decimal:
    return abs(swing.roi_at_high - swing.roi_at_low)


def _effect_swings(
    lines: Sequence[BenefitLine],
    costs: Decimal,
    *,
    metrics: Mapping[str, Metric],
    z: Decimal,
    bars: Sequence[Decimal],
    possible: Mapping[str, Limits],
    errors: Mapping[str, Decimal],
) -> list[Swing]:
    swings: list[Swing] = []
    won = total(line.amount or ZERO for line in lines)
    for module_id, metric_id in sorted({(line.module_id, line.metric_id) for line in lines}):
        mine = [x for x in lines if (x.module_id, x.metric_id) == (module_id, metric_id)]
        error = total(line.standard_error or ZERO for line in mine)
        effect, first = mine[0].effect or ZERO, mine[0]
        sign = -ONE if metrics[metric_id].direction == "down" else ONE
        input_id = effect_id(module_id, metric_id)
        per_effect = errors[input_id] if input_id in errors else _effect_error(first)
        roi = (won - costs) / costs
        slope = sign * error / (per_effect * costs) if per_effect else ZERO
        low, high = effect - z * per_effect, effect + z * per_effect
        limits = possible.get(input_id, (-INFINITY, INFINITY))
        swings.append(
            Swing(
                input_id=input_id,
                name=metrics[metric_id].name.by_language,
                low_value=low,
                high_value=high,
                roi_at_low=roi - slope * (effect - low),
                roi_at_high=roi + slope * (high - effect),
                flips_at=flip(effect, roi, slope, bars, limits),
                lowest=_finite(limits[0]),
                highest=_finite(limits[1]),
            )
        )
    return swings


def possible_effects(effects: Iterable[Effect], metrics: Mapping[str, Metric]) -> dict[str, Limits]:
    """Input id → smallest and largest effect there can be, from the level without the module.

    No metric of the catalogue falls below nothing, and a rate does not exceed the whole: an effect
    of -28 days on a base of 6.4 is no answer to what would change a rating.
    """
    limits: dict[str, Limits] = {}
    for effect in effects:
        level, metric = effect.counterfactual_value, metrics.get(effect.metric_id)
        level = effect.baseline_value if level is None else level
        if level is None or level < 0 or metric is None:
            continue
        base = decimal_of(level)
        most = ONE - base if metric.unit == "rate" and level <= 1 else INFINITY
        limits[effect_id(effect.module_id, effect.metric_id)] = (-base, most)
    return limits


def effect_id(module_id: str, metric_id: str) -> str:
    """What an effect is called among the inputs of ROI."""
    return f"effect:{module_id}:{metric_id}"


def effect_errors(effects: Iterable[Effect]) -> dict[str, Decimal]:
    """Input id → standard error that the money of an effect carries, in the effect's own unit."""
    return {
        effect_id(effect.module_id, effect.metric_id): decimal_of(spread_of(effect))
        for effect in effects
    }


def errors_of(swings: Iterable[Swing], z: Decimal) -> dict[str, Decimal]:
    """The same, as kept in the ends of a module's swings."""
    return {swing.input_id: (swing.high_value - swing.low_value) / (2 * z) for swing in swings}


def limits_of(swings: Iterable[Swing]) -> dict[str, Limits]:
    """The same, as kept in a module's swings."""
    return {
        swing.input_id: (
            -INFINITY if swing.lowest is None else swing.lowest,
            INFINITY if swing.highest is None else swing.highest,
        )
        for swing in swings
    }


def _finite(limit: Decimal) -> Decimal | None:
    return limit if limit.is_finite() else None


def _effect_error(line: BenefitLine) -> Decimal:
    """Standard error of the effect itself, back from the quantity's."""
    error = line.quantity_standard_error or ZERO
    return abs(error * line.effect / line.quantity) if line.quantity and line.effect else error


def _assumption_swings(
    lines: Sequence[BenefitLine],
    costs: Decimal,
    *,
    assumptions: Sequence[Assumption],
    bars: Sequence[Decimal],
) -> list[Swing]:
    swings: list[Swing] = []
    won = total(line.amount or ZERO for line in lines)
    roi = (won - costs) / costs
    for item in assumptions:
        resting = [line.amount or ZERO for line in lines if item.id in _ids(line)]
        if not resting or item.value == 0:
            continue
        slope = total(resting) / item.value / costs
        low = item.value if item.low is None else item.low
        high = item.value if item.high is None else item.high
        swings.append(
            Swing(
                input_id=item.id,
                name=item.name.by_language if item.name else {"en": item.id},
                low_value=low,
                high_value=high,
                roi_at_low=roi + slope * (low - item.value),
                roi_at_high=roi + slope * (high - item.value),
                flips_at=flip(item.value, roi, slope, bars, _possible(item, lines)),
            )
        )
    return swings


def _possible(item: Assumption, lines: Sequence[BenefitLine]) -> tuple[Decimal, Decimal]:
    """Values an assumption can have: a price from nothing up, a share or margin up to the whole."""
    shares = {key for line in lines for key in (line.realisation_id, line.margin_id)}
    return ZERO, ONE if item.id in shares else INFINITY


def _cost_swing(
    lines: Sequence[CostLine], won: Decimal, costs: Decimal, *, z: Decimal, bars: Sequence[Decimal]
) -> Swing:
    error = total(line.standard_error for line in lines if line.is_counted)
    low, high = max(costs - z * error, costs * decimal_of(0.001)), costs + z * error
    points = [won / (ONE + bar) for bar in bars if bar > -1]
    return Swing(
        input_id="costs",
        name=COST_NAME,
        low_value=low,
        high_value=high,
        roi_at_low=(won - low) / low,
        roi_at_high=(won - high) / high,
        flips_at=min(points, key=lambda point: abs(point - costs), default=None),
    )


def _ids(line: BenefitLine) -> tuple[str | None, ...]:
    return line.unit_value_id, line.realisation_id, line.margin_id
