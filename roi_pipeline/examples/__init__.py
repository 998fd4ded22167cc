"""Example studies a newcomer can run and copy: configuration from `studies/`, exports by seed.

Each has planted true effects and a known number of dirty rows, so that what the product reports can
be held against what is true. Generators are imported when they are used: they need numpy and polars.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
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
        generator: module of this room and function in it; imported only when it is used.
    """

    name: str
    folder: str
    generator: tuple[str, str]

    @property
    def configuration(self) -> Path:
        """Where the study's configuration ships."""
        return shipped_folder("studies") / self.folder

    def load(self) -> Generate:
        """The generator."""
        module, function = self.generator
        return getattr(import_module(f"{__name__}.{module}"), function)


EXAMPLES: Mapping[str, Example] = {
    example.name: example
    for example in (
        Example("clinic", "clinic", ("clinic", "generate")),
        Example("clinic-12000-a-day", "clinic", ("clinic", "generate_busy")),
        Example("callcentre-startup", "callcentre-startup", ("callcentre", "generate_startup")),
        Example("callcentre-sme", "callcentre-sme", ("callcentre", "generate_sme")),
        Example("callcentre-large", "callcentre-large", ("callcentre", "generate_large")),
        Example("manufacturer", "manufacturer", ("manufacturer", "generate")),
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
