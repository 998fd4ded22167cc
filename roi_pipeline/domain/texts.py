"""Words for readers: text in several languages, and messages as data until a report is written.

Rooms that decide something say why with a `Message`: a code and its values. The sentence for the
code, in each language, stands in `catalogue/messages/`; only `reporting` turns one into the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Language = Literal["zh-CN", "zh-TW", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "zh-TW", "en")
FALLBACKS: dict[Language, tuple[Language, ...]] = {
    "zh-CN": ("zh-TW", "en"),
    "zh-TW": ("zh-CN", "en"),
    "en": ("zh-CN", "zh-TW"),
}

# Direction overrides, isolates and marks, line separators, and control characters but tab and line.
UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
MessageValue = str | int | float | bool | date | None


def plain(text: str) -> str:
    """The text with every character that would act unseen made visible.

    >>> plain("abc\u202etxt.exe")
    'abc[U+202E]txt.exe'
    """
    return UNSEEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


@dataclass(frozen=True, slots=True)
class Text:
    """One phrase in one or more languages.

    >>> Text({"en": "clinic", "zh-CN": "门诊"}).into("zh-TW")
    '门诊'
    """

    by_language: Mapping[str, str]

    def into(self, language: Language) -> str:
        """The phrase in `language`, or in the nearest language it was given in."""
        for candidate in (language, *FALLBACKS[language]):
            if candidate in self.by_language:
                return self.by_language[candidate]
        return ""


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence as data: `code` names it in `catalogue/messages/`, `values` fill its gaps.

    Values are raw numbers in the metric's own unit; formatting belongs to the report.
    """

    code: str
    values: Mapping[str, MessageValue] = field(default_factory=dict[str, MessageValue])

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value}" for key, value in self.values.items())
        return f"{self.code}({values})" if values else self.code
