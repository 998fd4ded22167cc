"""The headline and the ladder name the design that was used, whatever grade its checks left it."""

from dataclasses import replace

import pytest

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.effects import Effect
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.messages import Sentences, read_words
from roi_pipeline.reporting.model import Ladder
from roi_pipeline.reporting.view import module_report, portfolio_report, voice_for


def staggered_at_grade_c(inputs: ModuleInputs) -> ModuleInputs:
    """The module with every effect from a staggered roll-out whose checks left it at grade C."""
    outcomes = {
        name: replace(outcome, design="staggered", grade="C")
        if isinstance(outcome, Effect)
        else outcome
        for name, outcome in inputs.effects.outcomes.items()
    }
    lines = tuple(
        replace(line, grade="C") if line.grade else line for line in inputs.value.rated.benefits
    )
    rated = replace(inputs.value.rated, benefits=lines)
    return replace(
        inputs,
        effects=replace(inputs.effects, outcomes=outcomes),
        value=replace(inputs.value, rated=rated),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headline_names_the_design_that_was_used(
    edition: EditionInputs, sentences: Sentences, language: Language
) -> None:
    """A roll-out over twenty clinics had stood there as one series with control series."""
    changed = staggered_at_grade_c(edition.modules[0])
    shown = replace(edition, modules=(changed, *edition.modules[1:]))
    voice = voice_for(shown, language, sentences)
    name = read_words(language)["design.staggered"]
    report = module_report(shown, changed, voice)
    assert (report.headline.grade, report.headline.grade_name) == ("C", name)
    for page in (report, portfolio_report(shown, voice)):
        (ladder,) = (
            block
            for section in page.sections
            for block in section.blocks
            if isinstance(block, Ladder)
        )
        (rung,) = (rung for rung in ladder.rungs if rung.grade == "C")
        assert rung.items
        assert any(name in item for item in rung.items)
