"""What became of the steps of a run."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one asset in a run: `done`, `failed` or `skipped`, and why."""

    asset: str
    status: str
    reason: str = ""


def told(failed: Iterable[StepOutcome]) -> str:
    """What failed and why, as lines of an error message."""
    return "".join(f"\n  {step.asset}: {step.reason}" for step in failed)
