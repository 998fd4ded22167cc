"""Finds the files of a contract below the study folder; the order never depends on the disk."""

from dataclasses import dataclass
from glob import glob
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that was delivered: where it lies and the name it goes by."""

    path: Path
    name: str


def files_in_folder(pattern: str, folder: Path) -> list[FoundFile]:
    """Files a glob matches, sorted by name; hidden files and lock files of open workbooks are none.

    Raises:
        NeedsAHuman: nothing matches.
    """
    # The folder itself is no pattern, whatever characters stand in its name.
    matches = (folder / match for match in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207 - takes absolute patterns too
    found = [FoundFile(path, _name(path, folder)) for path in matches if _is_delivered(path)]
    if not found:
        raise NeedsAHuman(
            f"no file matches {pattern} below the study folder; "
            "deliver the export there, or correct glob in [location]"
        )
    return sorted(found, key=lambda file: file.name)


def _is_delivered(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "~$"))


def _name(path: Path, folder: Path) -> str:
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
