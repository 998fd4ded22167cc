"""Sentences shown to people are short, and each Chinese text is in its own characters.

A sentence ends with a full stop, a question mark or an exclamation mark; semicolons and colons do not end
one. A gap counts as one word. What is longer has to be split, or justified here.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "zh-CN", "zh-TW")
MOST = {"en": 25, "zh-CN": 40, "zh-TW": 40}  # words; characters
JUSTIFIED = {
    "console_selftest_legend": "a legend: the columns of a table, each explained in a few words",
    "lifetime_value_of_everybody": "a list of fitted parameters, copied by whoever recomputes them",
    "lifetime_value_of_treated": "likewise",
    "lifetime_value_of_comparison": "likewise",
}
PLURAL = re.compile(r"\{[^{}:]*:plural [^|{}]*\|([^{}]*)\}")
GAP = re.compile(r"\{[^{}]*\}")
ENDS = {
    "en": r"(?<=[.!?])\s+|\n",
    "zh-CN": r"[。！？\n]|(?<=\.)\s",
    "zh-TW": r"[。！？\n]|(?<=\.)\s",
}
HAN = re.compile(r"[\u3400-\u9fff]")
# Characters of one script are not in the other's national set.
OWN_SET = {"zh-CN": "gb2312", "zh-TW": "big5"}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


def texts(language: str) -> dict[str, str]:
    """Every text of a language that people read, by its code."""
    found = dict[str, str]()
    by_code = [
        *(ROOT / "catalogue/messages").glob("*.toml"),
        *(ROOT / "report_templates").glob("*/texts.toml"),
    ]
    for path in sorted(by_code):
        for code, by_language in tomllib.loads(path.read_text("utf-8")).items():
            if language in by_language:
                found[code] = by_language[language]
    for code, term in tomllib.loads((ROOT / "catalogue/glossary.toml").read_text("utf-8")).items():
        found[f"glossary.{code}"] = term["meaning"][language]
    words = (ROOT / f"catalogue/languages/{language}.toml").read_text("utf-8")
    return found | dict(_flat(tomllib.loads(words)))


def length(sentence: str, language: str) -> int:
    """Words of an English sentence; characters of a Chinese one, a Latin word counting as one."""
    if language == "en":
        return len(re.findall(r"\S*\w\S*", sentence))
    return len(HAN.findall(sentence)) + len(re.findall(r"[A-Za-z0-9_.%-]+", sentence))


def long_sentences(language: str) -> dict[str, int]:
    """Code → length of its longest sentence, where that is too long."""
    found = dict[str, int]()
    for code, text in texts(language).items():
        filled = GAP.sub("X", PLURAL.sub(r"\1", text))
        longest = max(length(part, language) for part in re.split(ENDS[language], filled))
        if longest > MOST[language]:
            found[code] = longest
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_short_or_its_length_is_justified(language: str) -> None:
    assert len(texts(language)) > 1500
    assert {k: n for k, n in long_sentences(language).items() if k not in JUSTIFIED} == {}


def test_no_justification_outlives_its_sentence() -> None:
    needed = {code for language in LANGUAGES for code in long_sentences(language)}
    assert set(JUSTIFIED) <= needed
    assert all(JUSTIFIED.values())


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_chinese_is_in_its_own_characters(language: str) -> None:
    """No simplified character in Traditional Chinese texts, and none the other way round."""
    foreign = {
        code: signs
        for code, text in texts(language).items()
        if (signs := "".join(s for s in HAN.findall(text) if _is_foreign(s, language)))
    }
    assert foreign == {}


def _is_foreign(sign: str, language: str) -> bool:
    try:
        sign.encode(OWN_SET[language])
    except UnicodeEncodeError:
        return True
    return False
