"""The folder of published editions: each is made beside its place and moved there whole.

`<cycle>/<status>-<number>/` appears by one rename and is read-only from then on. What a killed run
left behind begins with a dot, is no edition, and goes when the next one is made.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.archive.hashing import file_sha256
from roi_pipeline.archive.manifests import FILE, manifest_text, read_manifest
from roi_pipeline.archive.store import READ_ONLY, Store
from roi_pipeline.domain.archives import ChangedInput, Manifest
from roi_pipeline.domain.editions import EditionStatus
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName

NAME = re.compile(r"(?P<status>final|restated)-(?P<number>\d+)")
MAKING = ".making-"
READ_ONLY_FOLDER = 0o555
OWN_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Archive:
    """All editions of a study."""

    folder: Path

    @property
    def store(self) -> Store:
        """Where the inputs of the editions are kept."""
        return Store(self.folder / "_store")

    def names(self) -> tuple[str, ...]:
        """Every edition, cycle by cycle in the order they were made: `2026-Q1/final-1`."""
        found = list[tuple[str, bool, int, str]]()
        for path in self.folder.glob("*/*/" + FILE):
            made = NAME.fullmatch(path.parent.name)
            if made is not None:
                cycle = path.parent.parent.name
                name = f"{cycle}/{path.parent.name}"
                found.append((cycle, made["status"] == "restated", int(made["number"]), name))
        return tuple(item[-1] for item in sorted(found))

    def find(self, wanted: str) -> str:
        """The edition of that name; the latest of a cycle when only the cycle is named.

        Raises:
            UnknownName: there is none.
        """
        names = self.names()
        if wanted in names:
            return wanted
        latest = self.latest(wanted)
        if latest is None:
            raise UnknownName("edition", wanted, names)
        return latest

    def latest(self, cycle_key: str) -> str | None:
        """The latest edition of a cycle, if it was ever closed."""
        own = self._of(cycle_key)
        return own[-1] if own else None

    def cycles(self) -> tuple[str, ...]:
        """Every cycle that has an edition, oldest first."""
        return tuple(dict.fromkeys(_cycle_of(name) for name in self.names()))

    def latest_of_earlier_cycles(self, cycle_key: str) -> tuple[str, ...]:
        """The latest edition of every closed cycle before this one, oldest first."""
        earlier = (self.latest(cycle) for cycle in self.cycles() if cycle < cycle_key)
        return tuple(name for name in earlier if name is not None)

    def next_edition(self, cycle_key: str) -> tuple[EditionStatus, int]:
        """Status and number of the next edition of a cycle: one final, then restated ones."""
        own = self._of(cycle_key)
        return ("restated", len(own)) if own else ("final", 1)

    def _of(self, cycle_key: str) -> list[str]:
        """The editions of a cycle, in the order made."""
        return [name for name in self.names() if _cycle_of(name) == cycle_key]

    def path(self, name: str) -> Path:
        """The folder of an edition."""
        return self.folder / name

    def manifest(self, name: str) -> Manifest:
        """The manifest of an edition."""
        return read_manifest(self.path(name) / FILE)

    @contextmanager
    def making(self, cycle_key: str) -> Iterator[Path]:
        """An empty folder to make an edition in; whatever is left of it is removed."""
        cycle = self.folder / cycle_key
        cycle.mkdir(parents=True, exist_ok=True)
        for left in cycle.glob(f"{MAKING}*"):
            if not _is_running(left):
                _remove(left)
        folder = cycle / f"{MAKING}{os.getpid()}"
        _remove(folder)
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)

    def publish(self, folder: Path, manifest: Manifest) -> Path:
        """Move a finished edition to its place, for good.

        Raises:
            NeedsAHuman: an edition of that name is there already.
        """
        (folder / FILE).write_text(manifest_text(manifest), "utf-8")
        readers = self.folder.stat().st_mode
        for path in sorted(folder.rglob("*"), reverse=True):
            path.chmod((READ_ONLY_FOLDER if path.is_dir() else READ_ONLY) & readers)
            _to_disk(path)
        _to_disk(folder)
        target = self.path(manifest.name)
        try:
            folder.rename(target)
        except OSError as error:
            raise NeedsAHuman(
                f"edition {manifest.name} cannot be put in its place ({error.strerror}); an edition "
                "never changes: see whether another run has just made it"
            ) from error
        target.chmod(READ_ONLY_FOLDER & readers)
        _to_disk(target.parent)
        return target

    def tampered(self, manifest: Manifest) -> tuple[ChangedInput, ...]:
        """Files of an edition's folder that are not what its manifest says."""
        folder = self.path(manifest.name)
        there = (path for path in folder.rglob("*") if path.is_file() and path.name != FILE)
        found = {path.relative_to(folder).as_posix(): file_sha256(path) for path in there}
        return tuple(
            ChangedInput("file", name, manifest.files.get(name), found.get(name))
            for name in sorted({*manifest.files, *found})
            if manifest.files.get(name) != found.get(name)
        )


def _is_running(folder: Path) -> bool:
    """Whether the process that makes an edition in this folder is another one and still there."""
    number = folder.name.removeprefix(MAKING)
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(OWN_FOLDER)
    shutil.rmtree(folder)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cycle_of(name: str) -> str:
    return name.partition("/")[0]
