"""Words of the validation site: its labels, and the rules as sentences.

The labels stand in `report_templates/validation/texts.toml`. Sentences of messages and the look of
figures are those of the reports: whoever writes the site gives it a `Speech`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol

from roi_pipeline.domain.loads import RuleResult
from roi_pipeline.domain.texts import FALLBACKS, Language, Message
from roi_pipeline.quality.rules import contract_independent_names
from roi_pipeline.resources import shipped_folder


class Figures(Protocol):
    """How one language writes figures."""

    def count(self, value: int) -> str:
        """A whole number."""
        ...

    def share(self, value: float | None) -> str:
        """A fraction as per cent; one that is not zero never reads as zero."""
        ...

    def day(self, day: date | None) -> str:
        """A calendar date."""
        ...


class Speech(Protocol):
    """One language as the reports speak it."""

    @property
    def language(self) -> Language:
        """The language spoken."""
        ...

    @property
    def numbers(self) -> Figures:
        """Its figures."""
        ...

    def sentence(self, message: Message) -> str:
        """The message as a sentence."""
        ...

    def knows(self, code: str) -> bool:
        """Whether somebody wrote a sentence for the code."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the site says in one language."""

    speech: Speech
    labels: Mapping[str, str]

    @property
    def numbers(self) -> Figures:
        """The figures of the language."""
        return self.speech.numbers

    def sentence(self, message: Message) -> str:
        """The sentence of a message."""
        return self.speech.sentence(message)

    def rule(self, result: RuleResult) -> str:
        """The rule itself in words; a study's own rule says its own name."""
        if result.rule in contract_independent_names():
            return self.sentence(Message(f"sentence_{result.rule}"))
        code = f"sentence_{result.kind}"
        if result.kind == "row" or not self.speech.knows(code):
            words = result.rule.replace("_", " ")
            return words[:1].upper() + words[1:]
        column = result.column or result.expected.removeprefix("unique (").removesuffix(")")
        referenced = result.expected.partition(" ∈ ")[2].rpartition(".")[0]
        return self.sentence(Message(code, {"column": column, "referenced": referenced}))

    def count(self, label: str, n: int) -> str:
        """A label with a number in it; English says one thing differently from several."""
        key = f"{label}.one" if n == 1 and f"{label}.one" in self.labels else label
        return self.labels[key].replace("{n}", self.numbers.count(n))


def _in_language(texts: Mapping[str, str], language: Language) -> str:
    languages: Sequence[str] = (language, *FALLBACKS[language])
    return next((texts[candidate] for candidate in languages if candidate in texts), "")


@cache
def _labels(language: Language) -> Mapping[str, str]:
    path = shipped_folder("report_templates") / "validation" / "texts.toml"
    texts: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {key: _in_language(text, language) for key, text in texts.items()}


def words_in(speech: Speech) -> Words:
    """Labels and sentences of one language."""
    return Words(speech, _labels(speech.language))
