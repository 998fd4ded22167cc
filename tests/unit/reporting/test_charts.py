"""Charts are legible without colour, in every language, and the same every time; fonts are there."""

import io
import re
import socket
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from fontTools.ttLib import TTFont
from PIL import Image
from report_clinic import HOSTILE

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.modules import Target
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting import charts, font_problems, fonts, render_pdf
from roi_pipeline.reporting.charts import DARK, chart_png, chart_svg
from roi_pipeline.reporting.editions import reports
from roi_pipeline.reporting.messages import Sentences, read_words, shipped_sentences
from roi_pipeline.reporting.model import (
    Chart,
    EventChart,
    Figures,
    ForestChart,
    SeriesChart,
    TornadoChart,
    TrendChart,
    WaterfallChart,
)
from roi_pipeline.reporting.sections.pool import relative_ends
from roi_pipeline.reporting.view import voice_for

LARGEST_FONTS = 6_000_000


def all_charts(edition: EditionInputs, sentences: Sentences) -> list[Chart]:
    voice = voice_for(edition, "zh-CN", sentences)
    found = list(reports(edition, voice))
    return [
        *(figure.chart for report in found for figure in report.page_one.figures),
        *(
            figure.chart
            for report in found
            for section in report.sections
            for block in section.blocks
            if isinstance(block, Figures)
            for figure in block.items
        ),
    ]


@pytest.fixture(scope="module")
def drawn(edition: EditionInputs, sentences: Sentences) -> dict[str, tuple[Chart, str]]:
    found = all_charts(edition, sentences)
    return {f"{number}-{chart.id}": (chart, chart_svg(chart)) for number, chart in enumerate(found)}


def test_every_kind_of_chart_is_drawn(drawn: dict[str, tuple[Chart, str]]) -> None:
    kinds = {type(chart) for chart, _ in drawn.values()}
    assert kinds == {SeriesChart, EventChart, ForestChart, WaterfallChart, TornadoChart, TrendChart}


def test_svg_is_well_formed_and_asks_for_nothing(drawn: dict[str, tuple[Chart, str]]) -> None:
    assert drawn
    for name, (_, svg) in drawn.items():
        ET.fromstring(svg)  # noqa: S314 - drawn by ourselves
        assert not re.search(r"https?:|<script|<image|aria-label", svg), name
        assert "NaN" not in svg


def test_the_font_stack_ends_in_a_generic_family(drawn: dict[str, tuple[Chart, str]]) -> None:
    assert drawn
    for _, svg in drawn.values():
        stacks = re.findall(r'font-family="([^"]+)"', svg)
        assert stacks
        assert all(stack.endswith("sans-serif") for stack in stacks)


def test_only_colours_that_have_a_dark_counterpart(drawn: dict[str, tuple[Chart, str]]) -> None:
    assert drawn
    for name, (_, svg) in drawn.items():
        used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{3,6})"', svg))
        assert used <= set(DARK), name


def test_go_live_and_counterfactual_are_named(drawn: dict[str, tuple[Chart, str]]) -> None:
    svg = next(svg for chart, svg in drawn.values() if isinstance(chart, SeriesChart))
    assert all(word in svg for word in ("上线", "实际", "没有模块时"))
    assert "stroke-dasharray" in svg


