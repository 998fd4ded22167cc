"""Knows a full disk by whatever name SQLite, DuckDB, Arrow or the operating system call it."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roi_pipeline.domain.errors import DiskIsFull

LEAST_FREE_BYTES = 1 << 20
NAMES = ("no space left on device", "disk is full", "disk full")


@contextmanager
def full_disk_named(output: Path) -> Iterator[None]:
    """Turn whatever a full disk made fail into one error that says so.

    SQLite calls it a disk I/O error as often as not, so the space that is left counts too.

    Raises:
        DiskIsFull: something failed for want of space below `output`.
    """
    try:
        yield
    except DiskIsFull:
        raise
    except Exception as error:
        if names_full_disk(error) or is_disk_full(output):
            raise DiskIsFull(output, first_line(error)) from error
        raise


def names_full_disk(error: BaseException) -> bool:
    """Whether a full disk stands behind an error, however deep."""
    seen = set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, OSError) and current.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if is_name_of_full_disk(str(current)):
            return True
        current = current.__cause__ or current.__context__
    return False


def is_name_of_full_disk(text: str) -> bool:
    """Whether a message says that the disk is full."""
    lowered = text.lower()
    return any(name in lowered for name in NAMES)


def blames_full_disk(text: str) -> bool:
    """Whether the system's own words for a full disk stand in what is said about a file.

    Only these: a file may be called "disk full.csv".
    """
    return "no space left on device" in text.lower()


def is_disk_full(output: Path) -> bool:
    """Whether less than a mebibyte is left where the study writes."""
    return output.exists() and shutil.disk_usage(output).free < LEAST_FREE_BYTES


def first_line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).splitlines() or [type(error).__name__])[0]
