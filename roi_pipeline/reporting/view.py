"""One report in one language: asks each section what it has to say and puts them in order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.messages import (
    Sentences,
    Voice,
    names_of,
    numbers_in,
    plain,
    read_words,
    shipped_sentences,
)
from roi_pipeline.reporting.model import Report, Section
from roi_pipeline.reporting.sections.advice import advice_section
from roi_pipeline.reporting.sections.attribution import attribution_section
from roi_pipeline.reporting.sections.changes import changes_section
from roi_pipeline.reporting.sections.claims import claims_section
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext
from roi_pipeline.reporting.sections.efficiency import (
    efficiency_section,
    portfolio_scores_section,
    usage_section,
)
from roi_pipeline.reporting.sections.evidence import evidence_details_section, evidence_section
from roi_pipeline.reporting.sections.gists import (
    advice_gist,
    changes_gist,
    claims_gist,
    data_gist,
    evidence_gist,
    money_gist,
    moved_to_page_one,
    pool_gist,
    provenance_gist,
    scenarios_gist,
    targets_gist,
    totals_gist,
)
from roi_pipeline.reporting.sections.headline import module_headline
from roi_pipeline.reporting.sections.money import money_section
from roi_pipeline.reporting.sections.outlook import outlook_sections
from roi_pipeline.reporting.sections.page_one import module_page_one, portfolio_page_one
from roi_pipeline.reporting.sections.people import soft_section, viewpoints_section
from roi_pipeline.reporting.sections.pool import pool_section
from roi_pipeline.reporting.sections.portfolio import (
    portfolio_headline,
    portfolio_sections,
    ranked,
    totals,
)
from roi_pipeline.reporting.sections.scenarios import scenarios_section
from roi_pipeline.reporting.sections.sources import data_section, method_section, provenance_section

PORTFOLIO = "portfolio"


def voice_for(
    edition: EditionInputs, language: Language, sentences: Sentences | None = None
) -> Voice:
    """The language with the names of this study's metrics and modules."""
    words, study = read_words(language), edition.study
    names = names_of(study, language)
    names |= {("module", x.module.id): x.module.name.into(language) for x in study.planned}
    names |= {("term", name): x.by_language.get(language, name) for name, x in study.terms.items()}
    names |= {("module", m.module.id): m.module.name.into(language) for m in edition.modules}
    return Voice(
        language=language,
        words=words,
        sentences=shipped_sentences() if sentences is None else sentences,
        numbers=numbers_in(language, study.currency),
        names=names,
    )


def module_report(edition: EditionInputs, inputs: ModuleInputs, voice: Voice) -> Report:
    """The report of one module."""
    context = ModuleContext(edition, voice, inputs)
    scenarios = scenarios_section(context, context.value)
    claims = claims_section(context)
    body: list[Section | None] = [
        replace(advice_section(context), gist=advice_gist(context)),
        replace(changes_section(context), gist=changes_gist(context)),
        replace(money_section(context), gist=money_gist(context)),
        replace(pool_section(context), gist=pool_gist(context)),
        replace(scenarios, gist=scenarios_gist(context, context)) if scenarios else None,
        replace(evidence_section(context), gist=evidence_gist(context)),
    ]
    appendix: list[Section | None] = [
        replace(claims, gist=claims_gist(context, (inputs,))) if claims else None,
        evidence_details_section(context),
        attribution_section(context, context.value),
        usage_section(context),
        efficiency_section(context),
        soft_section(context),
        viewpoints_section(context),
        *_sources(context),
    ]
    sections, figures = moved_to_page_one(_joined(body, appendix), "series-", "waterfall")
    scene = plain(inputs.module.scene.into(voice.language))
    return Report(
        module_id=inputs.module.id,
        title=context.name,
        subtitle=voice.word("report.module_subtitle", scene=scene),
        headline=module_headline(context),
        page_one=replace(module_page_one(context), figures=figures),
        sections=sections,
        **_frame(context),
    )


def portfolio_report(edition: EditionInputs, voice: Voice) -> Report:
    """The report of all modules together."""
    context = EditionContext(edition, voice)
    sections = {section.id: section for section in portfolio_sections(context)}
    ranking = sections.pop("ranking")
    attribution = sections.pop("attribution", None)
    gists = {
        "scenarios": scenarios_gist(context),
        "claims": claims_gist(context, context.edition.modules),
        "kpis": targets_gist(context),
    }
    sections |= {
        name: replace(sections[name], gist=gist) for name, gist in gists.items() if name in sections
    }
    ranking = replace(ranking, gist=totals_gist(context, totals(context)))
    ahead = outlook_sections(context)
    body: list[Section | None] = [sections.pop("advice"), ranking, *ahead, *sections.values()]
    appendix = [attribution, portfolio_scores_section(context), *_sources(context)]
    return Report(
        module_id=PORTFOLIO,
        title=voice.word("portfolio.name"),
        subtitle=voice.word("report.portfolio_subtitle"),
        headline=portfolio_headline(context),
        page_one=portfolio_page_one(context, ranked(context), totals(context)),
        sections=_joined(body, appendix),
        links=tuple((c.module.id, c.name) for c in ranked(context)),
        **_frame(context),
    )


def _sources(context: EditionContext) -> list[Section]:
    """Data, method and provenance, which every report ends with."""
    method = [method_section(context)] if isinstance(context, ModuleContext) else []
    return [
        replace(data_section(context), gist=data_gist(context)),
        *method,
        replace(provenance_section(context), gist=provenance_gist(context)),
    ]


def _joined(
    body: Sequence[Section | None], appendix: Sequence[Section | None]
) -> tuple[Section, ...]:
    """The body, then the appendix, without what a report has nothing to say on."""
    return (
        *(section for section in body if section),
        *(replace(section, is_appendix=True) for section in appendix if section),
    )


def _ribbon(context: EditionContext) -> str:
    """What a reader must know of an edition that is not final: does the cycle still run?"""
    edition = context.edition
    if edition.status == "final":
        return ""
    has_ended = edition.status == "draft" and edition.cycle.as_of >= edition.cycle.window.end
    return context.voice.word("ribbon.ended" if has_ended else f"ribbon.{edition.status}")


def _frame(context: EditionContext) -> dict[str, Any]:
    """What every report of the edition says at its head and foot."""
    say, edition = context.voice, context.edition
    company = plain(edition.study.company.into(say.language)) or edition.study.id
    number = context.numbers.count(edition.number)
    status = say.word("report.edition", status=say.word(f"status.{edition.status}"), n=number)
    day = context.numbers.day(edition.provenance.as_of)
    return {
        "language": say.language,
        "company": company,
        "cycle": edition.cycle.key,
        "period": context.numbers.window(edition.cycle.window),
        "status": f"{status} · {say.word('report.as_of', day=day)}",
        "ribbon": _ribbon(context),
        "paper": edition.study.paper,
        "footer": (say.word("report.promise"), say.word("report.readers")),
    }
