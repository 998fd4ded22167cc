"""The example studies with their cycles closed, each once per test run, for everybody who looks at them.

Workers of one run share a folder; whoever comes first makes the study while the others wait.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from roi_pipeline.archive import Archive
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.resources import CHECKOUT
from roi_pipeline.usecases.histories import archive_of

# Study → cycles with the day each is closed as of; None is the day the cycle matures. The clinic at a
# tenth of its size: its full size is run by the main job's own tests.
CYCLES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "callcentre-startup": (("2025-12", "2026-01-06"),),
    "callcentre-sme": (("2025-H2", None),),
    "callcentre-large": (("2025", None),),
    "manufacturer": (("2025", None),),
    "clinic": (("2025-Q4", None), ("2026-Q1", None)),
}
SCALES = {"clinic": "0.1"}
EXAMPLES = tuple(CYCLES)
# Closing the other three takes eight minutes of processor time: they wait for `make soak`.
IN_EVERY_RUN = ("callcentre-startup", "callcentre-sme")
PARAMS = [
    name if name in IN_EVERY_RUN else pytest.param(name, marks=pytest.mark.soak)
    for name in EXAMPLES
]


@dataclass(frozen=True, slots=True)
class ClosedExample:
    """An example study whose cycles were closed from the command line; tests must not change it."""

    name: str
    folder: Path

    @property
    def archive(self) -> Archive:
        """Its editions."""
        return archive_of(StudyPaths(self.folder))

    @property
    def editions(self) -> tuple[str, ...]:
        """Names of the editions, the latest last."""
        return tuple(f"{cycle}/final-1" for cycle, _ in CYCLES[self.name])

    @property
    def reports(self) -> Path:
        """The report files of the latest edition."""
        return self.archive.path(self.editions[-1]) / "reports"

    def pages(self) -> list[Path]:
        """Every HTML report of the latest edition, in every language, and the list of editions."""
        return [*sorted(self.reports.glob("*/*.html")), self.folder / "out/editions/index.html"]


def closed_example(name: str, factory: pytest.TempPathFactory) -> ClosedExample:
    """The study, made by the first who asks."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    example = ClosedExample(name, shared / "closed_examples" / name)
    example.folder.parent.mkdir(exist_ok=True)
    done = example.folder.with_suffix(".done")
    with _alone(example.folder.with_suffix(".lock")):
        if not done.exists():
            _make(example)
            done.touch()
    return example


def roi(*arguments: object, checkout: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """The command line in a new process, on the product in `checkout`, with nobody to mail to."""
    environment = {key: x for key, x in os.environ.items() if not key.startswith("ROI_SMTP_")}
    return subprocess.run(
        [sys.executable, "-m", "roi_pipeline.cli", *map(str, arguments)],
        cwd=checkout,
        env={**environment, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


def _make(example: ClosedExample) -> None:
    scale = SCALES.get(example.name, "1")
    done = roi("init", example.folder, "--example", example.name, "--scale", scale)
    assert done.returncode == 0, done.stderr
    for cycle, as_of in CYCLES[example.name]:
        day = ("--as-of", as_of) if as_of else ()
        done = roi("close", example.folder, "--cycle", cycle, *day)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"closed: {cycle}/final-1" in done.stdout


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
