"""Page one: says what changed, how sure, worth what, do what, by when; fits one page; nothing twice."""

import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from markupsafe import escape
from pypdf import PdfReader

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.study import Paper
from roi_pipeline.domain.texts import LANGUAGES, Language, Text
from roi_pipeline.reporting import render_board_pdf, render_edition
from roi_pipeline.reporting.editions import reports
from roi_pipeline.reporting.glossary_page import definition
from roi_pipeline.reporting.markup import unbroken
from roi_pipeline.reporting.messages import Sentences
from roi_pipeline.reporting.model import Report
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext
from roi_pipeline.reporting.sections.rows import module_table
from roi_pipeline.reporting.view import module_report, voice_for

PAPERS: dict[Paper, list[int]] = {"A4": [595, 842], "Letter": [612, 792]}
MOST_WORDS = 120


def reports_in(
    edition: EditionInputs, sentences: Sentences, language: Language
) -> dict[str, Report]:
    found = reports(edition, voice_for(edition, language, sentences))
    return {report.module_id: report for report in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_one_answers_the_five_questions(
    edition: EditionInputs, sentences: Sentences, language: Language
) -> None:
    found = reports_in(edition, sentences, language)
    assert len(found) == 1 + len(edition.modules)
    for report in found.values():
        one = report.page_one
        assert one.story.endswith(("。", "."))
        assert 3 <= len(one.facts) <= 4
        assert one.table is not None
        assert one.table.rows
        assert one.to_do
        assert all(item.due and item.what for item in one.to_do)


def test_the_prose_of_page_one_is_short(edition: EditionInputs, sentences: Sentences) -> None:
    reports = reports_in(edition, sentences, "en").values()
    assert reports
    for report in reports:
        one = report.page_one
        prose = [one.story, *(f"{item.what} {item.due} {item.stake}" for item in one.to_do)]
        assert 8 < len(" ".join(prose).split()) <= MOST_WORDS, report.module_id


def test_the_story_names_who_earned_and_who_lost(
    edition: EditionInputs, sentences: Sentences
) -> None:
    story = reports_in(edition, sentences, "en")["portfolio"].page_one.story
    assert story == (
        "Content push and Intent recognition earned CN¥546.7k net of costs; Follow-up prediction"
        " lost CN¥49.3k net of costs; 1 module has no benefits in money yet; Follow-up prediction:"
        " stop, by 1 May 2026."
    )
    own = reports_in(edition, sentences, "zh-CN")["follow_up"].page_one.story
    assert (
        own
        == "客户回访完成时间改善 41.7%；扣除成本后净亏损 ¥4.9万（ROI −82.1%）；建议停止投入（2026年5月1日前决定）。"
    )


def test_the_story_of_a_company_with_one_module_names_it_once(
    edition: EditionInputs, sentences: Sentences
) -> None:
    only = next(m for m in edition.modules if m.module.id == "content_push")
    changed = replace(edition, modules=(only,))
    story = reports_in(changed, sentences, "en")["portfolio"].page_one.story
    assert story.count("Content push") == 1
    assert "; next step: " in story


def test_a_loss_within_its_interval_is_called_open(
    edition: EditionInputs, sentences: Sentences
) -> None:
    follow_up = next(m for m in edition.modules if m.module.id == "follow_up")
    rated = follow_up.value.rated
    returns = replace(rated.returns, roi_lower=Decimal("-0.9"), roi_upper=Decimal("0.2"))
    value = replace(follow_up.value, rated=replace(rated, returns=returns))
    changed = replace(edition, modules=(replace(follow_up, value=value),))
    story = reports_in(changed, sentences, "en")["portfolio"].page_one.story
    assert "hether Follow-up prediction will cover the costs is still open" in story
    assert "lost" not in story


def test_a_day_that_has_passed_is_called_past(edition: EditionInputs, sentences: Sentences) -> None:
    first = edition.modules[0]
    decision = replace(first.value.decision, decide_by="2026-01-05")
    module = replace(first, value=replace(first.value, decision=decision))
    changed = replace(edition, modules=(module, *edition.modules[1:]))
    to_do = reports_in(changed, sentences, "en")["portfolio"].page_one.to_do
    assert to_do[0].due == "was due 5 Jan 2026"


def test_a_figure_of_page_one_is_not_drawn_a_second_time(
    edition: EditionInputs, sentences: Sentences
) -> None:
    report = reports_in(edition, sentences, "en")["content_push"]
    shown = [figure.chart.id for figure in report.page_one.figures]
    assert shown == ["series-push_hit_rate", "waterfall"]
    text = str(report.sections)
    assert all(f"id='{name}'" not in text for name in shown)


def test_lists_of_files_are_counted_here_and_kept_whole_elsewhere(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    render_edition(edition, tmp_path, formats=["md", "json"], languages=["en"], sentences=sentences)
    page = (tmp_path / "en/content_push.md").read_text("utf-8")
    figures = (tmp_path / "figures.json").read_text("utf-8")
    assert edition.provenance.files
    assert f"Export files: **{len(edition.provenance.files)}**" in page
    assert all(load.sha256 in figures for load in edition.provenance.files)
    assert not any(load.sha256[:12] in page for load in edition.provenance.files)


def test_data_quality_shows_the_modules_own_sources_only(
    edition: EditionInputs, sentences: Sentences
) -> None:
    tables = sorted({load.table for load in edition.provenance.files})
    assert len(tables) > 1
    own = replace(edition.modules[0], sources=(tables[0],))
    changed = replace(edition, modules=(own, *edition.modules[1:]))
    report = reports_in(changed, sentences, "en")[own.module.id]
    data = next(section for section in report.sections if section.id == "data")
    assert tables[0] in str(data)
    assert tables[1] not in str(data)


def test_the_paper_is_the_studys(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    for paper in PAPERS:
        set_on = replace(edition, study=replace(edition.study, paper=paper))
        render_edition(
            set_on, tmp_path, formats=["html"], languages=["en"], only=["portfolio"],
            sentences=sentences,
        )  # fmt: skip
        html = (tmp_path / "en" / "portfolio.html").read_text("utf-8")
        assert f"@page{{size:{paper};" in html


@pytest.mark.slow
@pytest.mark.parametrize("module", ["portfolio", "content_push"])
def test_the_board_pdf_has_exactly_one_page(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path, module: str
) -> None:
    render_edition(
        edition, tmp_path, formats=["html"], languages=["en"], only=[module], sentences=sentences
    )
    html = (tmp_path / "en" / f"{module}.html").read_text("utf-8")
    many = html.replace("</tbody>", "<tr><th>one more module</th></tr>" * 40 + "</tbody>", 1)
    tried: list[tuple[str, Paper]] = [(html, "A4"), (html, "Letter"), (many, "A4")]
    pdfs = [render_board_pdf(page, paper=paper) for page, paper in tried]
    for pdf, (_, paper) in zip(pdfs, tried, strict=True):
        (sheet,) = PdfReader(io.BytesIO(pdf)).pages
        assert [round(float(side)) for side in sheet.mediabox[2:]] == PAPERS[paper]
        assert "What to decide" in sheet.extract_text()
    assert render_board_pdf(html) == pdfs[0]


def test_a_module_says_how_far_roi_moved_since_the_last_edition(
    edition: EditionInputs, sentences: Sentences
) -> None:
    found = reports_in(edition, sentences, "en")
    assert "▲ 37 points since the last edition" in found["content_push"].page_one.facts[1].note
    assert "since the last edition" not in found["follow_up"].page_one.facts[1].note


def test_owners_are_named_in_the_readers_language_where_the_study_says_how(
    edition: EditionInputs, sentences: Sentences
) -> None:
    inputs = edition.modules[0]
    owned = replace(inputs, module=replace(inputs.module, owner="市场部"))
    terms = {"市场部": Text({"en": "Marketing"})}
    named = replace(edition, study=replace(edition.study, terms=terms), modules=(owned,))
    shown = {
        language: module_report(named, owned, voice_for(named, language, sentences))
        for language in LANGUAGES
    }
    owners = {language: report.page_one.to_do[0].owner for language, report in shown.items()}
    assert owners == {"en": "Marketing", "zh-CN": "市场部", "zh-TW": "市场部"}


@pytest.mark.parametrize(
    ("language", "term"), [("en", "Net benefit"), ("zh-CN", "净收益"), ("zh-TW", "淨收益")]
)
def test_terms_carry_their_definition(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path, language: Language, term: str
) -> None:
    render_edition(
        edition, tmp_path, formats=["html"], languages=[language], only=["content_push"],
        sentences=sentences,
    )  # fmt: skip
    html = (tmp_path / language / "content_push.html").read_text("utf-8")
    meaning = definition(language, term)
    assert meaning
    assert f'<dfn title="{escape(meaning)}">{term}</dfn>' in html
    assert definition(language, "content_push") == ""


def test_a_row_of_all_modules_names_the_rating_beside_the_advice(
    edition: EditionInputs, sentences: Sentences
) -> None:
    context = EditionContext(edition, voice_for(edition, "en", sentences))
    modules = [ModuleContext(edition, context.voice, inputs) for inputs in edition.modules]
    rows = module_table(context, modules).rows
    assert len(rows) == len(modules) > 1
    for row, module in zip(rows, modules, strict=True):
        assert row[-1].note.startswith(module.verdict(module.value.rating)[0])


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("净收益 ¥12.5万；", "净收益 ¥12.5\u2060万；"),
        ("−¥1,280萬", "−\u2060¥1,280\u2060萬"),
        ("一万三千", "一万三千"),
    ],
)
def test_an_amount_is_not_broken_over_two_lines(written: str, kept: str) -> None:
    assert unbroken(written) == kept
