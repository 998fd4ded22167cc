"""Fills `${VARIABLES}` into addresses, and shows addresses without their passwords."""

import re
from collections.abc import Mapping

from roi_pipeline.domain.errors import NeedsAHuman

VARIABLE = re.compile(r"\$\{(\w+)\}")
PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^@]*@")


def filled(text: str, environment: Mapping[str, str]) -> str:
    """The text with every `${NAME}` replaced by the environment's value.

    Raises:
        NeedsAHuman: a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in environment:
            raise NeedsAHuman(
                f"environment variable {name} is not set, but {without_password(text)} needs it; set it"
            )
        return environment[name]

    return VARIABLE.sub(value, text)


def without_password(address: str) -> str:
    """The address as it may be shown.

    >>> without_password("postgresql://roi:secret@db/sales")
    'postgresql://roi:…@db/sales'
    """
    return PASSWORD.sub(r"\1:…@", address)
