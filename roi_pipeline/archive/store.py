"""Files by the hash of their bytes: written once, never changed, checked whenever they are read."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from roi_pipeline.archive.hashing import file_sha256
from roi_pipeline.domain.errors import NeedsAHuman

READ_ONLY = 0o444  # for whoever may read the folder it stands in
OWN_ONLY = 0o700  # exports as delivered may name people


class BrokenObject(NeedsAHuman):
    """A kept file that is gone or no longer has the bytes its name promises."""

    def __init__(self, sha256: str, found: str | None, *, name: str) -> None:
        self.sha256, self.found, self.name = sha256, found, name
        state = "is gone" if found is None else f"now has the hash {found[:16]}"
        super().__init__(
            f"{name}: the archived copy {sha256[:16]} {state}; expected its bytes unchanged. "
            "Restore _store from a backup"
        )


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of objects named by their SHA-256."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where an object stands, or would."""
        return self.folder / sha256

    def has(self, sha256: str) -> bool:
        """Whether an object of that name is kept; its bytes are checked on reading."""
        return self.path(sha256).is_file()

    def put(self, source: Path) -> str:
        """Keep a file and return its hash; a file kept before is not written again."""
        sha256 = file_sha256(source)
        if self.has(sha256) and file_sha256(self.path(sha256)) == sha256:
            return sha256
        return self._write(source)

    def put_as(self, sha256: str, source: Path) -> bool:
        """Keep a file under the hash it is known by; False, and nothing kept, if it has another.

        Its bytes are hashed once, in the copy: what counts is what will be read again.
        """
        return self.has(sha256) or self._write(source, expected=sha256) == sha256

    def _write(self, source: Path, *, expected: str | None = None) -> str:
        """Copy, hash the copy, and give it its name unless another was expected."""
        self.folder.mkdir(mode=OWN_ONLY, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False) as target:
            copy = Path(target.name)
            shutil.copyfile(source, copy)
            os.fsync(target.fileno())
        sha256 = file_sha256(copy)
        if expected not in {None, sha256}:
            copy.unlink()
            return sha256
        copy.chmod(READ_ONLY & self.folder.stat().st_mode)
        copy.replace(self.path(sha256))
        return sha256

    def restore(self, sha256: str, target: Path, *, name: str) -> None:
        """Write an object's bytes to `target`.

        Raises:
            BrokenObject: the object is gone or changed; `name` says what it was.
        """
        self.check(sha256, name=name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(sha256), target)

    def check(self, sha256: str, *, name: str) -> None:
        """Make sure an object is there with the bytes its name promises."""
        path = self.path(sha256)
        found = file_sha256(path) if path.is_file() else None
        if found != sha256:
            raise BrokenObject(sha256, found, name=name)
