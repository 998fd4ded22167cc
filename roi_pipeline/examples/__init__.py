"""Example studies a newcomer can run and copy: configuration from `studies/`, exports by seed.

Each has planted true effects and a known number of dirty rows, so that what the product reports can
be held against what is true. Generators are imported when they are used: they need numpy and polars.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.resources import shipped_folder

if TYPE_CHECKING:
    from roi_pipeline.examples.planted import PlantedTruth

DEFAULT_SEED = 20250101


class Generate(Protocol):
    """Writes a study's exports and says what was planted in them."""

    def __call__(self, folder: Path, *, seed: int, scale: float) -> "PlantedTruth":
        """Write `exports/` and `planted_truth.json` into the folder."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """One example study.

    Attributes:
        name: what it is called on the command line.
        folder: its folder below `studies/`.
        load: gives the generator; imports it only then.
    """

    name: str
    folder: str
    load: Callable[[], Generate]

    @property
    def configuration(self) -> Path:
        """Where the study's configuration ships."""
        return shipped_folder("studies") / self.folder


def _clinic() -> Generate:
    from roi_pipeline.examples.clinic import generate

    return generate


def _busy_clinic() -> Generate:
    from roi_pipeline.examples.clinic import generate_busy

    return generate_busy


def _callcentre_startup() -> Generate:
    from roi_pipeline.examples.callcentre import generate_startup

    return generate_startup


def _callcentre_sme() -> Generate:
    from roi_pipeline.examples.callcentre import generate_sme

    return generate_sme


def _callcentre_large() -> Generate:
    from roi_pipeline.examples.callcentre import generate_large

    return generate_large


def _manufacturer() -> Generate:
    from roi_pipeline.examples.manufacturer import generate

    return generate


EXAMPLES: Mapping[str, Example] = {
    example.name: example
    for example in (
        Example("clinic", "clinic", _clinic),
        Example("clinic-12000-a-day", "clinic", _busy_clinic),
        Example("callcentre-startup", "callcentre-startup", _callcentre_startup),
        Example("callcentre-sme", "callcentre-sme", _callcentre_sme),
        Example("callcentre-large", "callcentre-large", _callcentre_large),
        Example("manufacturer", "manufacturer", _manufacturer),
    )
}


def copy_example(
    name: str, target: Path, *, seed: int = DEFAULT_SEED, scale: float = 1.0
) -> "PlantedTruth":
    """Make a study folder that can be run at once: configuration copied, exports generated.

    Refuses a target that holds anything, so that nobody's own study is ever overwritten.
    """
    if name not in EXAMPLES:
        raise UnknownName("example study", name, EXAMPLES)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NeedsAHuman(
            f"{target} is not empty; expected a new or empty folder for the example study "
            f"{name!r}. Choose another folder, or empty this one first"
        )
    example = EXAMPLES[name]
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(example.configuration, target, dirs_exist_ok=True)
    return example.load()(target, seed=seed, scale=scale)
