"""The figures of an edition by name, flat, so that two editions can be compared line by line.

Names are `<module>.<part>…`: `greeter.roi`, `greeter.cycle.benefit.sales.amount`,
`greeter.metric.sale_rate.estimate`. What depends on the day alone (the decide-by date, what waiting
costs) is no figure of the edition.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from roi_pipeline.domain.archives import Headline
from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects
from roi_pipeline.domain.statements import ModuleValue, Statement

NO_FIGURE = "none"
EFFECT_PARTS = ("estimate", "lower", "upper", "standard_error", "baseline_value", "post_value",
                "counterfactual_value", "n_units", "grade", "design", "method")  # fmt: skip
RETURN_PARTS = ("roi", "roi_lower", "roi_upper", "benefits", "costs", "net", "npv",
                "payback_month")  # fmt: skip
DIGITS = 12


def figures_of(value: ModuleValue, effects: ModuleEffects | None = None) -> Mapping[str, str]:
    """Every figure of a module (or, without effects, of the portfolio)."""
    module = value.module_id
    found = dict(_value_figures(value))
    if effects is not None:
        found |= dict(_effect_figures(effects))
    return {f"{module}.{name}": _text(figure) for name, figure in sorted(found.items())}


def headline_of(value: ModuleValue) -> Headline:
    """The one line of a module in the manifest and on the index page."""
    returns, rating = value.rated.returns, value.rating
    return Headline(
        module_id=value.module_id,
        roi=returns.roi if rating.roi is None else rating.roi,
        roi_lower=returns.roi_lower,
        roi_upper=returns.roi_upper,
        rating_status=rating.status,
        rating_grade=rating.grade,
        action=value.decision.action,
        currency=value.rated.currency,
        benefits=returns.benefits,
        costs=returns.costs,
    )


def _value_figures(value: ModuleValue) -> Iterator[tuple[str, object]]:
    yield "rating", f"{value.rating.status} {value.rating.grade or ''}".strip()
    yield "standard", value.rating.standard_id
    yield "probability", value.rating.probability
    statements = {"cycle": value.cycle, "since_go_live": value.since_go_live, "rated": value.rated}
    for name, statement in statements.items():
        for part, figure in _statement_figures(statement):
            yield f"{name}.{part}", figure


def _statement_figures(statement: Statement) -> Iterator[tuple[str, object]]:
    yield "period", str(statement.period)
    yield "realised", statement.realised
    yield "estimated", statement.estimated
    for part in RETURN_PARTS:
        yield part, getattr(statement.returns, part)
    for cost in statement.costs:
        yield f"cost.{cost.module_id}.{cost.id}.amount", cost.amount
        yield f"cost.{cost.module_id}.{cost.id}.is_counted", cost.is_counted
    for line in statement.benefits:
        own = f"benefit.{line.module_id}.{line.id}"
        yield f"{own}.amount", line.amount
        yield f"{own}.volume", line.volume
        yield f"{own}.unit_value", line.unit_value
        yield f"{own}.is_in_rating", line.is_in_rating


def _effect_figures(effects: ModuleEffects) -> Iterator[tuple[str, object]]:
    for metric_id, outcome in effects.outcomes.items():
        own = f"metric.{metric_id}"
        match outcome:
            case Effect():
                for part in EFFECT_PARTS:
                    yield f"{own}.{part}", getattr(outcome, part)
            case Inconclusive():
                yield f"{own}.estimate", f"{NO_FIGURE}: {outcome.reason.code}"
                yield f"{own}.baseline_value", outcome.baseline_value
                yield f"{own}.post_value", outcome.post_value


def _text(figure: object) -> str:
    match figure:
        case None:
            return NO_FIGURE
        case Decimal():
            return f"{figure:f}"
        case float():
            return f"{figure:.{DIGITS}g}"
        case _:
            return str(figure)
