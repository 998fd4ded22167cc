"""Takes files out of gzip, bzip2 and zip; a truncated or damaged archive is recognised.

What comes out is counted while it comes, so an archive that unpacks to more than the limits of its
contract is refused before it fills the disk.
"""

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO

from roi_pipeline.domain.contracts import Limits
from roi_pipeline.domain.errors import NeedsAHuman, RoiError, TryAgain

CHUNK = 1 << 22
RATIO_FROM = 1 << 28
GZIP_MAGIC, BZIP2_MAGIC, ZIP_MAGIC = b"\x1f\x8b", b"BZh", b"PK\x03\x04"
BUSY = "it is either still being delivered or damaged; it is tried again, else deliver it anew"
DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError,
    NotImplementedError, ValueError, UnicodeError, KeyError, IndexError, OverflowError,
)  # fmt: skip


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


@dataclass(slots=True)
class Allowance:
    """What one packed file may still unpack to."""

    limits: Limits
    packed_bytes: int
    name: str
    unpacked_bytes: int = 0

    def copy(self, packed: IO[bytes] | BufferedIOBase, plain: IO[bytes]) -> None:
        """Copy all of it.

        Raises:
            NeedsAHuman: it is more than the limits allow.
        """
        while chunk := packed.read(CHUNK):
            self.unpacked_bytes += len(chunk)
            self.check()
            plain.write(chunk)

    def check(self) -> None:
        """Refuse what is over a limit.

        Raises:
            NeedsAHuman: it is, and this is how far.
        """
        limits, size = self.limits, self.unpacked_bytes
        if size > limits.unpacked_bytes:
            raise over_limit(
                self.name,
                f"unpacks to over {size:,} bytes",
                "unpacked_bytes",
                limits.unpacked_bytes,
            )
        if size > RATIO_FROM and size > limits.ratio * self.packed_bytes:
            raise over_limit(
                self.name,
                f"unpacks to {size // max(self.packed_bytes, 1):,} times its size",
                "ratio",
                limits.ratio,
            )


def over_limit(name: str, found: str, limit: str, allowed: int) -> NeedsAHuman:
    """A file that is larger than its contract allows."""
    return NeedsAHuman(
        f"{name} {found}; expected at most {allowed:,} (limit {limit}). Have it delivered in parts, "
        f"or raise {limit} in [location.limits]"
    )


def unpack_gzip(path: Path, target: Path, *, limits: Limits, name: str) -> None:
    """Write the unpacked bytes to `target`.

    Raises:
        TryAgain: the archive ends too early.
        NeedsAHuman: the archive is damaged, or holds more than the limits allow.
    """
    _unpack(gzip.GzipFile, "gzip", path, target, Allowance(limits, path.stat().st_size, name))


def unpack_bzip2(path: Path, target: Path, *, limits: Limits, name: str) -> None:
    """Write the unpacked bytes to `target`.

    Raises:
        TryAgain: the archive ends too early.
        NeedsAHuman: the archive is damaged, or holds more than the limits allow.
    """
    _unpack(bz2.BZ2File, "bzip2", path, target, Allowance(limits, path.stat().st_size, name))


def _unpack(
    opened: type[gzip.GzipFile | bz2.BZ2File],
    kind: str,
    path: Path,
    target: Path,
    allowance: Allowance,
) -> None:
    name = allowance.name
    try:
        with opened(path, "rb") as packed, target.open("wb") as plain:
            allowance.copy(packed, plain)
    except EOFError as error:
        raise TryAgain(f"{name} is a {kind} file that ends too early; {BUSY}") from error
    except (OSError, *DAMAGE) as error:
        if (
            isinstance(error, OSError) and error.errno is not None
        ):  # the disk's fault, not the file's
            raise
        raise NeedsAHuman(
            f"{name} is a damaged {kind} file ({error}); have it delivered anew"
        ) from error


def names_in_zip(path: Path, *, limits: Limits, name: str) -> list[str]:
    """Names of the files that `unpack_zip` yields, in its order, from the directory at the end alone.

    Raises:
        TryAgain, NeedsAHuman: as `unpack_zip`.
    """
    with _opened(path, name) as archive:
        return sorted({member.filename for member in _content(archive, limits, name)})


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except DAMAGE as error:
        raise TryAgain(f"{name} is not a whole zip file ({error}); {BUSY}") from error


def _content(archive: zipfile.ZipFile, limits: Limits, name: str) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if _is_content(member)]
    if not members:
        raise NeedsAHuman(f"{name} is a zip file without a file in it; deliver it anew")
    if len(members) > limits.members:
        raise over_limit(name, f"holds {len(members):,} files", "members", limits.members)
    return members


def unpack_zip(
    path: Path, folder: Path, *, limits: Limits, name: str
) -> Iterator[tuple[str, Path | RoiError]]:
    """Each file inside with its name there, or what is wrong with it.

    Members of hidden folders are left out; one that would lie outside the archive, or whose name
    another member has too, is an error of its own.

    Raises:
        TryAgain: the archive has no directory at its end yet.
        NeedsAHuman: the archive is empty, or holds more than the limits allow.
    """
    allowance = Allowance(limits, path.stat().st_size, name)
    with _opened(path, name) as archive:
        members = _content(archive, limits, name)
        counts = Counter(member.filename for member in members)
        firsts = {member.filename: member for member in members}
        for number, (inside, member) in enumerate(sorted(firsts.items())):
            if _leads_outside(inside) or counts[inside] > 1:
                yield inside, _refused_name(name, inside, counts[inside])
                continue
            target = folder / f"{number}{PurePosixPath(inside).suffix}"
            yield inside, _unpacked(archive, member, target, allowance)


def _unpacked(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, allowance: Allowance
) -> Path | RoiError:
    """The member as a file; a damaged one costs only itself, one over a limit the archive."""
    try:
        with archive.open(member) as packed, target.open("wb") as plain:
            allowance.copy(packed, plain)
    except (OSError, *DAMAGE) as error:
        if (
            isinstance(error, OSError) and error.errno is not None
        ):  # the disk's fault, not the file's
            raise
        return NeedsAHuman(
            f"{member.filename} in {allowance.name} cannot be unpacked ({error}); "
            "deliver it anew, without password, as plain zip"
        )
    return target


def _is_content(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    is_hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
    return not member.is_dir() and not is_hidden


def _leads_outside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts


def _refused_name(archive: str, inside: str, count: int) -> NeedsAHuman:
    if count > 1:
        return NeedsAHuman(
            f"{archive} holds {inside} {count} times; it is unclear which one is meant: "
            "have it delivered with distinct names"
        )
    return NeedsAHuman(
        f"{archive} holds {inside}, whose name leads out of the archive; it was not read: "
        "have it packed with plain names"
    )
