"""A report says what its lift is compared with and why, what it would take to know more, who shares."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from report_clinic import clinic_edition

from roi_pipeline.domain.archives import KeptModule
from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.figures import report_schema
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.lifts import comparison_code

HELD_OUT = ActionLift(
    "smart_assistant", "visit", "holdout", "A", is_money_allowed=True, actions=12_000.0,
    gross_outcomes=3_100.0, change=0.048, change_lower=0.031, change_upper=0.065,
    incremental_outcomes=576.0, incremental_lower=372.0, incremental_upper=780.0,
    placebo=0.002, placebo_lower=-0.011, placebo_upper=0.015,
    overlapping_actions=2_204, immature_actions=310, unmatched_actions=0,
)  # fmt: skip
MATCHED = replace(HELD_OUT, kind="matched", grade="C", unmatched_actions=87, e_value=1.84)
MISSED = replace(MATCHED, grade="D", is_money_allowed=False)
UNKEPT = replace(HELD_OUT, grade="D", is_money_allowed=False)
GROSS = replace(
    HELD_OUT, kind="none", grade="E", is_money_allowed=False,
    **dict.fromkeys(("change", "change_lower", "change_upper", "placebo", "placebo_lower",
                     "placebo_upper", "incremental_outcomes", "incremental_lower",
                     "incremental_upper")),
)  # fmt: skip
SHARED = SharedCredit(
    "visit", "smart_assistant", 900, 610, Decimal("201.5"), 1_400, 77, 0.11, is_equal_split=True
)


def rendered(folder: Path, lift: ActionLift, *shared: SharedCredit, language: str = "en") -> str:
    """The attribution section of the module's report in Markdown."""
    edition = clinic_edition()
    first = replace(edition.modules[0], lift=lift, shared=shared)
    assert first.module.id == "smart_assistant"
    edition = replace(edition, modules=(first, *edition.modules[1:]))
    files = render_edition(
        edition, folder, formats=["md", "json"], languages=LANGUAGES, sentences=shipped_sentences()
    )
    figures = next(file.path for file in files if file.kind == "json")
    document = json.loads((folder / figures).read_text("utf-8"))
    Draft202012Validator(report_schema()).validate(document)
    assert document["modules"][0]["lift"]["kind"] == lift.kind
    parts = (folder / language / "smart_assistant.md").read_text("utf-8").split("\n## ")
    title = {"en": "Attribution", "zh-CN": "归因", "zh-TW": "歸因"}[language]
    return next(part for part in parts if part.startswith(title))


@pytest.mark.parametrize(
    ("lift", "told", "is_raised"),
    [
        (HELD_OUT, "compared with a randomised holdout, the strongest evidence", False),
        (UNKEPT, "sample ratio mismatch: the random assignment was not kept", True),
        (
            MATCHED,
            "no randomised holdout. Compared with customers not reached in the same week",
            True,
        ),
        (MISSED, "already differed before the actions", True),
        (
            GROSS,
            "not everything that followed an action was caused by it. It is not converted into money",
            True,
        ),
    ],
    ids=["held out", "lot not kept", "matched", "matching missed something", "gross"],
)
def test_a_report_says_what_a_lift_rests_on_and_what_would_raise_it(
    tmp_path: Path,
    lift: ActionLift,
    told: str,
    is_raised: bool,  # noqa: FBT001
) -> None:
    section = rendered(tmp_path, lift)
    assert told in section
    assert ("roi plan gives its size and selects the customers" in section) == is_raised
    assert "3,100" in section
    assert "12,000 actions counted; 2,204 overlap with the attribution window" in section
    assert ("+576" in section) == (lift.change is not None)
    assert ("+372 to +780" in section) == (lift.change is not None)
    assert ("contact and outcome 1.84 times as likely" in section) == (lift is MATCHED)
    assert f"{lift.unmatched_actions} have no matched customer" in section


@pytest.mark.parametrize("language", LANGUAGES)
def test_shared_outcomes_stand_beside_what_was_observed_in_every_language(
    tmp_path: Path, language: str
) -> None:
    section = rendered(tmp_path, HELD_OUT, SHARED, language=language)
    assert {"900", "610", "1,400"} <= set(section.replace("|", " ").split())
    equal = {"en": "partly shared equally", "zh-CN": "部分平均分摊", "zh-TW": "部分平均分攤"}
    assert equal[language] in section


def test_every_comparison_has_a_sentence_of_its_own_in_every_language() -> None:
    codes = [comparison_code(lift) for lift in (HELD_OUT, UNKEPT, MATCHED, MISSED, GROSS)]
    assert len(set(codes)) == len(codes)
    sentences = shipped_sentences()
    for code in (*codes, "lift_counts", "lift_e_value", "lift_grade_is_raised_by_a_lot"):
        assert set(sentences[code]) == set(LANGUAGES)


def test_a_published_edition_keeps_lift_and_shares() -> None:
    inputs = clinic_edition().modules[0]
    kept = KeptModule(
        inputs.module.id, inputs.effects, inputs.value, None, (), None, MATCHED, (SHARED,)
    )
    assert from_json(to_json(kept), KeptModule) == kept
