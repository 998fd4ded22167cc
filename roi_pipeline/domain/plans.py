"""Plans of a holdout before a module goes live, and the draw of one."""

from collections import Counter
from dataclasses import dataclass

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.texts import Message


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """What one plan would find on one metric, with 80 % power at 95 % confidence.

    Attributes:
        weeks_of_history: length of the past stretches the figure comes from; below `weeks` where
            history is shorter.
        baseline_explains: part of the variance that adjusting on the baseline removes.
        target_absolute: size of the change the pool asks for; None when it has no target.
    """

    metric: Metric
    weeks: int
    holdout_share: float
    units_treated: float
    units_held_out: float
    level: float
    smallest_absolute: float
    smallest_relative: float | None
    weeks_of_history: int
    baseline_explains: float
    target_absolute: float | None = None


@dataclass(frozen=True, slots=True)
class Plans:
    """Lines of every metric that can be planned for, and why the others cannot."""

    lines: tuple[PlannedLine, ...]
    reasons: tuple[tuple[str, Message], ...]
    is_before_go_live: bool


@dataclass(frozen=True, slots=True)
class Draw:
    """A randomised holdout.

    Attributes:
        rows: (unit, stratum, arm), sorted by unit.
        arms: how many units are in each arm.
    """

    unit_column: str
    rows: tuple[tuple[str, str, str], ...]
    arm_column: str
    treated_name: str
    held_out_name: str

    @property
    def arms(self) -> Counter[str]:
        """Units per arm."""
        return Counter(row[2] for row in self.rows)

    @property
    def strata(self) -> dict[str, tuple[int, int]]:
        """Stratum → (held out, all)."""
        whole = Counter(row[1] for row in self.rows)
        held = Counter(row[1] for row in self.rows if row[2] == self.held_out_name)
        return {name: (held[name], whole[name]) for name in sorted(whole)}
