"""Values stored before a name was changed are read under the name of today."""

import json
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from roi_pipeline.domain.effects import Consideration
from roi_pipeline.domain.former_names import MESSAGE_CODES, TRIAL_SHAPES, seed_name
from roi_pipeline.domain.selftests import SHAPES, Selftest
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.store.values import from_json, to_json

CATALOGUE = Path(__file__).parents[4] / "catalogue" / "messages"
RESULT = Selftest(
    date(2026, 3, 31), 1, 200, (), 3, unanswered_by_shape=(("randomised", 2), ("few", 1))
)


def codes() -> set[str]:
    return {
        code
        for path in sorted(CATALOGUE.glob("*.toml"))
        for code in tomllib.loads(path.read_text("utf-8"))
    }


def test_todays_codes_have_sentences_and_former_ones_none() -> None:
    assert len(MESSAGE_CODES) == 6
    assert set(MESSAGE_CODES.values()) <= codes()
    assert not set(MESSAGE_CODES) & codes()


@pytest.mark.parametrize(("former", "today"), sorted(MESSAGE_CODES.items()))
def test_a_message_stored_under_a_former_code_has_todays(former: str, today: str) -> None:
    one = Consideration("randomised", is_chosen=True, reason=Message(former, {"n": 3}))
    assert from_json(to_json(one), Consideration) == replace(one, reason=Message(today, {"n": 3}))


def test_a_selftest_stored_under_a_former_shape_is_read() -> None:
    assert TRIAL_SHAPES == {"lottery": "randomised"}
    stored = to_json(RESULT)
    assert from_json(stored, Selftest) == RESULT
    assert from_json(stored.replace('"randomised"', '"lottery"'), Selftest) == RESULT


def test_a_shape_nobody_knows_is_an_error_that_names_it() -> None:
    stored = json.loads(to_json(RESULT))
    stored["unanswered_by_shape"] = [["circle", 1]]
    with pytest.raises(Exception, match="While structuring Selftest") as caught:
        from_json(json.dumps(stored), Selftest)
    assert "the shape 'circle'; expected one of randomised, half" in str_of(caught.value)


def str_of(error: BaseException) -> str:
    """Every text of an error and of those it groups."""
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return " ".join([str(error), *(str_of(one) for one in inner)])


def test_draws_keep_the_seeds_of_a_shapes_first_name() -> None:
    assert seed_name("randomised") == "lottery"
    assert [seed_name(shape) for shape in SHAPES if shape != "randomised"] == list(SHAPES[1:])
