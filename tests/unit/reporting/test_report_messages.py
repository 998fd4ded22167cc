"""Every word and every sentence exists in all three languages, with the same gaps."""

import ast
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from report_clinic import HOSTILE, SENTENCES

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.texts import LANGUAGES, Language, Message, MessageValue
from roi_pipeline.reporting.messages import (
    PLURAL,
    SPECS,
    placeholders,
    plain,
    read_sentences,
    read_words,
    shipped_sentences,
)
from roi_pipeline.reporting.view import voice_for
from roi_pipeline.resources import shipped_folder

SOURCE = Path(__file__).parents[3] / "roi_pipeline"
# `{n} months`, `{n:count} rows`, `row(s)`: what a plural rule has to decide.
FIXED_PLURAL = re.compile(
    r"\{(?:n|\w*_?n_\w+|months|needed|weeks|cycles|files|groups)(?::count)?\} (?!hours\b)[a-z]+s\b|\w\(s\)"
)
NAME_KINDS = (
    "rating", "action", "design", "tier", "destination", "category", "ledger", "role", "dimension",
    "target", "claim", "load",
)  # fmt: skip


def calls(name: str, folder: Path) -> list[tuple[str, str]]:
    """(first literal argument, file) of every call of `name` in the source."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first = node.args[0]
                if called == name and isinstance(first, ast.Constant):
                    found.append((str(first.value), path.name))
    return found


def test_every_message_code_in_the_source_has_a_sentence() -> None:
    codes = calls("Message", SOURCE)
    assert len(codes) > 50
    missing = {f"{code} ({file})" for code, file in codes if code not in shipped_sentences()}
    assert missing == set()


@pytest.mark.parametrize("code", sorted(shipped_sentences()))
def test_a_sentence_stands_in_all_languages_with_the_same_gaps(code: str) -> None:
    by_language = shipped_sentences()[code]
    assert set(by_language) == set(LANGUAGES)
    gaps = {frozenset(placeholders(sentence)) for sentence in by_language.values()}
    assert len({frozenset(name for name, _ in gap) for gap in gaps}) == 1
    specs = {spec for gap in gaps for _, spec in gap if not spec.startswith(PLURAL)}
    assert specs <= SPECS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said(language: Language, edition: EditionInputs) -> None:
    voice = voice_for(edition, language)
    assert len(shipped_sentences()) > 300
    for code, by_language in shipped_sentences().items():
        gaps = placeholders(by_language[language])
        values: dict[str, MessageValue] = {name: sample(spec) for name, spec in gaps}
        sentence = voice.sentence(Message(code, values))
        assert sentence
        assert "{" not in sentence
        assert "}" not in sentence


def sample(spec: str) -> MessageValue:
    match spec:
        case "metric":
            return "push_hit_rate"
        case "date":
            return date(2026, 5, 1)
        case "" | "module" | "design" | "action" | "rating" | "tier" | "destination" | "category":
            return "B"
        case _:
            return 0.25


def test_every_language_has_the_same_words_with_the_same_gaps() -> None:
    words = {language: read_words(language) for language in LANGUAGES}
    assert {frozenset(words[language]) for language in LANGUAGES} == {frozenset(words["en"])}
    for key in words["en"]:
        gaps = ({name for name, _ in placeholders(words[x][key])} for x in LANGUAGES)
        assert len({frozenset(names) for names in gaps}) == 1, key


def test_a_word_after_a_count_takes_the_form_of_its_count(edition: EditionInputs) -> None:
    said = voice_for(edition, "en").word
    assert [said("headline.months", n=n) for n in ("1", "6")] == ["1 month", "6 months"]
    assert voice_for(edition, "zh-CN").word("headline.months", n="1") == "1 个月"
    message = Message("tier_months_not_reached", {"n": 1})
    sentences = {"tier_months_not_reached": {"en": "after {n} {n:plural month|months}"}}
    assert voice_for(edition, "en", sentences).sentence(message) == "after 1 month"


def test_no_count_stands_before_a_fixed_plural() -> None:
    """A gap followed by a plural noun would read “1 months”; such nouns follow their count."""
    texts = [*read_words("en").values(), *(each["en"] for each in shipped_sentences().values())]
    assert len(texts) > 400
    fixed = {text for text in texts if FIXED_PLURAL.search(text)}
    assert fixed == set()


def test_every_word_the_source_asks_for_is_written() -> None:
    asked = calls("word", SOURCE / "reporting")
    assert len(asked) > 100
    assert {key for key, _ in asked if "." in key} <= set(read_words("en"))


def test_every_closed_name_has_a_word() -> None:
    from typing import get_args

    from roi_pipeline.domain import effects, loads, metrics, modules, money, standards, statements

    kinds = {
        "rating": standards.RatingGrade, "action": standards.Action, "design": effects.Design,
        "tier": standards.TierName, "destination": money.Destination, "ledger": money.Ledger,
        "role": modules.PoolRole, "dimension": metrics.Dimension,
        "target": statements.TargetVerdict, "claim": statements.ClaimVerdict,
        "load": loads.LoadStatus,
    }  # fmt: skip
    closed = {f"{kind}.{name}" for kind, names in kinds.items() for name in get_args(names)}
    categories = (*get_args(money.CostCategory), *get_args(metrics.BenefitCategory))
    closed |= {f"category.{name}" for name in categories}
    assert closed <= set(read_words("en"))


def test_a_code_without_sentence_shows_itself_and_its_values(edition: EditionInputs) -> None:
    voice = voice_for(edition, "en")
    assert voice.sentence(Message("nobody_wrote_this", {"n": 3})) == "nobody wrote this(n=3)"


def test_a_word_nobody_wrote_is_refused_by_name(edition: EditionInputs) -> None:
    with pytest.raises(NeedsAHuman, match=r"catalogue/languages/en\.toml has no 'money\.bribes'"):
        voice_for(edition, "en").word("money.bribes")


def test_values_are_formatted_by_language(edition: EditionInputs) -> None:
    message = Message("hold_out", {"share": 0.05, "weeks": 3, "change": 0.018})
    said = {x: voice_for(edition, x, SENTENCES).sentence(message) for x in LANGUAGES}
    assert "5.0%" in said["en"]
    assert "+1.8 points" in said["en"]
    assert "+1.8 个百分点" in said["zh-CN"]
    dated = Message("contract", {"day": date(2026, 5, 1), "amount": "96000"})
    assert voice_for(edition, "zh-CN", SENTENCES).sentence(dated) == (
        "须在 2026年5月1日前通知；续约每年 ¥96,000。"
    )


def test_a_value_cannot_smuggle_a_gap_or_a_direction(edition: EditionInputs) -> None:
    message = Message("cost_more", {"what": HOSTILE + "{amount}", "amount": 5})
    said = voice_for(edition, "en", SENTENCES).sentence(message)
    assert "\u202e" not in said
    assert "[U+202E]" in said
    assert "{amount}" in said


def test_unseen_characters_are_shown() -> None:
    assert plain("a\u202eb\u0000c\u200fd\ufeff") == "a[U+202E]b[U+0000]c[U+200F]d[U+FEFF]"
    assert plain("超声 😀\tline\nnext") == "超声 😀\tline\nnext"


def test_a_code_is_written_in_one_file_only() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted((shipped_folder("catalogue") / "messages").glob("*.toml")):
        for code in tomllib.loads(path.read_text(encoding="utf-8")):
            found.setdefault(code, []).append(path.name)
    assert {code: files for code, files in found.items() if len(files) > 1} == {}


def test_sentences_are_read_from_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[late]\nen = "late"\n')
    (tmp_path / "b.toml").write_text('[early]\nen = "early"\n[late]\nen = "too late"\n')
    assert read_sentences(tmp_path) == {"late": {"en": "late"}, "early": {"en": "early"}}


@pytest.mark.parametrize(("code", "values", "says"), [
    ("incomplete_periods_left_out", {"partial": 1}, "1 incomplete period is excluded"),
    ("incomplete_periods_left_out", {"partial": 3}, "3 incomplete periods are excluded"),
    ("declared_periods_left_out", {"dropped": 1}, "1 declared period is excluded"),
    (
        "periods_left_out", {"partial": 1, "dropped": 2},
        "1 incomplete and 2 declared periods are excluded",
    ),
])  # fmt: skip
def test_periods_left_out_are_said_by_kind(
    edition: EditionInputs, code: str, values: dict[str, MessageValue], says: str
) -> None:
    voice = voice_for(edition, "en", shipped_sentences())
    assert voice.sentence(Message(code, values)) == says
