"""What has to be said about a generated study: ratings, claims and targets that follow from the plan.

Written beside the exports as `planted_verdicts.json`; nothing in the product reads it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from roi_pipeline.domain.standards import RatingGrade, RatingStatus
from roi_pipeline.domain.statements import ClaimVerdict, TargetVerdict

FILE_NAME = "planted_verdicts.json"


@dataclass(frozen=True, slots=True)
class PlantedRating:
    """The rating a module has to get; no grade before the window is over."""

    module_id: str
    status: RatingStatus
    grade: RatingGrade | None


@dataclass(frozen=True, slots=True)
class PlantedClaim:
    """What has to become of a vendor's claim."""

    module_id: str
    claim_id: str
    verdict: ClaimVerdict


@dataclass(frozen=True, slots=True)
class PlantedTarget:
    """What has to become of a target; several verdicts where chance decides among neighbours."""

    module_id: str
    metric_id: str
    verdicts: tuple[TargetVerdict, ...]


@dataclass(frozen=True, slots=True)
class PlantedVerdicts:
    """Everything one cycle of a study has to say.

    Attributes:
        cycle: key of the cycle.
    """

    study: str
    cycle: str
    ratings: tuple[PlantedRating, ...]
    claims: tuple[PlantedClaim, ...]
    targets: tuple[PlantedTarget, ...]

    def write(self, folder: Path) -> None:
        """Write the verdicts as JSON into the study folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")
