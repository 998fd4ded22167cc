"""Values that must not be shown: held apart from every text that is logged, raised or stored.

A `Secret` gives its text only when asked (`reveal`), at the call that needs it. Whatever the other
side answers passes `mask`, which knows the forms a value takes on its way: as it is, percent-encoded,
and in base64 as mail servers echo logins.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote

MASK = "•••"
# Shorter parts of a value are words of messages as well; whole values are masked whatever their length.
SHORTEST_PART = 4
RESERVED = re.compile(r"[^A-Za-z0-9._~-]+")


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text with hidden values in it.

    Attributes:
        shown: the text as people may see it.

    >>> secret = Secret("postgresql://roi:p@ss-word@db", "postgresql://roi:${PW}@db", ("p@ss-word",))
    >>> str(secret), repr(secret)
    ('postgresql://roi:${PW}@db', "Secret('postgresql://roi:${PW}@db')")
    >>> secret.mask('could not translate host name "ss-word@db" of p%40ss-word')
    'could not translate host name "•••@db" of •••'
    """

    text: str
    shown: str = MASK
    hidden: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Secret({self.shown!r})"

    def reveal(self) -> str:
        """The text itself, for the call that needs it and for nothing else."""
        return self.text

    @property
    def values_to_hide(self) -> tuple[str, ...]:
        """The values that may not be shown; the whole text when none are named."""
        return (self.text,) if self.hidden is None else self.hidden

    def mask(self, text: object) -> str:
        """What somebody else said, without the hidden values."""
        return mask(text, self.values_to_hide)


def mask(text: object, hidden: Iterable[str]) -> str:
    """The text with every form of every hidden value replaced.

    >>> mask("535 AHJvaQBzZWNyZXQ= of roi", ["roi", "secret"])
    '535 ••• of •••'
    """
    values = sorted({value for value in hidden if value}, key=len, reverse=True)
    forms = {form for value in values for form in _forms(value)} | set(_logins(values))
    masked = str(text)
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        masked = masked.replace(form, MASK)
    return masked


def _forms(value: str) -> Iterable[str]:
    plain = unquote(value)
    for each in {value, plain}:
        yield from (each, quote(each, safe=""), quote(each), quote_plus(each), repr(each)[1:-1])
        yield from _base64_cores(each.encode())
        # A driver that misreads an address shows what stands between two reserved signs.
        yield from (part for part in RESERVED.split(each) if len(part) >= SHORTEST_PART)


def _logins(values: list[str]) -> Iterable[str]:
    """AUTH PLAIN sends user and password in one base64 text."""
    for user in values:
        for password in values:
            yield base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def _base64_cores(content: bytes) -> Iterable[str]:
    """The value in base64, wherever in a longer text it begins: without the signs it shares."""
    if len(content) < SHORTEST_PART:
        return
    yield base64.b64encode(content).decode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + content).decode().rstrip("=")
        core = encoded[(0, 2, 3)[shift] : len(encoded) - 1]
        if len(core) > SHORTEST_PART:
            yield core
