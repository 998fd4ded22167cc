"""The voice of the command line, and columns that line up whatever the script."""

import unicodedata

from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language, Message, MessageValue
from roi_pipeline.reporting.messages import Voice, numbers_in, read_words, shipped_sentences

WIDE = frozenset("WF")


def console_voice(language: Language = "en", study: Study | None = None) -> Voice:
    """One language for the console; metrics go by their ids, which is what a command takes."""
    words = read_words(language)
    numbers = numbers_in(language, "" if study is None else study.currency)
    metrics = () if study is None else study.metrics.values()
    names = {("metric", metric.id): metric.id for metric in metrics}
    return Voice(language, words, shipped_sentences(), numbers, names)


def worded(voice: Voice, code: str, **values: MessageValue) -> str:
    """The sentence of a code of `console.toml`, without its prefix."""
    return voice.sentence(Message(f"console_{code}", values))


def right(text: str, width: int) -> str:
    """The text at the right end of a column; Chinese characters take two places.

    >>> right("ab", 4), right("周数", 6)
    ('  ab', '  周数')
    """
    return " " * (width - places(text)) + text


def left(text: str, width: int) -> str:
    """The text at the left end of a column.

    >>> left("周数", 6) + "|"
    '周数  |'
    """
    return text + " " * (width - places(text))


def places(text: str) -> int:
    """Columns the text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(sign) in WIDE else 1 for sign in text)