def test_an_event_study_shows_the_placebo_periods_apart_from_the_effect(
    drawn: dict[str, tuple[Chart, str]],
) -> None:
    chart, svg = next(pair for pair in drawn.values() if isinstance(pair[0], EventChart))
    assert isinstance(chart, EventChart)
    assert chart.axis == "上线后周数"
    assert all(word in svg for word in ("上线前（应在零附近）", "上线后", "百分点"))
    marks = {colour: svg.count(f'fill="{colour}"') for colour in (charts.OTHER, charts.MAIN)}
    n_before = sum(period < 0 for period, *_ in chart.points)
    legend = 1
    assert marks == {
        charts.OTHER: n_before + legend,
        charts.MAIN: len(chart.points) - n_before + legend,
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-CN", "上线前 6 个区间中有 6 个包含零；上线后效果从 +13."),
        ("zh-TW", "上線前 6 個區間中有 6 個包含零；上線後效果從 +13."),
        (
            "en",
            "Before go-live 6 of 6 intervals include zero; afterwards the effect goes from +13.",
        ),
    ],
)
def test_an_event_study_is_told_in_words(
    edition: EditionInputs, sentences: Sentences, language: Language, words: str
) -> None:
    voice = voice_for(edition, language, sentences)
    report = next(r for r in reports(edition, voice) if r.module_id == "content_push")
    evidence = next(section for section in report.sections if section.id == "evidence-details")
    (figures,) = (block for block in evidence.blocks if isinstance(block, Figures))
    assert words in figures.items[0].alt


def test_hostile_names_are_text_in_charts(drawn: dict[str, tuple[Chart, str]]) -> None:
    svg = next(svg for chart, svg in drawn.values() if isinstance(chart, TornadoChart))
    assert "&lt;script" in svg
    assert HOSTILE not in svg


def test_the_same_chart_gives_the_same_bytes(drawn: dict[str, tuple[Chart, str]]) -> None:
    assert drawn
    for chart, svg in drawn.values():
        assert chart_svg(chart) == svg


def test_a_png_is_white_and_wide_enough_for_a_email(drawn: dict[str, tuple[Chart, str]]) -> None:
    chart = next(chart for chart, _ in drawn.values() if isinstance(chart, WaterfallChart))
    picture = Image.open(io.BytesIO(chart_png(chart))).convert("RGB")
    assert picture.width == 2 * charts.WIDTH
    assert picture.getpixel((2, 2)) == (255, 255, 255)


def test_contrast_of_every_chart_colour_is_enough() -> None:
    """WCAG 1.4.11: graphics need 3:1 against the page; text (ink, muted) needs 4.5:1."""
    thin = {charts.GRID, charts.BAND}
    for light, dark in DARK.items():
        if light in thin:
            continue
        least = 4.5 if light in {charts.INK, charts.MUTED} else 3.0
        assert contrast(light, "#ffffff") >= least, light
        assert contrast(dark, "#19212a") >= least, dark


