"""Hashes of what an edition depends on: the study's configuration and the product's own files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.resources import PACKAGE, shipped_folder

CONFIG = ("study.toml", "sources/*.toml", "modules/*.toml", "metrics/*.toml", "standards/*.toml",
          "planned/*.toml", "sql/**/*.sql")  # fmt: skip
SHIPPED = ("sql", "catalogue", "report_templates")
# Code that cannot change a byte of an edition: what is sent, shown or generated afterwards.
LEFT_OUT = frozenset({"examples", "delivery", "archive", "defs"})


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def config_files(folder: Path) -> dict[str, Path]:
    """Relative path → file, of everything in a study folder that configures it."""
    found = (path for pattern in CONFIG for path in folder.glob(pattern) if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in sorted(found)}


def folder_files(folder: Path) -> dict[str, str]:
    """Relative path → hash of every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in paths}


def product_files() -> Mapping[str, str]:
    """Path → hash of every file of the installed product that can move a figure or a byte."""
    hashes = dict[str, str]()
    for name in SHIPPED:
        folder = shipped_folder(name)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            hashes[f"{name}/{path.relative_to(folder).as_posix()}"] = file_sha256(path)
    rooms = (path for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())
    for room in sorted(rooms):
        if room.name not in LEFT_OUT:
            hashes[f"code/{room.name}"] = _room_sha256(room)
    return hashes


def _room_sha256(room: Path) -> str:
    """One hash over a room's own files; what the interpreter leaves behind is not among them."""
    digest = hashlib.sha256()
    for path in sorted(room.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(room).as_posix()
            digest.update(f"{name}\0{file_sha256(path)}\0".encode())
    return digest.hexdigest()
