"""What a baseline was when it was first used, so that it cannot be moved after the fact."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BaselineLock:
    """One version of one metric's baseline.

    Attributes:
        version: 1 at first use.
        sha256: hash over `parts`.
        parts: name → canonical text of everything locked.
        locked_on: the `as_of` of the run that first used it.
    """

    module_id: str
    metric_id: str
    version: int
    sha256: str
    parts: Mapping[str, str]
    locked_on: date
