"""What is true in the manufacturer's study, and what has to be said about each of its modules."""

from datetime import date

from roi_pipeline.examples.manufacturer_world import Units, in_waves, numbered
from roi_pipeline.examples.planted import PlantedEffect
from roi_pipeline.examples.planted_verdicts import (
    PlantedClaim,
    PlantedRating,
    PlantedTarget,
    PlantedVerdicts,
)

ASSIGNED = date(2024, 12, 1)
CUSTOMERS = 3000
TREATED_SHARE = {"recommendation": 0.8, "churn_retention": 0.7}
WAVES = (date(2024, 10, 7), date(2024, 11, 4), date(2024, 12, 2))
CAMPAIGNS = in_waves(numbered("AD", 24), (5, WAVES[0]), (5, WAVES[1]), (4, WAVES[2]))
CONTENT_TEAMS = in_waves(numbered("CT", 12), (3, WAVES[0]), (3, WAVES[1]), (2, WAVES[2]))
SHOPS = in_waves(numbered("S", 12), (3, WAVES[0]), (3, WAVES[1]), (2, WAVES[2]))
ARTICLES = in_waves(numbered("P", 30), (9, WAVES[0]), (9, WAVES[2]))
LINES = Units(numbered("L", 12), dict.fromkeys(numbered("L", 12), date(2024, 12, 2)))

# level without the module, factor while it is on
ORDER_VALUE, ORDER_VALUE_FACTOR = 1200.0, 1.15
ORDER_SHARE, MARGIN = 0.45, 0.35
CHURN_SHAPES, CHURN_FACTOR = (0.20, 0.35, 0.50, 0.65), 0.86
INTERACTIONS, INTERACTIONS_FACTOR = 2.2, 1.12
ROAS, ROAS_FACTOR = 3.2, 1.25
# What the own shop finds of the orders that the ad platform claims; with the optimiser on it also claims
# buyers who would have come anyway.
SHOP_SHARE, SHOP_SHARE_FACTOR = 0.8, 0.95
WASTED, WASTED_FACTOR = 0.28, 0.70
NEW_SHARE = 0.35
WORK_HOURS, WORK_HOURS_FACTOR = 6.0, 0.60
CYCLE_DAYS, CYCLE_DAYS_FACTOR = 9.0, 0.62
REVISED, REVISED_FACTOR = 0.18, 1.6
BOT_SHARE = 0.62
CASE_HOURS, CASE_HOURS_FACTOR = 0.25, 0.55
CSAT, CSAT_FACTOR = 3.8, 1.08
CORRECTED = 0.05
WAPE, WAPE_FACTOR = 0.28, 0.72
GOOD, GOOD_FACTOR = 0.58, 1.22
DECISION_HOURS, DECISION_HOURS_FACTOR = 40.0, 0.45
POSITIVE, POSITIVE_FACTOR = 0.60, 1.10
CRISIS_HOURS, CRISIS_HOURS_FACTOR = 30.0, 0.5


def churn_without() -> float:
    """Share of customers who neither order nor show up in three months, without the module."""
    return sum((1 - share) ** 3 for share in CHURN_SHAPES) / len(CHURN_SHAPES)


def lifetime_without() -> float:
    """Margin of the next 52 weeks of a customer without recommendations, in either arm of the other module."""
    raised = [1 - CHURN_FACTOR ** (1 / 3) * (1 - share) for share in CHURN_SHAPES]
    kept = TREATED_SHARE["churn_retention"]
    active = sum(
        kept * high + (1 - kept) * low for high, low in zip(raised, CHURN_SHAPES, strict=True)
    )
    months = 52 * 7 * 12 / 365.25
    return months * active / len(CHURN_SHAPES) * ORDER_SHARE * ORDER_VALUE * MARGIN


def _by(module: str, metric: str, base: float, factor: float) -> PlantedEffect:
    return PlantedEffect(module, metric, base * (factor - 1), factor - 1, base, base * factor)


