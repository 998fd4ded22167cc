"""Every reason the sample half of the room can give has a sentence in each language."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting.messages import PLURAL

ROOT = Path(__file__).parents[3]
MODULES = [
    "adjustment",
    "attribution",
    "inference",
    "lifetime_level",
    "lifetime_outcome",
    "lifetime_value",
    "lift",
    "multiplicity",
    "offer",
    "power",
    "quantiles",
    "effect",
    "designs/randomised",
    "ratio",
    "sample_ratio",
    "sequential",
    "e_value",
    "two_sample",
]
SENTENCES = tomllib.loads(
    (ROOT / "catalogue" / "messages" / "stats_samples.toml").read_text("utf-8")
)


def codes_in(module: str) -> set[str]:
    """Texts handed to `Message(…)`, or assigned to `code`."""
    text = (ROOT / "roi_pipeline" / "stats" / f"{module}.py").read_text("utf-8")
    places: list[ast.expr] = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name(id="Message"), args=[first, *_]):
                places.append(first)
            case ast.Assign(targets=[ast.Name(id="code")], value=value):
                places.append(value)
    return {code for place in places for code in texts_of(place)}


def texts_of(place: ast.expr) -> set[str]:
    match place:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=orelse):
            return texts_of(body) | texts_of(orelse)
    return set()


def test_every_code_is_written_and_every_sentence_is_used() -> None:
    used = set().union(*(codes_in(module) for module in MODULES))
    assert used == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_sentence_says_the_same_in_each_language(code: str) -> None:
    languages = SENTENCES[code]
    assert set(languages) == set(LANGUAGES)
    gaps = {
        language: {
            (name, spec)
            for _, name, spec, _ in string.Formatter().parse(text)
            if name and not (spec or "").startswith(PLURAL)  # words change with a count in English
        }
        for language, text in languages.items()
    }
    assert gaps["en"] == gaps["zh-CN"] == gaps["zh-TW"]
    written = re.sub(r"\{[^}]*\}|gamma–gamma", "", languages["zh-CN"])  # the model's own name
    assert not re.search(r"[a-z]{4}", written)
