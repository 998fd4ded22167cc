"""Folders for unpacked exports and restored studies: below `out`, and gone after a kill as well.

The system's temporary folder keeps what a killed run leaves there. Here every folder is held by a
file lock that ends with its process, and whoever needs one first removes those nobody holds.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from roi_pipeline.domain.paths import StudyPaths

LOCK = ".lock"
OWN_FOLDER, OWN_FILE = 0o700, 0o600


@contextmanager
def scratch_folder(paths: StudyPaths, purpose: str) -> Iterator[Path]:
    """An empty folder for this process alone; whatever is in it goes with it."""
    root = paths.scratch
    root.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    with _locked(root / LOCK, wait=True):
        sweep(root)
        folder = Path(mkdtemp(prefix=f"{purpose}-", dir=root))
        own = _lock(_lock_of(folder), wait=True)
    try:
        yield folder
    finally:
        _lock_of(folder).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        if own is not None:
            os.close(own)


def sweep(root: Path) -> None:
    """Remove the folders whose process is gone; the caller holds the lock of the whole."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        handle = _lock(_lock_of(folder), wait=False)
        if handle is not None:
            shutil.rmtree(folder, ignore_errors=True)
            _lock_of(folder).unlink(missing_ok=True)
            os.close(handle)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{LOCK}")


def _lock(path: Path, *, wait: bool) -> int | None:
    """A handle that holds the lock; None when another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, OWN_FILE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _locked(path: Path, *, wait: bool) -> Iterator[None]:
    handle = _lock(path, wait=wait)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)
