"""Words of the validation site: message codes into sentences, figures into text.

The sentences stand in `catalogue/messages/quality.toml`, the labels of the pages in
`report_templates/validation/texts.toml`. Nothing else in this room knows a language.
"""

import re
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from roi_pipeline.domain.loads import RuleResult
from roi_pipeline.domain.rounding import rounded
from roi_pipeline.domain.texts import FALLBACKS, Language, Message, plain
from roi_pipeline.quality.rules import contract_independent_names
from roi_pipeline.resources import shipped_folder

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
EMAIL = re.compile(r"([\w.+-])[\w.+-]*@([\w-]+\.[\w.-]+)")


def shown_value(value: str | None, *, is_person: bool = False, limit: int = 200) -> str:
    """A value as it may be shown: people masked, unseen characters made visible, cut when long.

    >>> shown_value("13812345678, li.na@example.com")
    '138****5678, l…@example.com'
    >>> shown_value("张三", is_person=True)
    '•••'
    """
    if value is None:
        return "∅"
    if is_person:
        return "•••"
    masked = EMAIL.sub(r"\1…@\2", MOBILE.sub(r"\1****\2", value))
    visible = plain(masked)
    return visible if len(visible) <= limit else f"{visible[:limit]}… ({len(visible):,})"


def number(value: float) -> str:
    """Digits in groups of three, decimals only where they say something.

    >>> number(1234567), number(0.2), number(12195.12)
    ('1,234,567', '0.2', '12,195')
    """
    if isinstance(value, int) or abs(value) >= 1000:  # noqa: PLR2004 - four digits need no decimals
        return f"{rounded(Decimal(str(value))):,f}"
    return f"{rounded(Decimal(str(value)), 2):,f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A fraction as per cent; a share that is not zero never reads as zero.

    >>> percent(0.2), percent(0.00001), percent(0), percent(0.00668)
    ('20%', '<0.01%', '0%', '0.67%')
    """
    scaled = Decimal(str(share)) * 100
    if 0 < scaled < Decimal("0.01"):
        return "<0.01%"
    return f"{rounded(scaled, 2):f}".rstrip("0").rstrip(".") + "%"


def day(value: date, language: Language) -> str:
    """A date in the words of the language.

    >>> day(date(2026, 5, 1), "en"), day(date(2026, 5, 1), "zh-CN")
    ('1 May 2026', '2026年5月1日')
    """
    if language == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


class _Formatter(string.Formatter):
    """Understands `{x:number}`, `{x:percent}`, `{x:date}` and plain `{x}`."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401
        if isinstance(value, date):
            return day(value, self.language)
        if value is None:
            return "—"
        match format_spec:
            case "percent":
                return percent(value)
            case "number":
                return number(value)
            case _:
                return shown_value(str(value), limit=400)


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the site says in one language."""

    language: Language
    labels: Mapping[str, str]

    def sentence(self, message: Message) -> str:
        """The sentence of a message; a code without one is shown as it is."""
        text = _in_language(_sentences().get(message.code, {}), self.language)
        if not text:
            return str(message)
        return _Formatter(self.language).vformat(text, (), dict(message.values))

    def rule(self, result: RuleResult) -> str:
        """The rule itself in words; a study's own rule says its own name."""
        if result.rule in contract_independent_names():
            return self.sentence(Message(f"sentence_{result.rule}"))
        code = f"sentence_{result.kind}"
        if result.kind == "row" or code not in _sentences():
            words = result.rule.replace("_", " ")
            return words[:1].upper() + words[1:]
        column = result.column or result.expected.removeprefix("unique (").removesuffix(")")
        referenced = result.expected.partition(" ∈ ")[2].rpartition(".")[0]
        return self.sentence(Message(code, {"column": column, "referenced": referenced}))

    def count(self, label: str, n: int) -> str:
        """A label with a number in it; English says one thing differently from several."""
        key = f"{label}.one" if n == 1 and f"{label}.one" in self.labels else label
        return self.labels[key].replace("{n}", number(n))


@cache
def _sentences() -> dict[str, dict[str, str]]:
    path = shipped_folder("catalogue") / "messages" / "quality.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _in_language(texts: Mapping[str, str], language: Language) -> str:
    languages: Sequence[str] = (language, *FALLBACKS[language])
    return next((texts[candidate] for candidate in languages if candidate in texts), "")


def read_words(language: Language) -> Words:
    """Labels and sentences of one language."""
    path = shipped_folder("report_templates") / "validation" / "texts.toml"
    texts: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return Words(language, {key: _in_language(text, language) for key, text in texts.items()})
