"""Fills `${VARIABLES}` into addresses at the moment they are used; what is shown is never filled."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.secrets import VARIABLE, Secret, literals_in, without_password


def filled(text: str, environment: Mapping[str, str]) -> Secret:
    """The text with every `${NAME}` replaced by the environment's value.

    A value inside an address's login or query is percent-encoded where it has to be, so that a
    password with `@` in it is no other address.

    >>> filled("postgresql://roi:${PW}@db?password=${PW}", {"PW": "p@ss"}).reveal()
    'postgresql://roi:p%40ss@db?password=p%40ss'

    Raises:
        NeedsAHuman: a variable is not set.
    """
    hidden = [*literals_in(text)]

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            raise NeedsAHuman(
                f"environment variable {name} is not set, but {without_password(text)} needs it; set it"
            )
        hidden.append(environment[name])
        hidden.extend(literals_in(environment[name]))
        return _encoded(environment[name]) if _is_inside(found) else environment[name]

    return Secret(VARIABLE.sub(value, text), without_password(text), tuple(hidden))


def _is_inside(found: re.Match[str]) -> bool:
    """Whether a variable stands in the login or the query of an address."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    return "://" in before and ("?" in before or "@" in re.split("[/?#]", after)[0])


def _encoded(value: str) -> str:
    """Percent-encoded, unless it is already."""
    is_encoded = re.fullmatch(r"(?:[\w.~!$'()*+,;-]|%[0-9A-Fa-f]{2})*", value)
    return value if is_encoded else quote(value, safe="")
