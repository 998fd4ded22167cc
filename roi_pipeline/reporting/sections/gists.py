"""What a section found, in one line beside its title, so that nobody unfolds it to learn that."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from roi_pipeline.domain.editions import ModuleInputs
from roi_pipeline.domain.effects import Inconclusive
from roi_pipeline.reporting.model import Block, Figure, Figures, Section
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext, effect_tone
from roi_pipeline.reporting.sections.evidence import all_findings, warnings_of
from roi_pipeline.reporting.sections.headline import amount_of_benefits, decide_by
from roi_pipeline.reporting.sections.scenarios import largest_swing
from roi_pipeline.reporting.sections.sources import files_of, passed_rules


def moved_to_page_one(
    sections: Sequence[Section], *beginnings: str
) -> tuple[tuple[Section, ...], tuple[Figure, ...]]:
    """(sections, figures): the first chart of each kind is shown on page one, and not a second time."""
    kept, figures = list(sections), list[Figure]()
    for beginning in beginnings:
        for position, section in enumerate(kept):
            found = next(
                (
                    figure
                    for block in section.blocks
                    if isinstance(block, Figures)
                    for figure in block.items
                    if figure.chart.id.startswith(beginning)
                ),
                None,
            )
            if found is not None:
                kept[position] = replace(section, blocks=_without(section.blocks, found))
                figures.append(found)
                break
    return tuple(kept), tuple(figures)


def _without(blocks: tuple[Block, ...], figure: Figure) -> tuple[Block, ...]:
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Figures) and figure in block.items:
            rest = tuple(item for item in block.items if item is not figure)
            kept += [Figures(rest)] if rest else []
        else:
            kept.append(block)
    return tuple(kept)


def changes_gist(context: ModuleContext) -> str:
    """ROI in the edition before and in this one."""
    say, numbers, previous = context.voice, context.numbers, context.inputs.previous
    if previous is None:
        return say.word("changes.first")
    now = numbers.roi(context.value.shown_roi, bar=context.value.rating.bar)
    return say.word("gist.changes", then=numbers.roi(previous.roi), now=now)


def advice_gist(context: ModuleContext) -> str:
    """The action and its day."""
    say, decision = context.voice, context.value.decision
    action = say.name("action", decision.action)
    if not decision.decide_by:
        return action
    return say.word("gist.advice", action=action, day=decide_by(context, decision.decide_by))


def money_gist(context: ModuleContext) -> str:
    """Benefits, costs and what is left."""
    numbers, rated = context.numbers, context.value.rated
    return context.voice.word(
        "gist.money",
        benefits=amount_of_benefits(context, rated),
        costs=numbers.money_short(rated.printed_costs),
        net=numbers.money_short(rated.printed_net, signed=True),
    )


def pool_gist(context: ModuleContext) -> str:
    """How many metrics got better, worse, stayed or could not be estimated."""
    say, count = context.voice, context.numbers.count
    kinds = Counter[str]()
    for _, metric, outcome in context.pool_outcomes():
        if isinstance(outcome, Inconclusive):
            kinds["effect.inconclusive"] += 1
            continue
        tone = effect_tone(outcome, metric)
        kinds[{"good": "effect.better", "bad": "effect.worse"}.get(tone, "effect.unclear")] += 1
    order = ("effect.better", "effect.worse", "effect.unclear", "effect.inconclusive")
    parts = [f"{say.word(kind)} {count(kinds[kind])}" for kind in order if kinds[kind]]
    return say.word("common.comma").join(parts)


def counted_words(context: EditionContext, kind: str, verdicts: Sequence[str]) -> str:
    """How often each verdict was given, the most frequent first: `Smaller than claimed 2`."""
    say, count = context.voice, context.numbers.count
    parts = [f"{say.name(kind, name)} {count(n)}" for name, n in Counter(verdicts).most_common()]
    return say.word("common.comma").join(parts)


def claims_gist(context: EditionContext, modules: Sequence[ModuleInputs]) -> str:
    """How the vendors' claims fared."""
    verdicts = [audit.verdict for inputs in modules for audit in inputs.value.claims]
    return counted_words(context, "claim", verdicts)


def targets_gist(context: EditionContext) -> str:
    """How many targets of all modules are reached, open or missed."""
    audits = [audit for inputs in context.edition.modules for audit in inputs.value.targets]
    return counted_words(context, "target", [audit.verdict for audit in audits])


def totals_gist(context: EditionContext, money: tuple[Decimal, Decimal]) -> str:
    """Benefits, costs and what is left of all modules."""
    benefits, costs = money
    shorten = context.numbers.money_short
    return context.voice.word(
        "gist.money", benefits=shorten(benefits), costs=shorten(costs),
        net=shorten(benefits - costs, signed=True),
    )  # fmt: skip


def scenarios_gist(context: EditionContext, value: ModuleContext | None = None) -> str:
    """The input that moves ROI most, and how far."""
    found = value.value if value else context.edition.portfolio
    if found is None:
        return ""
    swing = largest_swing(context, found)
    return context.voice.word("gist.scenarios", input=swing[0], range=swing[1]) if swing else ""


def evidence_gist(context: ModuleContext) -> str:
    """Checks run, and how many raised a warning."""
    findings = all_findings(context)
    if not findings:
        return context.voice.word("evidence.no_checks")
    count, failed = context.numbers.count, len(warnings_of(context))
    return context.voice.word("evidence.checks", n=count(len(findings)), failed=count(failed))


def data_gist(context: EditionContext) -> str:
    """Files and rows of the sources behind the figures, and how many rows are quarantined."""
    files, numbers = files_of(context), context.numbers
    return context.voice.word(
        "gist.data",
        files=numbers.count(len(files)),
        rows=numbers.count(sum(load.rows_read for load in files)),
        quarantined=numbers.count(sum(load.rows_quarantined for load in files)),
    )


def provenance_gist(context: EditionContext) -> str:
    """The fingerprint of everything that went in, and the rules it passed."""
    n, passed = passed_rules(context)
    count = context.numbers.count
    day = context.numbers.day(context.edition.provenance.as_of)
    return context.voice.word("gist.provenance", day=day, passed=count(passed), n=count(n))
