"""What a self-test says: sound designs, one outside the limits, one tried too seldom, none at all."""

from dataclasses import replace
from datetime import date

from roi_pipeline.domain.selftests import DesignScore, Selftest
from roi_pipeline.reporting.console.selftests import selftest_lines, trying
from roi_pipeline.usecases.selftest import selftest_messages

SOUND = DesignScore("randomised", 400, 20, 200, 190, 191, 0.012, 0.01, 24, 20)
ALARMING = replace(SOUND, design="staggered", called=80)
SELDOM = DesignScore("structural_series", 3, 0, 1, 1, 1, 0.187, None, 2, 20)
CALENDAR = replace(SOUND, design="before_after", called=90)


def result(*scores: DesignScore) -> Selftest:
    return Selftest(
        date(2026, 4, 1), 7, 200, scores, 424, (("push.value", "selftest_needs_a_ratio"),),
        (("series", 325), ("few", 99)),
    )  # fmt: skip


def told(*scores: DesignScore) -> str:
    return "\n".join(selftest_lines(result(*scores)))


def test_a_sound_path_is_told_with_the_error_of_every_share() -> None:
    text = told(SOUND, CALENDAR)
    assert "5.0% ± 1.1%" in text
    assert "+1.2% ± 1.0%" in text
    assert "1 of 1 designs with a comparison and enough trials have 3-7 % false positives" in text
    assert "do not rest money" not in text
    assert "the calendar counts as effect" in text
    assert result(SOUND, CALENDAR).is_sound  # a plain before/after is known to be deceived


def test_a_design_outside_the_limits_takes_the_ground_from_its_money() -> None:
    text = told(SOUND, ALARMING)
    assert "outside 3-7 %" in text
    assert "1 of 2 designs" in text
    assert "do not rest money on the others in this study" in text
    assert not result(SOUND, ALARMING).is_sound


def test_a_design_tried_too_seldom_is_counted_but_not_judged() -> None:
    text = told(SOUND, SELDOM)
    assert "0 of 3" in text
    assert "1 of 1" in text
    assert "too few trials to judge" in text
    assert "+18.7%" in text
    assert "± 0.0%" not in text
    head, *designs = selftest_messages(result(SOUND, SELDOM))
    assert [message.values["design"] for message in designs] == ["randomised"]
    assert (head.values["within"], head.values["designs"]) == (1, 1)


def test_what_had_no_answer_or_was_not_tried_is_told_with_its_reason() -> None:
    text = told(SOUND)
    assert "424 trials without an answer" in text
    assert "one to three units live, seen as a series beside the others: 325" in text
    assert (
        "not tried: push.value: quantiles, lifetime values and metrics without a table are not self-tested"
        in text
    )


def test_the_shape_that_is_tried_is_said_in_words() -> None:
    assert trying("randomised") == "trying 1 of 6: half the units held out at random"
