"""Studies that integration tests run, each generated once a session and copied for each use."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_study import write_tiny_study

CYCLE = "2026-02"


@pytest.fixture(scope="session", autouse=True)
def _no_mail_by_accident() -> None:
    for name in [name for name in os.environ if name.startswith("ROI_SMTP_")]:
        del os.environ[name]


@pytest.fixture(scope="session")
def closed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study with February closed."""
    from roi_pipeline.defs.run import close_study

    folder = write_tiny_study(tmp_path_factory.mktemp("closed") / "study")
    closing = close_study(folder, CYCLE)
    assert closing.is_new, closing.outcome.failed
    return folder


@pytest.fixture
def closed(closed_once: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return copy_study(closed_once, tmp_path / "study")


def copy_study(source: Path, target: Path) -> Path:
    """Copy a study with everything it made."""
    shutil.copytree(source, target)
    return target


@pytest.fixture
def copied() -> Callable[[Path, Path], Path]:
    """Copies a study with everything it made."""
    return copy_study
