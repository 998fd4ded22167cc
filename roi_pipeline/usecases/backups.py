"""Backs a study up into one file and restores it elsewhere: settings, warehouse, editions, what was mailed.

A backup is made while nobody writes the study, so that its parts belong together; a run that is on is
waited for. Drafts, Dagster's history and the exports themselves are not in it: they can be made or
delivered again, and the inputs of every edition stand in the archive's store.
"""

import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline import __version__
from roi_pipeline.archive import config_files, file_sha256
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.writer_lock import Holder, write_alone
from roi_pipeline.usecases.private import keep_private
from roi_pipeline.usecases.scratch import scratch_folder
from roi_pipeline.usecases.studies import warehouse_at

MANIFEST = "backup.json"
FORMAT = "roi-backup/1"


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made or restored."""

    path: Path
    files: int
    size: int


def back_up(
    folder: Path, target: Path, *, wait_seconds: float, waiting: Callable[[Holder, float], None]
) -> BackedUp:
    """Write everything of a study that cannot be made again into one tar file.

    Args:
        folder: the study.
        target: the file, which must not be there yet.
        wait_seconds: how long to wait for a run that writes the study.
        waiting: called about every second while waiting.

    Raises:
        NeedsAHuman: the target is there already.
        StudyIsBusy: another process still writes the study after `wait_seconds`.
    """
    if target.exists():
        raise NeedsAHuman(f"{target} is there already; name another file for the backup")
    paths = StudyPaths(folder)
    keep_private(paths, os.environ)
    part = target.with_name(f".{target.name}.part")
    with (
        write_alone(paths.out, purpose="roi backup", wait_seconds=wait_seconds, waiting=waiting),
        scratch_folder(paths, "backup") as scratch,
    ):
        files = dict(_files(paths, scratch))
        hashes = {name: file_sha256(path) for name, path in files.items()}
        try:
            _write(part, files, hashes)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return BackedUp(target, len(files), target.stat().st_size)


def restore(source: Path, folder: Path) -> BackedUp:
    """Make a study folder from a backup; every file is held against its hash.

    Raises:
        NeedsAHuman: the folder is not empty, the file is no backup, or a byte of it is wrong.
    """
    if folder.exists() and any(folder.iterdir()):
        raise NeedsAHuman(f"{folder} is not empty; restore into a folder of its own")
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        hashes = _extract(source, part)
        wrong = sorted(
            name
            for name, sha256 in hashes.items()
            if not (part / name).is_file() or file_sha256(part / name) != sha256
        )
        if wrong:
            raise NeedsAHuman(
                f"{source}: {len(wrong)} files are missing or changed, such as {wrong[0]}; "
                "take another backup"
            )
        keep_private(StudyPaths(part), os.environ)
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return BackedUp(folder, len(hashes), source.stat().st_size)


def _files(paths: StudyPaths, scratch: Path) -> Iterator[tuple[str, Path]]:
    """Name in the backup → the file to read; databases as copies that are whole."""
    yield from config_files(paths.folder).items()
    own_sql = sorted((paths.folder / "sql").rglob("*.sql"))
    yield from ((path.relative_to(paths.folder).as_posix(), path) for path in own_sql)
    if paths.warehouse.exists():
        warehouse_at(paths).settle()
        yield paths.warehouse.relative_to(paths.folder).as_posix(), paths.warehouse
    for database in (paths.outbox, paths.alerts):
        if database.exists():
            copy = scratch / database.name
            _copy_database(database, copy)
            yield database.relative_to(paths.folder).as_posix(), copy
    for path in sorted(paths.editions.rglob("*")):
        if path.is_file():
            yield path.relative_to(paths.folder).as_posix(), path


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's own copy, which is whole whoever writes meanwhile."""
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)


def _write(target: Path, files: Mapping[str, Path], hashes: Mapping[str, str]) -> None:
    manifest = {"format": FORMAT, "version": __version__, "files": dict(sorted(hashes.items()))}
    text = json.dumps(manifest, indent=1).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with tarfile.open(target, "w") as archive:
        head = tarfile.TarInfo(MANIFEST)
        head.size, head.mode = len(text), 0o600
        archive.addfile(head, io.BytesIO(text))
        for name in sorted(files):
            archive.add(files[name], arcname=name, recursive=False)


def _extract(source: Path, folder: Path) -> Mapping[str, str]:
    """The files of a backup into a folder; returns their hashes."""
    try:
        with tarfile.open(source, "r") as archive:
            archive.extractall(folder, filter="data")
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise NeedsAHuman(f"{source} is no backup of a study: {error}") from error
    if manifest.get("format") != FORMAT:
        raise NeedsAHuman(
            f"{source}: found a backup of format {manifest.get('format')!r}; expected {FORMAT!r}. "
            "Restore it with the version that made it"
        )
    (folder / MANIFEST).unlink()
    return manifest["files"]
