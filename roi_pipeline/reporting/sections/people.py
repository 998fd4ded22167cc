"""Beside the money: the soft panel against judging by figures alone, and three viewpoints."""

from roi_pipeline.domain.effects import Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import PoolMetric
from roi_pipeline.reporting.model import Block, Card, Cards, Line, Prose, Section
from roi_pipeline.reporting.sections.context import ModuleContext, verdict_line
from roi_pipeline.reporting.sections.headline import amount_of_benefits

# Which words in a metric's id, or which benefit category, put it in a field of the soft panel.
SOFT_FIELDS: dict[str, tuple[str, ...]] = {
    "retention": ("retention", "churn", "repurchase", "active_customer", "lifetime"),
    "brand": ("brand", "mention", "nps", "promoter", "positive", "referral"),
    "satisfaction": ("satisfaction", "csat", "complaint", "praise", "reopen"),
    "compliance": ("compliance", "incident", "fine", "privacy", "consent", "script"),
}
# Whose view a dimension is: the person in the process, the chain of decisions, the business.
VIEW_OF: dict[str | None, str] = {
    "decision_efficiency": "participant",
    "task_flow": "participant",
    "cognitive_accuracy": "chain",
    "response_loop": "chain",
    None: "business",
}
VIEWS = ("participant", "chain", "business")
Row = tuple[PoolMetric, Metric, Outcome]


def soft_section(context: ModuleContext) -> Section:
    """Retention, brand, satisfaction and compliance; a field that is not measured says so."""
    say = context.voice
    fields: dict[str, list[Line]] = {field: [] for field in SOFT_FIELDS}
    others: list[Line] = []
    themes = {figure.metric_id: figure.theme for figure in context.value.soft}
    for _, metric, outcome in context.pool_outcomes():
        line = verdict_line(outcome, metric, say)
        field = themes.get(metric.id) or soft_field(metric)
        field = {"quality": "compliance", "other": None}.get(field or "", field)
        if field:
            fields[field].append(line)
        elif metric.id in themes or not metric.is_hard:
            others.append(line)
    cards = [
        Card(say.word(f"soft.{field}"), "", tuple(items))
        for field, items in fields.items()
        if items
    ]
    if others:
        cards.append(Card(say.word("soft.other"), "", tuple(others)))
    blocks: list[Block] = [Cards(tuple(cards))] if cards else []
    without = [say.word(f"soft.{field}") for field, items in fields.items() if not items]
    if without:
        names = say.word("common.comma").join(without)
        text = f"{names}{say.word('common.colon')}{say.word('soft.not_watched')}"
        blocks.append(Prose((text,), is_small=True))
    return Section("soft", say.word("section.soft"), tuple(blocks), say.word("soft.lead"))


def soft_field(metric: Metric) -> str | None:
    """The field of the soft panel a metric belongs to, if any."""
    for field, words in SOFT_FIELDS.items():
        if metric.benefit_category == field or any(word in metric.id for word in words):
            return field
    return None


def viewpoints_section(context: ModuleContext) -> Section:
    """The same findings as seen by the person in the process, the decision chain, the business."""
    say = context.voice
    lines: dict[str, list[Line]] = {view: [] for view in VIEWS}
    for _, metric, outcome in context.pool_outcomes():
        lines[VIEW_OF[metric.dimension]].append(verdict_line(outcome, metric, say))
    lines["business"].insert(0, _money_line(context))
    cards = tuple(
        Card(
            say.word(f"view.{view}"),
            say.word(f"view.{view}_asks"),
            tuple(lines[view]) or (Line(say.word("view.nothing"), tone="quiet"),),
        )
        for view in VIEWS
    )
    return Section("viewpoints", say.word("section.viewpoints"), (Cards(cards),))


def _money_line(context: ModuleContext) -> Line:
    say, numbers, statement = context.voice, context.numbers, context.value.rated
    benefits, costs = statement.printed_benefits, statement.printed_costs
    note = say.word(
        "view.money",
        benefits=amount_of_benefits(context, statement),
        costs=numbers.money_short(costs),
    )
    net = numbers.money_short(benefits - costs, signed=True)
    return Line(f"{say.word('money.net')} {net}", note=note)
