"""Values that must not be shown: held apart from every text that is logged, raised or stored.

A `Secret` gives its text only when asked (`reveal`), at the call that needs it. Whatever the other
side answers passes `mask`, which knows the forms a value takes on its way: as it is, percent-encoded,
and in base64 as mail servers echo logins.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, quote_plus, unquote, unquote_plus

MASK = "•••"
# Shorter parts of a value are words of messages as well; whole values are masked whatever their length.
SHORTEST_PART = 4
VARIABLE = re.compile(r"\$\{(\w+)\}")
LOGIN = re.compile(r"(?<=://)([^/?#]*)@")
SECRET_QUERY = re.compile(
    r"(?<=[?&])(\w*(?:pass|pwd|secret|token|key|auth|cred)\w*|user)=([^&#]*)", re.IGNORECASE
)
# A driver's own connection string inside an address (ODBC), decoded.
PASSWORD_OF_DRIVER = re.compile(r"\b(?:password|passwd|pwd)\s*=\s*([^;&#]+)", re.IGNORECASE)
# Options of a query that name a file, a kind of login or a user.
NO_PASSWORDS = re.compile(
    r"user|\w*file|\w*path|ssl_?key|key_?space|auth\w*method|authsource", re.IGNORECASE
)
SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)?\b|_pass|pwd|secret|token|credential|hook|(?:api|access|private)_?key",
    re.IGNORECASE,
)
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


def is_secret_name(name: str) -> bool:
    """Whether a value that goes by this name is one to hide.

    >>> [is_secret_name(name) for name in ("smtp_password", "webhook", "api_key", "people_key")]
    [True, True, True, False]
    """
    return SECRET_NAME.search(name) is not None


def literals_in(address: str) -> list[str]:
    """Logins and secrets written out in an address."""
    login = LOGIN.search(address)
    user, _, password = login[1].rpartition(":") if login else ("", "", "")
    values = [user, password, *(found[2] for found in SECRET_QUERY.finditer(address))]
    return [value for value in values if value and not VARIABLE.fullmatch(value)]


def passwords_in(address: str) -> list[str]:
    """Passwords and keys written out in an address; a user's name alone is none.

    >>> passwords_in("postgresql://roi:secret@db/sales?user=me&sslpassword=${B}&sslkey=/etc/roi.key")
    ['secret']
    >>> passwords_in("mssql:///?odbc_connect=SERVER%3Ddb%3BUID%3Droi%3BPWD%3Dsecret")
    ['secret']
    >>> passwords_in("postgresql://roi:${PW}@db/sales"), passwords_in("postgresql://roi@db/sales")
    ([], [])
    """
    login = LOGIN.search(address)
    _, colon, password = login[1].partition(":") if login else ("", "", "")
    values = [password] if colon else []
    values += [
        found[2] for found in SECRET_QUERY.finditer(address) if not NO_PASSWORDS.fullmatch(found[1])
    ]
    values += PASSWORD_OF_DRIVER.findall(unquote_plus(address.partition("odbc_connect=")[2]))
    return [value for value in values if value and not VARIABLE.fullmatch(value)]


def without_password(address: str) -> str:
    """The address as it may be shown: variables by name, logins and secrets that are written out not.

    >>> without_password("postgresql://roi:secret@db/sales?sslpassword=s&port=1")
    'postgresql://…@db/sales?sslpassword=…&port=1'
    >>> without_password("postgresql://${USER}:${PW}@db/sales?password=${B}")
    'postgresql://${USER}:${PW}@db/sales?password=${B}'
    """

    def login(found: re.Match[str]) -> str:
        return found[0] if _is_all_variables(found[1].split(":")) else "…@"

    def secret(found: re.Match[str]) -> str:
        return found[0] if _is_all_variables([found[2]]) else f"{found[1]}=…"

    return SECRET_QUERY.sub(secret, LOGIN.sub(login, address))


def _is_all_variables(parts: list[str]) -> bool:
    return all(VARIABLE.fullmatch(part) for part in parts)
