"""Words and sentences of a language: what stands in `catalogue/languages` and `catalogue/messages`.

Rooms give reasons as `Message(code, values)`; here one becomes a sentence. A code nobody wrote a
sentence for is shown as the code with its values, so that a report is never lost for a word.
"""

import re
import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import FALLBACKS, Language, Message, MessageValue, plain
from roi_pipeline.reporting.numbers import LOCALES, MINUS, NONE, Numbers
from roi_pipeline.resources import shipped_folder

Sentences = Mapping[str, Mapping[str, str]]
Names = Mapping[tuple[str, str], str]
NAME_SPECS = {
    "metric": "metric",
    "module": "module",
    "design": "design",
    "action": "action",
    "rating": "rating",
    "tier": "tier",
    "destination": "destination",
    "category": "category",
}
NUMBER_SPECS = (
    "rate", "number", "money", "percent", "date", "signed_percent", "points", "probability", "roi",
    "count", "price", "size", "share",
)  # fmt: skip
PLURAL = "plural "  # begins the format of a word that follows a count: {n:plural month|months}
SPECS: frozenset[str] = frozenset({*NAME_SPECS, *NUMBER_SPECS, ""})


def names_of(study: Study, language: Language) -> dict[tuple[str, str], str]:
    """(kind, id) → name of a study's metrics and modules."""
    return {
        **{("metric", each.id): each.name.into(language) for each in study.metrics.values()},
        **{("module", each.id): each.name.into(language) for each in study.modules},
    }


def plural_form(language: Language, value: MessageValue, forms: Sequence[str]) -> str:
    """The form of a word that goes with a count, by the language's own plural rule (CLDR).

    Args:
        language: whose rule.
        value: the count, also as written (`1,204`); anything that is no count takes the last form.
        forms: singular first, the form of all other counts last.

    >>> [plural_form("en", n, ("month", "months")) for n in (1, "1", 2, "1,001", 0.5, "—")]
    ['month', 'month', 'months', 'months', 'months', 'months']
    """
    digits = str(value).replace(",", "").lstrip(MINUS + "-+")
    is_count = bool(re.fullmatch(r"\d+(\.\d+)?", digits))
    rule = Locale.parse(LOCALES[language]).plural_form
    is_one = is_count and rule(Decimal(digits)) == "one"
    return forms[0] if is_one else forms[-1]


@cache
def read_words(language: Language) -> Mapping[str, str]:
    """All words of the interface in one language, keys joined with dots."""
    path = shipped_folder("catalogue") / "languages" / f"{language}.toml"
    return _flat(tomllib.loads(path.read_text(encoding="utf-8")))


def numbers_in(language: Language, currency: str) -> Numbers:
    """How figures of a currency are written in a language."""
    words = read_words(language).items()
    prefix = "numbers."
    figures = {key.removeprefix(prefix): word for key, word in words if key.startswith(prefix)}
    return Numbers(language, currency, figures)


def read_sentences(folder: Path) -> dict[str, dict[str, str]]:
    """Every message code of a folder of TOML files with its sentence per language.

    A code belongs to one file; should two hold it, the first by name speaks.
    """
    sentences: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.toml"), reverse=True):
        sentences |= tomllib.loads(path.read_text(encoding="utf-8"))
    return sentences


@cache
def shipped_sentences() -> Sentences:
    """The sentences that ship with the product."""
    return read_sentences(shipped_folder("catalogue") / "messages")


@cache
def placeholders(sentence: str) -> list[tuple[str, str]]:
    """The gaps of a sentence as (name, format).

    >>> placeholders("{n} of {share:percent}")
    [('n', ''), ('share', 'percent')]
    """
    parsed = string.Formatter().parse(sentence)
    return [(name, spec or "") for _, name, spec, _ in parsed if name is not None]


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    words: dict[str, str] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            words |= _flat(value, f"{prefix}{key}.")
        else:
            words[prefix + key] = str(value)
    return words


@dataclass(frozen=True, slots=True)
class Voice:
    """One language with everything needed to speak it: words, figures, names of this study.

    Attributes:
        names: (kind, id) → name, for metrics and modules.
    """

    language: Language
    words: Mapping[str, str]
    sentences: Sentences
    numbers: Numbers
    names: Names

    def word(self, key: str, **values: str) -> str:
        """The interface's word for `key`, its gaps filled with finished texts."""
        if key not in self.words:
            msg = f"catalogue/languages/{self.language}.toml has no {key!r}; add it there"
            raise NeedsAHuman(msg)
        if not values:
            return self.words[key]
        absent = {name for name, _ in placeholders(self.words[key])} - values.keys()
        if absent:
            msg = f"the word {key!r} needs {', '.join(sorted(absent))}"
            raise KeyError(msg)
        return self._filled(self.words[key], values)

    def name(self, kind: str, name: str) -> str:
        """The reader's name of a metric, module or one of the closed words."""
        found = self.names.get((kind, name)) or self.words.get(f"{kind}.{name}")
        return plain(found or name)

    def knows(self, code: str) -> bool:
        """Whether somebody wrote a sentence for the code."""
        return code in self.sentences

    def sentence(self, message: Message) -> str:
        """The message as a sentence."""
        by_language = self.sentences.get(message.code, {})
        for candidate in (self.language, *FALLBACKS[self.language]):
            if candidate in by_language:
                return self._filled(by_language[candidate], message.values)
        return plain(str(message).replace("_", " "))

    def _filled(self, template: str, values: Mapping[str, MessageValue]) -> str:
        parts: list[str] = []
        for literal, name, spec, _ in string.Formatter().parse(template):
            parts.append(literal)
            if name is not None and (spec or "").startswith(PLURAL):
                forms = (spec or "").removeprefix(PLURAL).split("|")
                parts.append(plural_form(self.language, values.get(name), forms))
            elif name is not None:
                parts.append(self._value(values.get(name), spec or ""))
        return "".join(parts)

    def _value(self, value: MessageValue, spec: str) -> str:
        if value is None:
            return NONE
        if spec in NAME_SPECS:
            return self.name(NAME_SPECS[spec], str(value))
        formats: dict[str, Callable[[float | None], str]] = {
            "rate": self.numbers.rate,
            "number": self.numbers.number,
            "money": self.numbers.money,
            "price": self.numbers.price,
            "percent": self.numbers.percent,
            "share": self.numbers.share,
            "signed_percent": lambda x: self.numbers.percent(x, signed=True),
            "points": self.numbers.points,
            "size": self.numbers.size,
            "probability": self.numbers.probability,
            "roi": self.numbers.roi,
            "count": lambda x: self.numbers.number(x, digits=0),
        }
        if spec in formats and _is_figure(value):
            # A count keeps being one: as a float, 2 rows would be "2.00 rows".
            figure = value if isinstance(value, int) else float(value)  # type: ignore[arg-type]
            return formats[spec](figure)
        return self._unformatted(value)

    def _unformatted(self, value: MessageValue) -> str:
        match value:
            case bool():
                return self.word("common.yes" if value else "common.no")
            case int() | float():
                return self.numbers.number(value)
            case date():
                return self.numbers.day(value)
            case _:
                return plain(str(value))


def _is_figure(value: MessageValue) -> bool:
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return False
    if isinstance(value, int | float):
        return True
    try:
        float(value)
    except ValueError:
        return False
    return True