def contrast(first: str, second: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_shipped_fonts_are_licensed_small_and_usable() -> None:
    assert font_problems() == ()
    assert "SIL Open Font License" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert sum((fonts.FOLDER / name).stat().st_size for name in fonts.WEIGHTS) < LARGEST_FONTS


def test_a_missing_font_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    problems = font_problems()
    assert any(
        "NotoSansSC-Regular.ttf is missing; install roi-pipeline again" in p for p in problems
    )


@pytest.mark.parametrize("name", sorted(fonts.WEIGHTS))
def test_every_character_of_every_word_and_sentence_is_in_the_fonts(name: str) -> None:
    known = set(TTFont(fonts.FOLDER / name).getBestCmap())
    texts = [word for language in LANGUAGES for word in read_words(language).values()]
    texts += [s for by_language in shipped_sentences().values() for s in by_language.values()]
    lost = {character for text in texts for character in text if ord(character) not in known}
    assert lost == set()


def test_common_characters_of_both_scripts_are_in_the_fonts() -> None:
    known = set(TTFont(fonts.FOLDER / "NotoSansSC-Regular.ttf").getBestCmap())
    lost = []
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            lost += [character] if ord(character) not in known else []
    assert lost == []
    assert all(ord(c) in known for c in "評級優質擴大使用證據機率維運龜鬱籲")


@pytest.mark.slow
def test_pdf_holds_the_text_and_the_shipped_font(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    import pypdf

    from roi_pipeline.reporting import render_edition

    render_edition(
        edition, tmp_path, formats=["html"], languages=["zh-CN"], only=["follow_up"],
        sentences=sentences,
    )  # fmt: skip
    html = (tmp_path / "zh-CN/follow_up.html").read_text(encoding="utf-8")
    first, second = render_pdf(html), render_pdf(html)
    assert first == second
    pdf = pypdf.PdfReader(io.BytesIO(first))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "回访节点预测" in text
    assert "停止投入" in text
    families = {
        str(font.get_object()["/BaseFont"])
        for page in pdf.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert any("Noto-Sans-SC" in family for family in families), families


@pytest.mark.server
def test_pdf_asks_no_server_for_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        html = f'<!DOCTYPE html><html lang="en"><body><img src="{address}" alt="x"></body></html>'
        assert render_pdf(html).startswith(b"%PDF")
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_total_below_zero_has_the_colour_of_a_loss() -> None:
    def drawn_with(amount: float) -> str:
        steps = (("benefits", 5.0, True, "5"), ("net", amount, True, str(amount)))
        return chart_svg(WaterfallChart("loss", "Loss", steps))

    assert charts.BAD in drawn_with(-3.0)
    assert charts.BAD not in drawn_with(3.0)


def test_every_wave_is_marked_and_the_band_is_in_the_legend(
    drawn: dict[str, tuple[Chart, str]],
) -> None:
    chart, svg = next(pair for pair in drawn.values() if isinstance(pair[0], SeriesChart))
    assert isinstance(chart, SeriesChart)
    assert len(chart.go_lives) == 2
    assert svg.count('stroke-dasharray="2,3"') == len(chart.go_lives)
    assert all(word in svg for word in ("上线，共 2 批", "没有模块时的 95% 区间"))


def test_a_guardrail_with_a_limit_is_drawn_with_it(
    edition: EditionInputs, sentences: Sentences
) -> None:
    inputs = next(m for m in edition.modules if m.module.id == "content_push")
    guardrail = next(entry for entry in inputs.module.pool if entry.role == "guardrail")
    series = next(o.series for o in inputs.effects.outcomes.values() if o.series)
    outcome = replace(inputs.effects.outcomes[guardrail.metric_id], series=series)
    limited = replace(guardrail, target=Target("level", 0.31))
    pool = tuple(limited if entry is guardrail else entry for entry in inputs.module.pool)
    effects = replace(
        inputs.effects, outcomes={**inputs.effects.outcomes, guardrail.metric_id: outcome}
    )
    changed = replace(inputs, module=replace(inputs.module, pool=pool), effects=effects)
    found = all_charts(replace(edition, modules=(changed,)), sentences)
    chart = next(c for c in found if c.id == f"series-{guardrail.metric_id}")
    assert isinstance(chart, SeriesChart)
    assert chart.limit == 0.31
    assert chart.limit_label in chart_svg(chart)


def test_a_chart_never_contradicts_the_verdict_beside_it(edition: EditionInputs) -> None:
    effect = next(
        o for o in edition.modules[0].effects.outcomes.values()
        if isinstance(o, Effect) and o.is_clear and o.counterfactual_value
    )  # fmt: skip
    torn = replace(effect, relative_lower=-0.01, relative_upper=0.4)
    ends = relative_ends(torn)
    assert ends is not None
    assert ends[0] > 0 or ends[2] < 0
    assert ends[1] == effect.estimate / (effect.counterfactual_value or 1)
    assert relative_ends(effect) == (
        effect.relative_lower, effect.relative, effect.relative_upper,
    )  # fmt: skip


def test_long_names_are_wrapped_and_not_cut() -> None:
    names = (
        "New intent customers per agent and day",
        "每名坐席每天的新增意向客户数（含转接与回拨）",
    )
    rows = tuple((name, 0.1, 0.05, 0.2, "good") for name in names)
    svg = chart_svg(ForestChart("forest", "", "", rows, "better", "worse", "unclear"))  # type: ignore[arg-type]
    shown = "".join(re.sub(r"<[^>]+>", "", svg).split())
    assert all(name.replace(" ", "") in shown for name in names)
    assert "…" not in svg