EFFECTS: tuple[PlantedEffect, ...] = (
    _by("recommendation", "order_value_per_order", ORDER_VALUE, ORDER_VALUE_FACTOR),
    _by("recommendation", "lifetime_value_per_customer", lifetime_without(), ORDER_VALUE_FACTOR),
    _by("churn_retention", "churn_rate_90d", churn_without(), CHURN_FACTOR),
    _by("churn_retention", "interactions_per_active_customer", INTERACTIONS, INTERACTIONS_FACTOR),
    _by(
        "ad_optimisation", "campaign_order_roas", ROAS * SHOP_SHARE, ROAS_FACTOR * SHOP_SHARE_FACTOR
    ),
    _by("ad_optimisation", "campaign_roas", ROAS, ROAS_FACTOR),
    _by("ad_optimisation", "wasted_spend_rate", WASTED, WASTED_FACTOR),
    _by("content_generation", "work_hours_per_piece", WORK_HOURS, WORK_HOURS_FACTOR),
    _by("content_generation", "content_cycle_days_per_piece", CYCLE_DAYS, CYCLE_DAYS_FACTOR),
    _by("content_generation", "content_revision_rate", REVISED, REVISED_FACTOR),
    PlantedEffect("service_bot", "ai_case_rate", BOT_SHARE, float("inf"), 0.0, BOT_SHARE),
    _by("service_bot", "work_hours_per_case", CASE_HOURS, CASE_HOURS_FACTOR),
    _by("service_bot", "contact_csat_score", CSAT, CSAT_FACTOR),
    _by("service_bot", "case_correction_rate", CORRECTED, 1.0),
    _by("sales_forecast", "forecast_wape", WAPE, WAPE_FACTOR),
    _by("market_insight", "decision_accuracy_rate", GOOD, GOOD_FACTOR),
    _by("market_insight", "decision_hours_per_decision", DECISION_HOURS, DECISION_HOURS_FACTOR),
    _by("market_insight", "positive_mention_rate", POSITIVE, POSITIVE_FACTOR),
    _by("market_insight", "crisis_hours_per_crisis", CRISIS_HOURS, CRISIS_HOURS_FACTOR),
)

VERDICTS = PlantedVerdicts(
    study="manufacturer",
    cycle="2025",
    ratings=(
        PlantedRating("recommendation", "outright", "excellent"),
        PlantedRating("ad_optimisation", "outright", "acceptable"),
        PlantedRating("content_generation", "outright", "acceptable"),
        PlantedRating("service_bot", "outright", "valuable"),
        PlantedRating("churn_retention", "provisional", "acceptable"),
        PlantedRating("sales_forecast", "outright", "acceptable"),
        PlantedRating("market_insight", "not_ratable", None),
    ),
    claims=(
        PlantedClaim("recommendation", "order_value", "smaller"),
        PlantedClaim("ad_optimisation", "online_sales", "smaller"),
        PlantedClaim("ad_optimisation", "clicks", "cannot_tell"),
        PlantedClaim("content_generation", "work", "consistent"),
        PlantedClaim("content_generation", "revisions", "contradicted"),
        PlantedClaim("service_bot", "bot_share", "smaller"),
        PlantedClaim("service_bot", "recommendations", "no_effect"),
        PlantedClaim("sales_forecast", "forecast_error", "smaller"),
    ),
    targets=(
        PlantedTarget("recommendation", "order_value_per_order", ("undecided",)),
        PlantedTarget("recommendation", "lifetime_value_per_customer", ("undecided",)),
        PlantedTarget("ad_optimisation", "campaign_order_roas", ("missed", "undecided")),
        PlantedTarget("ad_optimisation", "campaign_order_cac", ("reached", "undecided")),
        PlantedTarget("sales_forecast", "forecast_wape", ("reached",)),
        PlantedTarget(
            "content_generation", "content_cycle_days_per_piece", ("reached_late", "undecided")
        ),
        PlantedTarget("service_bot", "ai_case_rate", ("missed",)),
        PlantedTarget("churn_retention", "churn_rate_90d", ("undecided",)),
        PlantedTarget("churn_retention", "interactions_per_active_customer", ("undecided",)),
    ),
)
