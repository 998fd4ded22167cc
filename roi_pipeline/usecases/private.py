"""Who may read what is made for a study: its owner alone, or a group of analysts as well.

Exports as delivered, databases and reports can name people, so `out` is 0700 and every file in it
0600. With `ROI_GROUP` the members of that group may read (0750, 0640); the archive's store of exports
and the outbox stay the owner's.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths

GROUP = "ROI_GROUP"
OWN_MASK, GROUP_MASK = 0o077, 0o027
OWN_FOLDER, GROUP_FOLDER = 0o700, 0o2750  # files made in a folder with 2… belong to its group


def keep_private(paths: StudyPaths, environment: Mapping[str, str]) -> None:
    """Make `out` the owner's (and the group's), now and for whatever this process writes.

    What an earlier version left open to everybody is closed.

    Raises:
        NeedsAHuman: the group is unknown, or its owner is no member of it.
    """
    group = environment.get(GROUP, "")
    os.umask(GROUP_MASK if group else OWN_MASK)
    folder = GROUP_FOLDER if group else OWN_FOLDER
    paths.out.mkdir(parents=True, exist_ok=True)
    if paths.out.stat().st_mode & 0o7777 == folder and _is_of(paths.out, group):
        return
    for path in [*paths.out.rglob("*"), paths.out]:
        if not path.is_symlink():
            _close(path, group)
    paths.out.chmod(folder)


def _is_of(path: Path, group: str) -> bool:
    return not group or path.group() == group


def _close(path: Path, group: str) -> None:
    """Take from others what they could do; give the group what the owner can do, but writing."""
    mode = path.stat().st_mode & 0o7777
    wanted = mode & 0o2700
    if group and not _is_owner_s(path):
        _give(path, group)
        wanted |= (mode & 0o500) >> 3 | (0o2000 if path.is_dir() else 0)
    path.chmod(wanted)


def _is_owner_s(path: Path) -> bool:
    """Raw exports and who was mailed are no analyst's business."""
    return "_store" in path.parts or path.name.startswith(("outbox.sqlite", "alerts.sqlite"))


def _give(path: Path, group: str) -> None:
    try:
        shutil.chown(path, group=group)
    except (LookupError, PermissionError) as error:
        raise NeedsAHuman(
            f"{GROUP}: found {group!r}; expected a group that exists and that the user who runs roi "
            f"is a member of. Correct it, or unset {GROUP} to keep {path.name} to this user"
        ) from error
