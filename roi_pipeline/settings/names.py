"""Names people write and names that exist: suggestions, and the codes of the outside world.

Currencies and countries come from the Unicode tables that ship with babel, time zones from the
zone database; none of it asks the network.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

MANY = 40
SHORTEST_PART = 4
OTHER_WORDS = {
    "RMB": "CNY", "CNH": "CNY", "YUAN": "CNY", "NTD": "TWD", "NT$": "TWD", "EURO": "EUR",
    "UK": "GB", "CHINA": "CN", "TAIWAN": "TW", "USA": "US",
    "Beijing": "Asia/Shanghai", "Asia/Beijing": "Asia/Shanghai",
    "zh": "zh-CN", "zh_CN": "zh-CN", "zh-Hans": "zh-CN", "cn": "zh-CN",
    "zh_TW": "zh-TW", "zh-Hant": "zh-TW", "tw": "zh-TW", "en-US": "en", "en-GB": "en",
}  # fmt: skip


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, ignoring case; None when none is close.

    >>> nearest_name("conect_rate", ["connect_rate", "csat_score"])
    'connect_rate'
    """
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    other = OTHER_WORDS.get(name) or OTHER_WORDS.get(name.upper())
    if other and other.lower() in by_lower:
        return other
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    if not close and len(name) >= SHORTEST_PART:
        close = sorted((each for each in by_lower if name.lower() in each), key=len)
    return by_lower[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'? ` when a known name is close, else nothing."""
    near = nearest_name(name, known)
    return f"Did you mean {near!r}? " if near else ""


def names_worth_listing(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """All known names when they fit on a screen, else the few that look like `name`."""
    names = sorted(set(known))
    if len(names) <= MANY:
        return tuple(names)
    close = get_close_matches(name, names, n=8, cutoff=0.4)
    near = nearest_name(name, names)
    return tuple(dict.fromkeys([*([near] if near else []), *close]))


@cache
def currency_codes() -> frozenset[str]:
    """ISO 4217 codes."""
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


@cache
def country_codes() -> frozenset[str]:
    """ISO 3166 two-letter codes."""
    from babel import Locale

    not_countries = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if re.fullmatch(r"[A-Z]{2}", code)) - not_countries


@cache
def timezone_names() -> frozenset[str]:
    """Names of the IANA zone database."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())
