"""Brings the warehouse of a study to the shape this version of the product reads, a backup first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.schema import OlderWarehouse, known_version
from roi_pipeline.engines.writer_lock import Holder, unheard, write_alone
from roi_pipeline.usecases.backups import back_up
from roi_pipeline.usecases.studies import warehouse_at

STEM = "before_version_"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade came to.

    Attributes:
        found: version of the tables before.
        known: version of the tables now.
        backup: what was written before anything changed; None where nothing had to.
    """

    found: int
    known: int
    backup: Path | None = None


def upgrade_warehouse(
    folder: Path, *, wait_seconds: float = 0.0, waiting: Callable[[Holder, float], None] = unheard
) -> Upgraded:
    """Back the study up, then migrate its warehouse; do nothing where it is of this version.

    The process that holds the study's lock already may call it.

    Raises:
        NewerWarehouse: a later version of the product wrote it; nothing was changed.
        StudyIsBusy: another process still writes the study after `wait_seconds`.
        NeedsAHuman: a migration cannot run; the tables are as they were, and the backup stays.
    """
    paths, known = StudyPaths(folder), known_version()
    warehouse = warehouse_at(paths)
    if not warehouse.path.exists():
        return Upgraded(known, known)
    with write_alone(paths.out, purpose="roi upgrade", wait_seconds=wait_seconds, waiting=waiting):
        try:
            with warehouse.open():
                return Upgraded(known, known)
        except OlderWarehouse as older:
            found = older.found
        target = _free_name(paths.backups, f"{STEM}{known}")
        backup = back_up(folder, target, wait_seconds=wait_seconds, waiting=waiting)
        warehouse.upgrade()
    return Upgraded(found, known, backup.path)


def purge_upgrade_backups(folder: Path, *, as_of: date, keep_days: int) -> tuple[Path, ...]:
    """Delete what upgrades wrote before the last `keep_days`; other files beside it are nobody's business.

    Editions and their inputs stand in the archive, of which these files hold a copy.

    Returns:
        The files deleted.
    """
    first_kept = as_of - timedelta(days=keep_days)
    written = sorted(StudyPaths(folder).backups.glob(f"{STEM}*.tar"))
    old = tuple(path for path in written if _day_written(path) < first_kept)
    for path in old:
        path.unlink()
    return old


def _day_written(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date()


def _free_name(folder: Path, stem: str) -> Path:
    """A file that is not there yet; what an upgrade that failed left is kept."""
    path, number = folder / f"{stem}.tar", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}_{number}.tar"
    return path
