"""What `roi explain` says of a figure names the days it rests on, and no input that moves nothing."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.statements import ModuleValue, Swing
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.console.explained import Explanation, explanations
from roi_pipeline.reporting.model import Figures, Table
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.scenarios import scenarios_section
from roi_pipeline.reporting.view import voice_for

WHOLE_LIFE = ("npv", "irr", "payback", "payback_expected")
D = Decimal
QUARTER = Window(date(2026, 1, 1), date(2026, 4, 1))
STILL = Swing(
    "costs", {"en": "Total cost"}, D("900.2"), D("900.4"), D("2.1898"), D("2.1902")
)  # fmt: skip


@pytest.fixture(scope="module")
def inputs(edition: EditionInputs) -> ModuleInputs:
    chosen = next(each for each in edition.modules if each.value.rated.returns.npv is not None)
    value = chosen.value
    value = replace(value, cycle=replace(value.cycle, period=QUARTER))
    life = {"irr": D("0.2"), "payback_month": 3, "payback_expected_month": 3, "npv": D(4949)}
    statements = {
        name: replace(statement, returns=replace(statement.returns, **life, annualised_net=D(5)))
        for name in ("cycle", "since_go_live", "rated")
        if (statement := getattr(value, name))
    }
    return replace(chosen, value=replace(value, **statements, tornado=(STILL,)))


@pytest.fixture(scope="module")
def found(edition: EditionInputs, inputs: ModuleInputs) -> Mapping[str, Explanation]:
    return explanations(replace(edition, modules=(inputs,), portfolio=None), "en")


@pytest.mark.parametrize("suffix", ["", ".cycle", ".since_go_live"])
def test_figures_of_the_whole_life_name_the_days_since_go_live(
    edition: EditionInputs, inputs: ModuleInputs, found: Mapping[str, Explanation], suffix: str
) -> None:
    numbers = EditionContext(edition, voice_for(edition, "en")).numbers
    life = numbers.window(inputs.value.since_go_live.period)
    cycle = numbers.window(inputs.value.cycle.period)
    for name in WHOLE_LIFE:
        (sentence,) = found[f"{inputs.module.id}.{name}{suffix}"].sentences
        assert sentence.endswith(f"({life})"), sentence
    (sentence,) = found[f"{inputs.module.id}.annualised_net{suffix}"].sentences
    assert sentence.endswith(f"({cycle})"), sentence


def test_an_input_that_moves_nothing_is_said_to(
    inputs: ModuleInputs, found: Mapping[str, Explanation]
) -> None:
    (sentence,) = found[f"{inputs.module.id}.tornado.costs"].sentences
    assert re.search(r"Total cost is stated without a range that would move ROI", sentence)


def test_the_report_shows_no_row_whose_printed_ends_are_equal(
    edition: EditionInputs, inputs: ModuleInputs
) -> None:
    context = EditionContext(edition, voice_for(edition, "en"))

    def shown(value: ModuleValue) -> list[object]:
        section = scenarios_section(context, value)
        return [] if section is None else [type(block) for block in section.blocks]

    assert not {Figures, Table} & set(shown(inputs.value))
    moves = replace(STILL, roi_at_high=D(3))
    assert {Figures, Table} <= set(shown(replace(inputs.value, tornado=(STILL, moves))))
