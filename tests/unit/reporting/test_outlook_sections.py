"""Business cases, scenarios and experiments in every language, in the report and on the console."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from report_clinic import clinic_edition

from roi_pipeline.domain.business_cases import BusinessCase, CaseRisk, ExpectedEffect, Outcome
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.outlook import (
    BarProposal,
    Experiment,
    Outlook,
    ProposedBar,
    ScenarioColumn,
    ScenarioFigure,
)
from roi_pipeline.domain.texts import LANGUAGES, Language, Message, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.console.outlook import case_lines, experiment_lines, scenario_lines
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.model import Bullets, Prose, Section, Table
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.outlook import outlook_sections
from roi_pipeline.reporting.view import voice_for

D = Decimal
NAME = Text({"en": "Dearer", "zh-CN": "涨价", "zh-TW": "漲價"})


def outcome(benefits: int, costs: int = 1000, payback: int | None = 3) -> Outcome:
    net = D(benefits - costs)
    return Outcome(D(benefits), D(costs), net, net / costs, net, payback)


def filled() -> EditionInputs:
    edition = clinic_edition()
    first, second = (inputs.module for inputs in edition.modules[:2])
    value = edition.modules[0].value
    metric_id = edition.modules[0].module.pool[0].metric_id
    case = BusinessCase(
        module=replace(first, id="voice"),
        window=Window(date(2026, 7, 1), date(2027, 7, 1)),
        currency="CNY",
        expected=(ExpectedEffect(metric_id, "vendor_claim", "quotation", "relative", -0.05, 0.1, 0.25),),
        costs=value.rated.costs,
        benefits=(),
        worst=outcome(500, payback=None),
        likely=outcome(1500),
        best=outcome(3000),
        risk=CaseRisk(
            D("-0.4"), D("0.5"), D("1.8"), D(1), 0.25, 0.2, D(-450), D(1200), date(2026, 10, 1), D("0.66")
        ),
        verdict="pilot",
        reasons=(
            Message("case_is_not_sure", {"chance": 0.25, "bar": 1.0, "sure": 0.8, "loss": 0.2, "net": 500.0, "committed": 1200.0}),
            Message("case_rests_on_a_vendor", {"n": 3, "part": 0.5}),
        ),
    )  # fmt: skip
    figure = ScenarioFigure(first.id, D("1.2"), None, None, D(100), D(90), value.rating, "continue")
    scenarios = (
        ScenarioColumn(None, (figure,)),
        ScenarioColumn(NAME, (replace(figure, roi=D("-0.1"), action="stop"),)),
    )
    bar = BarProposal(
        "sme",
        date(2027, 1, 1),
        (ProposedBar("excellent", D("1.5"), D("1.75")),),
        (Message("bar_should_rise", {"n": 4, "wanted": 2.0, "now": 1.5, "proposed": 1.75, "step": 0.25, "floor": 0.1}),),
    )  # fmt: skip
    experiments = (
        Experiment(first.id, metric_id, "clinic", 0.1, 8, 3.0, 0.02, D(9000), D(1500), seed=11),
        Experiment(second.id, reason=Message("experiment_is_running")),
    )
    return replace(edition, outlook=Outlook((case,), scenarios, bar, experiments))


def sections(language: Language = "en") -> list[Section]:
    edition = filled()
    return outlook_sections(
        EditionContext(edition, voice_for(edition, language, shipped_sentences()))
    )


def texts(section: Section) -> str:
    found = list[str]()
    for block in section.blocks:
        match block:
            case Table():
                rows = (*block.rows, *block.feet)
                found += [cell.text + cell.note + cell.code for row in rows for cell in row]
                found += [column.title for column in block.columns] + [block.caption, block.note]
            case Prose(texts=paragraphs):
                found += paragraphs
            case Bullets(items=items):
                found += items
            case _:
                raise AssertionError(block)
    return "\n".join(found)


def test_a_study_that_plans_nothing_has_none_of_the_sections() -> None:
    edition = clinic_edition()
    voice = voice_for(edition, "en", shipped_sentences())
    assert outlook_sections(EditionContext(edition, voice)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_three_sections_are_worded_and_folded(language: Language) -> None:
    found = sections(language)
    assert [section.id for section in found] == ["cases", "what-if", "next-cycle"]
    for section in found:
        assert section.title
        assert not section.is_open
        shown = texts(section) + section.gist
        assert "case_" not in shown
        assert "experiment_" not in shown
        assert "bar_" not in shown


def test_no_column_is_without_a_heading() -> None:
    tables = [block for each in sections() for block in each.blocks if isinstance(block, Table)]
    assert len(tables) > 5
    assert all(column.title for table in tables for column in table.columns)


def test_the_case_prints_its_range_and_its_risk() -> None:
    case, scenario, following = sections()
    shown = texts(case)
    for text in (
        "−50.0%",
        "50.0%",
        "200%",
        "−40% to 180%",
        "25%",
        "20%",
        "−CN¥450",
        "CN¥1,200",
        "66%",
    ):
        assert text in shown
    assert "the median one delivered 50% of what was claimed" in shown
    (table,) = (block for block in scenario.blocks if isinstance(block, Table))
    as_is, dearer = table.rows[0][1:]
    assert (as_is.text, as_is.tone, dearer.text, dearer.tone) == ("120%", "plain", "−10.0%", "warn")
    assert "--draw 0.1 --seed 11" in texts(following)
    assert "+CN¥7,500" in texts(following)
    assert "175%" in texts(following)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_console_prints_the_same_blocks(language: Language) -> None:
    edition = filled()
    printed = [
        *case_lines(edition.study, edition.outlook, language),
        *scenario_lines(edition.study, edition.outlook.scenarios, language),
        *experiment_lines(edition.study, edition.outlook, language),
    ]
    assert len(printed) > 30
    assert any("--draw 0.1 --seed 11" in line for line in printed)
