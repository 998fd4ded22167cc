"""Takes files out of gzip, bzip2 and zip; a truncated or damaged archive is recognised."""

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from shutil import copyfileobj

from roi_pipeline.domain.errors import NeedsAHuman, TryAgain

CHUNK = 1 << 22
GZIP_MAGIC, BZIP2_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"BZh", b"PK\x03\x04"
BUSY = "it is either still being delivered or damaged; it is tried again, else deliver it anew"


def is_gzip(path: Path) -> bool:
    """Whether the file is gzip, by its first bytes."""
    return _starts_with(path, GZIP_MAGIC)


def is_bzip2(path: Path) -> bool:
    """Whether the file is bzip2, by its first bytes and its name: three letters prove little."""
    return path.suffix.lower() == ".bz2" and _starts_with(path, BZIP2_MAGIC)


def is_zip(path: Path) -> bool:
    """Whether the file is a zip archive, by its first bytes or its name."""
    return path.suffix.lower() == ".zip" or _starts_with(path, ZIP_MAGIC)


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def unpack_gzip(path: Path, target: Path, *, name: str) -> None:
    """Write the unpacked bytes to `target`.

    Raises:
        TryAgain: the archive ends too early.
        NeedsAHuman: the archive is damaged.
    """
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as plain:
            copyfileobj(packed, plain, CHUNK)
    except EOFError as error:
        raise TryAgain(f"{name} is a gzip file that ends too early; {BUSY}") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise NeedsAHuman(
            f"{name} is a damaged gzip file ({error}); have it delivered anew"
        ) from error


def unpack_bzip2(path: Path, target: Path, *, name: str) -> None:
    """Write the unpacked bytes to `target`.

    Raises:
        TryAgain: the archive ends too early.
        NeedsAHuman: the archive is damaged.
    """
    try:
        with bz2.open(path, "rb") as packed, target.open("wb") as plain:
            copyfileobj(packed, plain, CHUNK)
    except EOFError as error:
        raise TryAgain(f"{name} is a bzip2 file that ends too early; {BUSY}") from error
    except OSError as error:
        if error.errno is not None:  # the disk's fault; what bzip2 finds has no number
            raise
        raise NeedsAHuman(
            f"{name} is a damaged bzip2 file ({error}); have it delivered anew"
        ) from error


def unpack_zip(path: Path, folder: Path, *, name: str) -> Iterator[tuple[str, Path]]:
    """Each file inside with its name there; members of hidden folders are left out.

    Raises:
        TryAgain: the archive has no directory at its end yet.
        NeedsAHuman: the archive is empty, damaged or needs a password.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_content(member)]
            if not members:
                raise NeedsAHuman(f"{name} is a zip file without a file in it; deliver it anew")
            for number, member in enumerate(sorted(members, key=lambda each: each.filename)):
                target = folder / f"{number}{PurePosixPath(member.filename).suffix}"
                with archive.open(member) as packed, target.open("wb") as plain:
                    copyfileobj(packed, plain, CHUNK)
                yield member.filename, target
    except zipfile.BadZipFile as error:
        raise TryAgain(f"{name} is not a whole zip file ({error}); {BUSY}") from error
    except (RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise NeedsAHuman(
            f"{name} cannot be unpacked ({error}); deliver it without password, as plain zip"
        ) from error


def _is_content(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return not member.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts)
