"""What of a delivered value may leave the loader: the one masking of what is or looks like a person's.

Telephone numbers and e-mail addresses are recognised wherever they stand. Names cannot be; beside
columns of people, a text that could be one is masked where a number or a date is due. The patterns
are those of RE2 and of Python alike, so that the same rule holds where a file is read and here.
"""

import re
from collections.abc import Sequence

from roi_pipeline.domain.texts import plain

MASK = "*****"
FEWEST_DIGITS = 7  # the shortest subscriber numbers
LONGEST_SHOWN = 60
EMAIL = r"[^\s@<>,;\"']+[@＠][^\s@<>,;\"']+"
# The first and last digits stay, so that an amount or a compact date can still be told apart.
LONG_NUMBER = r"([0-9０-９]{2})[0-9０-９ ().+-]{3,}([0-9０-９]{2})"
MOBILE = r"(1[3-9][0-9])[0-9]{4}([0-9]{4})"
DATE_LIKE = r"^\s*((19|20)[0-9]{2}[-/.年]|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}\b)"
# Han or Hangul alone, or words of which one has a small letter after a capital, or several words.
NAME_LIKE = r"^\s*(\p{Han}[\p{Han}·]{1,9}|\p{Lu}\p{Ll}+|[\p{L}.'-]+([ ·][\p{L}.'-]+)+)\s*$"
_NAME_LIKE = (
    r"^\s*([\u3400-\u9fff][\u3400-\u9fff·]{1,9}|[A-ZÀ-Þ][a-zß-ÿ]+"
    r"|[^\W\d_][\w.'-]*([ ·][^\W\d_][\w.'-]*)+)\s*$"
)


def shown_text(text: str) -> str:
    """A delivered text without telephone numbers and e-mail addresses.

    >>> shown_text("call 138 1234 5678 or li.na@example.com")
    'call 13*****78 or *****'
    >>> shown_text("2026-13-01 10:00:00"), shown_text("12.5 CNY")
    ('2026-13-01 10:00:00', '12.5 CNY')
    """
    masked = re.sub(EMAIL, MASK, text)
    n_digits = len(re.findall("[0-9０-９]", text))
    if n_digits < FEWEST_DIGITS or re.search(DATE_LIKE, text):
        return masked
    return re.sub(LONG_NUMBER, rf"\1{MASK}\2", re.sub(MOBILE, r"\1****\2", masked))


def shown_value(value: str | None, *, is_person: bool = False, limit: int = 200) -> str:
    """A delivered value as a page or message shows it: masked, unseen signs visible, cut when long.

    >>> shown_value("13812345678, li.na@example.com"), shown_value(None)
    ('138****5678, *****', '∅')
    >>> shown_value("张三", is_person=True)
    '•••'
    """
    if value is None:
        return "∅"
    if is_person:
        return "•••"
    visible = plain(shown_text(value))
    return visible if len(visible) <= limit else f"{visible[:limit]}… ({len(visible):,})"


def may_be_name(text: str) -> bool:
    """Whether a text where a number or a date is due could be somebody's name.

    >>> [may_be_name(text) for text in ("张三", "Li Na", "Tom", "N/A", "null", "12.5元")]
    [True, True, True, False, False, False]
    """
    return re.search(_NAME_LIKE, text) is not None


def shown_headers(headers: Sequence[str], *, known: int, wanted: int) -> str:
    """Header cells no column answers to, as a message may list them.

    A first line with few of the wanted headers is a row of data: none of its cells is shown.

    >>> shown_headers(["channel", "13812345678"], known=6, wanted=7)
    'channel, 138****5678'
    >>> shown_headers(["张三", "13812345678"], known=0, wanted=7)
    '2 cells that are no header'
    """
    if known * 2 < wanted:
        return f"{len(headers)} cells that are no header"
    return ", ".join(shown_text(header)[:LONGEST_SHOWN] for header in headers)


def is_header_like(cells: Sequence[str]) -> bool:
    """Whether a first line reads as headers: cells of words, no numbers, days or addresses.

    >>> is_header_like(["通话编号", "坐席"]), is_header_like(["1", "张三", "2025-01-01 10:00:00"])
    (True, False)
    """
    return not any(re.search("[0-9０-９@＠]", cell) for cell in cells)
