"""What stands behind each figure of a report, in the report's own sentences.

Every figure has a name: `<module>.roi`, `<module>.npv`, `<module>.volume.<metric>`, `portfolio.net`.
Its explanation says the sentence, the figures it is made of and the metrics it rests on; the SQL and
the exports behind a metric are added by the use case, which knows them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.money import BenefitLine, CostLine
from roi_pipeline.domain.statements import CreditLine, ModuleValue, Statement, Swing
from roi_pipeline.domain.texts import Language, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.console.speech import worded
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, effect_line
from roi_pipeline.reporting.sections.money import calculation, cost_calculation, statement_figures
from roi_pipeline.reporting.sections.scenarios import moves_nothing
from roi_pipeline.reporting.view import PORTFOLIO, voice_for

# Figure → the figures it is computed from, of the same statement unless another is named.
PARTS: Mapping[str, tuple[str, ...]] = {
    "roi": ("benefits", "costs"),
    "roi_interval": ("benefits", "costs"),
    "roi_realised": ("realised", "costs"),
    "roi_indicative": ("benefits", "costs"),
    "net": ("benefits", "costs"),
    "npv": ("benefits.since_go_live", "costs.since_go_live"),
    "irr": ("benefits.since_go_live", "costs.since_go_live"),
    "payback": ("benefits.since_go_live", "costs.since_go_live"),
    "payback_expected": ("benefits.since_go_live", "costs.since_go_live", "annualised_net"),
    "annualised_net": ("benefits.cycle", "costs.cycle"),
}
WHOLE_LIFE = frozenset(("npv", "irr", "payback", "payback_expected", "annualised_net"))
PACE = "annualised_net"  # a year at the pace of the cycle
Period = Literal["", ".cycle", ".since_go_live"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands behind one figure.

    Attributes:
        sentences: the figure as the report has it.
        parts: names of the figures it is computed from.
        metrics: (module, metric) it rests on.
        sources: documents it was read from.
    """

    sentences: tuple[str, ...]
    parts: tuple[str, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()


def explanations(edition: EditionInputs, language: Language) -> dict[str, Explanation]:
    """Name → explanation of every figure of an edition, in the order of the reports."""
    context = EditionContext(edition, voice_for(edition, language))
    found = dict[str, Explanation]()
    for inputs in edition.modules:
        module = ModuleContext(edition, context.voice, inputs)
        _add(found, _effects(module))
        _add(found, _value(module, inputs.value))
        _add(found, _claims_and_targets(module, inputs))
    if edition.portfolio is not None:
        _add(found, _value(context, edition.portfolio))
    return found


def effect_chain(context: ModuleContext, metric_id: str) -> Iterator[str]:
    """How a metric's change was measured: definition, design, sample, checks."""
    say, metric, outcome = context.voice, context.metric(metric_id), context.outcome(metric_id)
    if metric is None or outcome is None:
        return
    yield worded(
        say, "explain_metric", name=context.metric_name(metric_id),
        sentence=metric.sentence.into(say.language), version=str(metric.version),
        owner=metric.owner,
    )  # fmt: skip
    if isinstance(outcome, Effect):
        numbers = context.numbers
        yield worded(
            say, "explain_design", design=say.name("design", outcome.design), grade=outcome.grade,
            confidence=outcome.confidence,
        )  # fmt: skip
        yield worded(
            say, "explain_sample", units=outcome.n_units, treated=outcome.n_treated,
            baseline=numbers.window(outcome.baseline), post=numbers.window(outcome.post),
        )  # fmt: skip
    for finding in outcome.findings:
        if not finding.passed:
            yield worded(say, "explain_check", sentence=say.sentence(finding.message))


def module_context(edition: EditionInputs, module_id: str, language: Language) -> ModuleContext:
    """The context of one module by its id."""
    inputs = next(each for each in edition.modules if each.module.id == module_id)
    return ModuleContext(edition, voice_for(edition, language), inputs)


def _add(found: dict[str, Explanation], more: Iterable[tuple[str, Explanation]]) -> None:
    """Two figures of one name are both shown."""
    for name, explanation in more:
        known = found.get(name)
        if known is None:
            found[name] = explanation
            continue
        found[name] = Explanation(
            tuple(dict.fromkeys((*known.sentences, *explanation.sentences))),
            tuple(dict.fromkeys((*known.parts, *explanation.parts))),
            tuple(dict.fromkeys((*known.metrics, *explanation.metrics))),
            tuple(dict.fromkeys((*known.sources, *explanation.sources))),
        )


def _effects(context: ModuleContext) -> Iterator[tuple[str, Explanation]]:
    for metric_id, outcome in context.inputs.effects.outcomes.items():
        metric = context.metric(metric_id)
        if metric is None:
            continue
        line = effect_line(outcome, metric, context.voice)
        levels = [outcome.baseline_value, outcome.post_value]
        shown = " → ".join(context.numbers.value(level, metric.unit) for level in levels)
        sentence = worded(
            context.voice, "explain_effect", name=line.text, levels=shown, verdict=line.verdict,
            note=line.note,
        )  # fmt: skip
        name = f"{context.module.id}.{metric_id}"
        yield name, Explanation((sentence,), metrics=((context.module.id, metric_id),))


def _value(context: EditionContext, value: ModuleValue) -> Iterator[tuple[str, Explanation]]:
    """The statements, their lines, the rating and the decision of a module or of all together."""
    owner = value.module_id
    periods: tuple[tuple[Period, Statement], ...] = (
        ("", value.rated), (".cycle", value.cycle), (".since_go_live", value.since_go_live),
    )  # fmt: skip
    for suffix, statement in periods:
        yield from _figures(context, value, statement, suffix)
        for line in (*statement.benefits, *statement.costs):
            name = _line_name(owner, line)
            explanation = _line(context, owner, line)
            yield (name, explanation) if not suffix else (f"{name}{suffix}", explanation)
    yield f"{owner}.rating", _rating(context, value)
    yield from _waiting(context, value)
    yield from _volumes(context, value)
    for credit in value.credit:
        yield f"{owner}.credit.{credit.metric_id}", _credit(context, credit)
    for swing in value.tornado:
        yield f"{owner}.tornado.{swing.input_id}", _swing(context, value, swing)


def _figures(
    context: EditionContext, value: ModuleValue, statement: Statement, suffix: Period
) -> Iterator[tuple[str, Explanation]]:
    owner, say = value.module_id, context.voice
    metrics = tuple(dict.fromkeys((x.module_id, x.metric_id) for x in statement.counted_benefits))
    for figure in statement_figures(context, statement, value.rating):
        if figure.name == "period":
            continue
        days = _days_of(figure.name, value, statement)
        sentence = worded(
            say, "explain_figure", label=figure.label, text=figure.text,
            period=context.numbers.window(days),
        )  # fmt: skip
        parts = tuple(
            f"{owner}.{part}{'' if '.' in part or part in WHOLE_LIFE else suffix}"
            for part in PARTS.get(figure.name, ())
        ) or tuple(_lines_of(owner, statement, figure.name, suffix))
        behind = () if figure.name == "costs" else metrics
        yield f"{owner}.{figure.name}{suffix}", Explanation((sentence,), parts, behind)


def _days_of(name: str, value: ModuleValue, statement: Statement) -> Window:
    """The days a figure was computed over; those of the whole life stand in every statement."""
    if name == PACE:
        return value.cycle.period
    return value.since_go_live.period if name in WHOLE_LIFE else statement.period


def _lines_of(owner: str, statement: Statement, name: str, suffix: Period) -> Iterator[str]:
    """The counted lines that add up to a total."""
    lines: Sequence[BenefitLine | CostLine] = (
        statement.counted_costs if name == "costs" else statement.counted_benefits
    )
    for line in lines:
        if name in ("costs", "benefits") or (isinstance(line, BenefitLine) and line.ledger == name):
            yield f"{_line_name(owner, line)}{suffix}"


def _line_name(owner: str, line: BenefitLine | CostLine) -> str:
    own = f"{line.module_id}.{line.id}"
    return f"{PORTFOLIO}.{own}" if owner == PORTFOLIO else own


def _line(context: EditionContext, owner: str, line: BenefitLine | CostLine) -> Explanation:
    say, numbers = context.voice, context.numbers
    is_benefit = isinstance(line, BenefitLine)
    product = calculation(context, line) if is_benefit else cost_calculation(context, line)
    sentence = worded(
        say, "explain_line", name=plain(line.name.into(say.language)), product=product,
        amount=numbers.money(line.amount), period=numbers.window(line.period),
    )  # fmt: skip
    reason = line.excluded_because if is_benefit else line.left_out_because
    sentences = (sentence, *((say.sentence(reason),) if reason else ()))
    if not is_benefit:
        return Explanation(sentences, sources=(plain(line.source),))
    parts = (f"{line.module_id}.volume.{line.metric_id}", f"{line.module_id}.{line.metric_id}")
    if owner == PORTFOLIO:
        parts = (f"{line.module_id}.{line.id}",)
    metrics = ((line.module_id, line.metric_id),)
    return Explanation(sentences, parts, metrics, (plain(line.unit_value_source),))


def _rating(context: EditionContext, value: ModuleValue) -> Explanation:
    say, rating = context.voice, value.rating
    verdict, _ = context.verdict(rating)
    sentences = [worded(say, "explain_rating", rating=verdict)]
    if rating.probability is not None and rating.bar is not None:
        label = say.word("headline.probability", bar=context.numbers.roi(rating.bar))
        chance = context.numbers.probability(rating.probability)
        sentences.append(f"{label}{say.word('common.colon')}{chance}")
    sentences += [say.sentence(reason) for reason in rating.reasons]
    metrics = tuple((line.module_id, line.metric_id) for line in value.rated.counted_benefits)
    return Explanation(tuple(sentences), (f"{value.module_id}.roi",), tuple(dict.fromkeys(metrics)))


def _waiting(context: EditionContext, value: ModuleValue) -> Iterator[tuple[str, Explanation]]:
    say, decision = context.voice, value.decision
    metrics = tuple(
        dict.fromkeys((line.module_id, line.metric_id) for line in value.cycle.counted_benefits)
    )
    for name, amount in (
        ("cost_of_waiting", decision.cost_of_waiting),
        ("value_of_waiting", decision.value_of_waiting),
    ):
        if amount is not None:
            label = say.word(f"advice.{name}")
            sentence = f"{label}{say.word('common.colon')}{context.numbers.money(amount)}"
            parts = (f"{value.module_id}.net.cycle",)
            yield f"{value.module_id}.{name}", Explanation((sentence,), parts, metrics)


def _volumes(context: EditionContext, value: ModuleValue) -> Iterator[tuple[str, Explanation]]:
    """How much of each metric's denominator the money was counted over, in each period."""
    for statement in (value.rated, value.cycle, value.since_go_live):
        for line in statement.benefits:
            sentence = worded(
                context.voice, "explain_volume", name=context.voice.name("metric", line.metric_id),
                volume=context.numbers.number(line.volume),
                period=context.numbers.window(line.period),
            )  # fmt: skip
            name = f"{line.module_id}.volume.{line.metric_id}"
            if value.module_id == PORTFOLIO:
                name = f"{PORTFOLIO}.{name}"
            yield name, Explanation((sentence,), metrics=((line.module_id, line.metric_id),))


def _credit(context: EditionContext, line: CreditLine) -> Explanation:
    number = context.numbers.number
    sentence = worded(
        context.voice, "explain_credit", name=context.voice.name("metric", line.metric_id),
        claimed=number(line.claimed), observed=number(line.observed),
        incremental=number(line.incremental), credited=number(line.credited),
        amount=context.numbers.money(line.amount),
    )  # fmt: skip
    metrics = tuple((module_id, line.metric_id) for module_id in line.module_ids)
    return Explanation((sentence,), tuple(f"{m}.{metric}" for m, metric in metrics), metrics)


def _swing(context: EditionContext, value: ModuleValue, swing: Swing) -> Explanation:
    name = plain(Text(swing.name).into(context.voice.language)) or swing.input_id
    if moves_nothing(context, swing):
        shown = context.numbers.roi(value.rated.returns.roi)
        sentence = worded(context.voice, "explain_no_swing", name=name, roi=shown)
    else:
        span = context.numbers.roi_span(*sorted((swing.roi_at_low, swing.roi_at_high)))
        sentence = worded(context.voice, "explain_swing", name=name, span=span)
    return Explanation((sentence,), (f"{value.module_id}.roi",))


def _claims_and_targets(
    context: ModuleContext, inputs: ModuleInputs
) -> Iterator[tuple[str, Explanation]]:
    owner, say = inputs.module.id, context.voice
    for claim in inputs.value.claims:
        verdict = say.name("claim", claim.verdict)
        sentence = f"{verdict}{say.word('common.colon')}{say.sentence(claim.reason)}"
        parts = (f"{owner}.{claim.metric_id}",)
        yield (
            f"{owner}.claim.{claim.claim_id}",
            Explanation((sentence,), parts, ((owner, claim.metric_id),)),
        )
    for target in inputs.value.targets:
        parts = (f"{owner}.{target.metric_id}",)
        yield (
            f"{owner}.target.{target.metric_id}",
            Explanation((say.sentence(target.reason),), parts, ((owner, target.metric_id),)),
        )
    for item in inputs.value.assumptions:
        label = plain(item.name.into(say.language)) if item.name else item.id
        sentence = worded(
            say, "explain_assumption", name=label, value=str(item.value), unit=item.unit,
            owner=plain(item.owner), day=item.stated_on,
        )  # fmt: skip
        yield (
            f"{owner}.assumption.{item.id}",
            Explanation((sentence,), sources=(plain(item.source),)),
        )
