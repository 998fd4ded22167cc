"""Finds out how a text file is written and makes UTF-8 of it, in one pass and little memory.

Detection: byte order mark, then UTF-8, then GB18030. A text that is not UTF-8 throughout is classified
by how many of its characters beyond ASCII are: a damaged byte leaves all others well formed, GB18030
few of them. A text that may be either is refused. A declared encoding is never overruled, but a file that
plainly is something else is refused with the name of what it is.
"""

import codecs
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman

CHUNK = 1 << 22
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# So many well-formed characters before the first broken one do not happen by chance in GB18030.
CERTAINLY_UTF8 = 32
# Well-formed characters for each broken piece: of GB18030 one in seven is well formed by chance, and each
# of the others is two pieces; a damaged byte of UTF-8 makes up to three pieces beside all that is well.
UTF8_FROM, UTF8_PERHAPS = 2.0, 0.5
NUL_SHARE_OF_UTF16 = 0.2


@dataclass(frozen=True, slots=True)
class ByteScan:
    """What one pass over a file's bytes found.

    Attributes:
        broken_at: offset of the first byte that is not UTF-8, None when all of it is.
        multibyte_count: characters beyond ASCII before `broken_at`.
        later_count: characters beyond ASCII after it, in its chunk.
        broken_count: pieces of that chunk that are not UTF-8.
        nul_share: fraction of zero bytes in the first chunk.
    """

    sha256: str
    bytes: int
    mark: str
    broken_at: int | None
    multibyte_count: int
    later_count: int
    broken_count: int
    has_nul_bytes: bool
    nul_share: float

    @property
    def is_surely_utf8(self) -> bool:
        """Whether it is UTF-8, if need be with damaged bytes."""
        return (
            self.broken_at is None
            or self.multibyte_count >= CERTAINLY_UTF8
            or self._well_formed > UTF8_FROM * self.broken_count
        )

    @property
    def may_be_utf8(self) -> bool:
        """Whether so many characters are well formed that it may be UTF-8."""
        return self.is_surely_utf8 or self._well_formed > UTF8_PERHAPS * self.broken_count

    @property
    def _well_formed(self) -> int:
        return self.multibyte_count + self.later_count


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text is written; `is_utf8` means it can be read as it lies."""

    encoding: str
    is_utf8: bool


def read_chunks(path: Path) -> Iterator[bytes]:
    """The file's bytes in pieces of `CHUNK`."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def fingerprint(path: Path) -> tuple[str, int]:
    """The sha256 of a file and its length."""
    digest, length = hashlib.sha256(), 0
    for chunk in read_chunks(path):
        digest.update(chunk)
        length += len(chunk)
    return digest.hexdigest(), length


def scan_bytes(path: Path) -> ByteScan:
    """Fingerprint a file and try it as UTF-8; hashing runs beside decoding."""
    digest, length, mark, nul_share = hashlib.sha256(), 0, "", 0.0
    has_nul_bytes, trial = False, _Utf8Trial()
    with ThreadPoolExecutor(1) as pool:
        for chunk in read_chunks(path):
            hashing = pool.submit(digest.update, chunk)
            if length == 0:
                mark = next((name for start, name in MARKS if chunk.startswith(start)), "")
                nul_share = chunk.count(0) / len(chunk)
            has_nul_bytes = has_nul_bytes or b"\0" in chunk
            trial.feed(chunk)
            length += len(chunk)
            hashing.result()
    trial.finish()
    return ByteScan(
        digest.hexdigest(), length, mark, trial.broken_at, trial.multibyte_count, trial.later_count,
        trial.broken_count, has_nul_bytes, nul_share,
    )  # fmt: skip


