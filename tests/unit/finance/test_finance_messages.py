"""Every reason this room can give has a sentence in three languages, with the same gaps."""

import re
import string
import tomllib
from pathlib import Path

import roi_pipeline.finance as room
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.resources import shipped_folder

FOLDER = Path(room.__file__).parent
PATTERNS = {
    "claim_is_": ("at_least", "consistent", "smaller", "no_effect", "contradicted",
                  "cannot_tell"),
    "target_is_": ("reached", "likely", "open", "missed", "undecided", "reached_late",
                   "lost_again"),
    "soft_metric_is_": ("improved", "unchanged", "worsened", "unknown"),
    "decision_waits_": ("too_early", "not_ratable"),
    "advice_before_the_rating_": ("continue", "expand", "wait", "renegotiate", "change"),
    "bridge_": ("new_data", "late_data", "method", "assumption", "definition", "standard"),
}  # fmt: skip


def sentences(*files: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in files or ("finance.toml", "advice.toml"):
        path = shipped_folder("catalogue") / "messages" / file
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def codes_used() -> set[str]:
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    choice = r'"([a-z_]+)"(?: if [a-z_.]+ else "([a-z_]+)")?'
    found = re.findall(rf"(?:Message\(\s*|code = |target, metric, |harmed, ){choice}", source)
    codes = {code for pair in found for code in pair if code}
    for stem, endings in PATTERNS.items():
        assert f'f"{stem}{{' in source
        codes |= {stem + ending for ending in endings}
    return codes


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_code_has_a_sentence_in_every_language() -> None:
    known = sentences() | sentences("scoring.toml")
    missing = {code for code in codes_used() if set(known.get(code, {})) != set(LANGUAGES)}
    assert missing == set()


def test_the_three_sentences_of_a_code_have_the_same_gaps() -> None:
    assert len(sentences()) > 10
    for code, by_language in sentences().items():
        assert len({frozenset(gaps(text)) for text in by_language.values()}) == 1, code


def test_no_sentence_is_left_over() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    built = {stem + ending for stem, endings in PATTERNS.items() for ending in endings}
    assert {
        code for code in sentences() if f'"{code}"' not in source and code not in built
    } == set()