class _Utf8Trial:
    """Decodes as UTF-8 to the end of the chunk that holds the first byte that is none."""

    def __init__(self) -> None:
        self.broken_at: int | None = None
        self.multibyte_count = 0
        self.later_count = 0
        self.broken_count = 0
        self._position = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        if self.broken_at is not None:
            return
        data = self._rest + chunk if self._rest else chunk
        try:
            text, used = codecs.utf_8_decode(data, "strict", False)  # noqa: FBT003 - C function
        except UnicodeDecodeError as error:
            self.broken_at = self._position + error.start
            text = data[: error.start].decode()
            used = error.start
            self._count_after(data[used:])
        self.multibyte_count += used - len(text)
        self._rest = data[used:]
        self._position += used

    def _count_after(self, data: bytes) -> None:
        text, _ = codecs.utf_8_decode(data, "replace", False)  # noqa: FBT003 - C function
        self.broken_count = text.count("\ufffd")
        self.later_count = len(text) - len(text.encode("ascii", "ignore")) - self.broken_count

    def finish(self) -> None:
        if self.broken_at is None and self._rest:
            self.broken_at = self._position


def text_form(scan: ByteScan, *, declared: str | None, name: str) -> TextForm:
    """The encoding a file is to be read in.

    Args:
        scan: what a pass over the bytes found.
        declared: encoding of the contract, if it names one.
        name: the file, for messages.

    Raises:
        NeedsAHuman: the declared encoding is certainly not the file's.
    """
    if declared is None:
        return _detected(scan, name)
    codec = codecs.lookup(declared).name
    if codec in {"utf-8", "utf-8-sig", "ascii"}:
        return _declared_utf8(scan, declared, name)
    if scan.mark and codecs.lookup(scan.mark).name.split("-")[:2] != codec.split("-")[:2]:
        raise _not_as_declared(name, declared, f"begins with the mark of {scan.mark}", scan.mark)
    if not codec.startswith("utf-") and scan.broken_at is None and scan.multibyte_count:
        raise _not_as_declared(name, declared, "is valid UTF-8 throughout", "utf-8")
    if codec.startswith("utf-16") and not scan.mark and scan.nul_share == 0:
        raise _not_as_declared(name, declared, "holds no zero byte, as UTF-16 would", "utf-8")
    return TextForm(declared, is_utf8=False)


def _detected(scan: ByteScan, name: str) -> TextForm:
    if scan.mark:
        return TextForm(scan.mark, is_utf8=scan.mark == "utf-8-sig")
    if scan.nul_share > NUL_SHARE_OF_UTF16:
        return TextForm("utf-16-le", is_utf8=False)
    if scan.is_surely_utf8:
        return TextForm("utf-8", is_utf8=True)
    if scan.may_be_utf8:
        raise NeedsAHuman(
            f"{name} may be UTF-8 with damaged bytes, the first at {scan.broken_at:,}, or GB18030: "
            f"it has too few characters beyond ASCII to tell; have it delivered anew, or write "
            f'encoding = "utf-8" or "gb18030" in [location]'
        )
    return TextForm("gb18030", is_utf8=False)


def _declared_utf8(scan: ByteScan, declared: str, name: str) -> TextForm:
    if scan.mark and scan.mark != "utf-8-sig":
        raise _not_as_declared(name, declared, f"begins with the mark of {scan.mark}", scan.mark)
    if not scan.may_be_utf8:
        raise _not_as_declared(name, declared, f"breaks at byte {scan.broken_at:,}", "gb18030")
    return TextForm("utf-8-sig" if scan.mark else "utf-8", is_utf8=True)


def _not_as_declared(name: str, declared: str, found: str, likely: str) -> NeedsAHuman:
    return NeedsAHuman(
        f"{name} is declared as {declared}, but it {found}; "
        f'write encoding = "{likely}" in [location], or delete the line to have it detected'
    )


def transcode(path: Path, target: Path, *, encoding: str, name: str) -> None:
    """Write the text as UTF-8.

    Raises:
        NeedsAHuman: a byte does not exist in `encoding`.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    position = 0
    try:
        with target.open("wb") as file:
            for chunk in read_chunks(path):
                file.write(decoder.decode(chunk).encode())
                position += len(chunk)
            file.write(decoder.decode(b"", final=True).encode())
    except UnicodeError as error:
        raise NeedsAHuman(
            f"{name} was read as {encoding}, but near byte {position:,} it is not ({error}); "
            'write the true encoding in [location], such as encoding = "big5"'
        ) from error
