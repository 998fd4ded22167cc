"""From a contract to its deliveries: find, fingerprint, unpack, make readable.

One bad file never costs another: whatever is wrong with a file stands in its `Delivery.error`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from roi_pipeline.domain.contracts import Contract, DatabaseLocation, FileLocation
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import NeedsAHuman, RoiError, TryAgain
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.texts import Message
from roi_pipeline.sources.archives import (
    is_bzip2,
    is_gzip,
    is_zip,
    names_in_zip,
    over_limit,
    unpack_bzip2,
    unpack_gzip,
    unpack_zip,
)
from roi_pipeline.sources.databases import query_to_parquet
from roi_pipeline.sources.delimited import (
    TAB,
    WHITESPACE,
    columns_parted,
    header_added,
    read_headers,
)
from roi_pipeline.sources.encodings import fingerprint, scan_bytes, text_form, transcode
from roi_pipeline.sources.folders import FoundFile, files_in_folder
from roi_pipeline.sources.records import RecordCount, count_lines, count_records, count_rows
from roi_pipeline.sources.remote import fetch_remote, is_remote
from roi_pipeline.sources.stata import stata_to_parquet
from roi_pipeline.sources.tables import json_keys, number_places, parquet_headers
from roi_pipeline.sources.workbooks import sheet_to_parquet

DATABASE_PATH = "query"
WILDCARDS = frozenset("*?[")


@dataclass(slots=True)
class Desk:
    """Where one contract's files are prepared.

    Attributes:
        folder: the study folder.
        scratch: an existing folder for copies; whoever made it removes it after loading.
        known: file id → fingerprint already loaded; such a file is not prepared again.
    """

    contract: Contract
    folder: Path
    scratch: Path
    known: Mapping[str, str]
    environment: Mapping[str, str]
    _copies: int = field(default=0)

    def new_path(self, suffix: str = "") -> Path:
        """A path in the scratch folder nobody has used."""
        self._copies += 1
        return self.scratch / f"{self.contract.table}_{self._copies}{suffix}"

    def without_wildcards(self, path: Path) -> Path:
        """The path, or a link to it where DuckDB would take the name for a pattern of names."""
        if WILDCARDS.isdisjoint(str(path)):
            return path
        link = self.new_path()
        link.symlink_to(path.resolve())
        return link


def deliver_export(
    contract: Contract,
    *,
    folder: Path,
    scratch: Path,
    known: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[Delivery, ...]:
    """Every file of a contract, fingerprinted and made readable, in the order of their names.

    Args:
        contract: says where the files are and how they are written.
        folder: the study folder; globs and SQLite files are relative to it.
        scratch: an existing folder for readable copies; raw values of people may stand in them, so
            the caller removes it after loading.
        known: file id → fingerprint of what is loaded already; such a file is not prepared.
        environment: variables that addresses and bucket options may name.

    Returns:
        One delivery per file. A file that cannot be read, or an export of which there is no file,
        is a delivery with an error.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    own = Path(mkdtemp(dir=scratch))
    desk = Desk(contract, folder, own, known or {}, environment or {})
    match contract.location:
        case DatabaseLocation() as location:
            return (_delivered_query(desk, location),)
        case FileLocation() as location:
            try:
                found = _find(desk, location)
            except RoiError as error:
                return (_unreadable(desk, location.glob, error),)
            return tuple(
                delivery for file in found for delivery in _delivered(desk, file, location)
            )


def deliver_again(
    contract: Contract, kept: Iterable[tuple[str, Path]], *, folder: Path, scratch: Path
) -> tuple[Delivery, ...]:
    """Files that are gone from where they were delivered, from copies of them.

    Args:
        contract: says how they are written.
        kept: path of a delivery as it was loaded, and the copy of the file it came from.
        folder: the study folder.
        scratch: an existing folder for readable copies, removed after loading.
    """
    location = contract.location
    if isinstance(location, DatabaseLocation):
        return ()
    own = Path(mkdtemp(dir=scratch))
    desk = Desk(contract, folder, own, {}, {})
    delivered = list[Delivery]()
    for number, (path, copy) in enumerate(kept):
        name = _name_of_archive(path)
        place = own / str(number)
        place.mkdir()
        link = place / PurePosixPath(name).name
        link.symlink_to(copy.resolve())
        found = _delivered(desk, FoundFile(link, name), location)
        delivered += [each for each in found if each.path == path]
    return tuple(delivered)


def _name_of_archive(path: str) -> str:
    """The delivered file a path leads into: all of it, or up to the zip archive on the way.

    >>> _name_of_archive("exports/may.zip/day/1.csv")
    'exports/may.zip'
    """
    parents = [str(parent) for parent in PurePosixPath(path).parents]
    return next((parent for parent in parents if parent.lower().endswith(".zip")), path)


def _find(desk: Desk, location: FileLocation) -> list[FoundFile]:
    if is_remote(location):
        scratch = desk.new_path()
        scratch.mkdir()
        return fetch_remote(location, scratch, folder=desk.folder, environment=desk.environment)
    return files_in_folder(location.glob, desk.folder)


def _blank(desk: Desk, name: str) -> Delivery:
    return Delivery(f"{desk.contract.table}/{name}", desk.contract.table, name)


def _unreadable(desk: Desk, name: str, error: RoiError) -> Delivery:
    return replace(_blank(desk, name), error=str(error), may_pass_later=isinstance(error, TryAgain))


def _delivered(desk: Desk, file: FoundFile, location: FileLocation) -> Iterator[Delivery]:
    """The deliveries of one found file: several when it is a zip archive of several."""
    if not _is_text(file.name):
        shown = file.name.encode("utf-8", "backslashreplace").decode()
        yield _unreadable(desk, shown, NeedsAHuman(f"the name of {shown} is not UTF-8; rename it"))
        return
    try:
        before = _stamp(file.path)
        if location.kind == "xlsx" and file.path.suffix.lower() != ".zip":
            delivered = [_prepared(desk, file, location)]
        elif is_zip(file.path):
            delivered = list(_from_zip(desk, file, location))
        elif is_gzip(file.path):
            delivered = [_from_one_file(desk, file, location, unpack_gzip)]
        elif is_bzip2(file.path):
            delivered = [_from_one_file(desk, file, location, unpack_bzip2)]
        else:
            delivered = [_prepared(desk, file, location)]
        if _stamp(file.path) != before:
            raise TryAgain(f"{file.name} changed while it was read; it is tried again")
        yield from (replace(each, original=file.path, stamp=before) for each in delivered)
    except RoiError as error:
        yield _with_error(desk, file, error)
    except OSError as error:
        problem = f"{file.name} could not be read ({error}); it is tried again, else check the disk"
        yield _unreadable(desk, file.name, TryAgain(problem))


def _is_text(name: str) -> bool:
    """Whether a file's name can be written down; bytes that are no UTF-8 arrive as surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of the last change."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _with_error(desk: Desk, file: FoundFile, error: RoiError) -> Delivery:
    unreadable = _unreadable(desk, file.name, error)
    try:
        sha256, length = fingerprint(file.path)
    except OSError:
        return unreadable
    return replace(unreadable, sha256=sha256, bytes=length)


def _from_one_file(
    desk: Desk, file: FoundFile, location: FileLocation, unpack: Callable[..., None]
) -> Delivery:
    """A packed file with one file in it; the fingerprint is that of the packed one."""
    sha256, length = fingerprint(file.path)
    delivery = replace(_blank(desk, file.name), sha256=sha256, bytes=length)
    if desk.known.get(delivery.file_id) == sha256:
        return delivery
    plain = desk.new_path()
    unpack(file.path, plain, limits=location.limits, name=file.name)
    inside = _prepared(desk, FoundFile(plain, file.name), location)
    return replace(inside, sha256=sha256, bytes=length)


def _from_zip(desk: Desk, file: FoundFile, location: FileLocation) -> Iterator[Delivery]:
    """One delivery per member; they share the fingerprint of the archive."""
    sha256, length = fingerprint(file.path)
    inside = names_in_zip(file.path, limits=location.limits, name=file.name)
    names = [file.name] if len(inside) == 1 else [f"{file.name}/{member}" for member in inside]
    blanks = [replace(_blank(desk, name), sha256=sha256, bytes=length) for name in names]
    are_known = [desk.known.get(blank.file_id) == sha256 for blank in blanks]
    if all(are_known):
        yield from blanks
        return
    folder = desk.new_path()
    folder.mkdir()
    unpacked = list(unpack_zip(file.path, folder, limits=location.limits, name=file.name))
    for blank, is_known, (_, plain) in zip(blanks, are_known, unpacked, strict=True):
        yield blank if is_known else _member(desk, blank, plain, location)


def _member(
    desk: Desk, blank: Delivery, plain: Path | RoiError, location: FileLocation
) -> Delivery:
    try:
        if isinstance(plain, RoiError):
            raise plain
        inside = _prepared(desk, FoundFile(plain, blank.path), location)
    except RoiError as error:
        inside = _unreadable(desk, blank.path, error)
    return replace(inside, sha256=blank.sha256, bytes=blank.bytes)


def _prepared(desk: Desk, file: FoundFile, location: FileLocation) -> Delivery:
    """The file as the database can read it.

    Raises:
        RoiError: it is not what the contract says, or larger than it allows.
    """
    delivery = _readable(desk, file, location)
    if len(delivery.headers) > location.limits.columns:
        found = f"has {len(delivery.headers):,} columns"
        raise over_limit(file.name, found, "columns", location.limits.columns)
    return delivery


def _readable(desk: Desk, file: FoundFile, location: FileLocation) -> Delivery:
    delivery = _blank(desk, file.name)
    if file.path.stat().st_size == 0:
        raise NeedsAHuman(
            f"{file.name} is empty (0 bytes); a delivery without rows still has its header: "
            "have it delivered anew"
        )
    if location.kind in {"csv", "jsonl"}:
        return _prepared_text(desk, file, location, delivery)
    sha256, length = fingerprint(file.path)
    delivery = replace(delivery, sha256=sha256, bytes=length, kind="parquet", is_typed=True)
    if desk.known.get(delivery.file_id) == sha256:
        return delivery
    if location.kind == "parquet":
        headers = parquet_headers(file.path, name=file.name)
        return replace(
            delivery,
            readable=desk.without_wildcards(file.path),
            headers=headers,
            number_places=number_places(file.path),
            records=count_rows(file.path, name=file.name),
        )
    target = desk.new_path(".parquet")
    if location.kind == "stata":
        headers = stata_to_parquet(file.path, target, name=file.name)
    else:
        headers = sheet_to_parquet(file.path, target, location, name=file.name)
    return replace(
        delivery,
        readable=target,
        headers=headers,
        number_places=number_places(target),
        records=count_rows(target, name=file.name),
    )


def _prepared_text(
    desk: Desk, file: FoundFile, location: FileLocation, delivery: Delivery
) -> Delivery:
    scan = scan_bytes(file.path)
    delivery = replace(delivery, sha256=scan.sha256, bytes=scan.bytes)
    if desk.known.get(delivery.file_id) == scan.sha256:
        return delivery
    form = text_form(scan, declared=location.encoding, name=file.name)
    path, has_nul_bytes = file.path, scan.has_nul_bytes
    if not form.is_utf8:
        path = desk.new_path(".txt")
        transcode(file.path, path, encoding=form.encoding, name=file.name)
        has_nul_bytes = has_nul_bytes and scan_bytes(path).has_nul_bytes
    delivery = replace(delivery, encoding=form.encoding, has_nul_bytes=has_nul_bytes)
    if location.kind == "jsonl":
        readable = desk.without_wildcards(path)
        return replace(
            delivery,
            kind="jsonl",
            readable=readable,
            headers=json_keys(path),
            records=count_lines(path),
        )
    return _delimited(desk, path, location, delivery)


def _delimited(desk: Desk, path: Path, location: FileLocation, delivery: Delivery) -> Delivery:
    """A UTF-8 text as the database can read it, with its headers."""
    declared, header_row = location.delimiter, location.header_row
    if declared == WHITESPACE:
        plain, path, declared = path, desk.new_path(".tsv"), TAB
        columns_parted(plain, path)
    if header_row == 0:
        plain, path, header_row = path, desk.new_path(".txt"), 1
        header_added(plain, path, desk.contract, declared=declared, name=delivery.path)
    headers, delimiter = read_headers(
        path, desk.contract, declared=declared, header_row=header_row, name=delivery.path
    )
    count = count_records(
        path,
        delimiter=delimiter,
        width=len(headers),
        skipped_lines=header_row - 1,
        max_record_lines=location.max_record_lines,
        first_line=1 if location.header_row else 0,
        name=delivery.path,
    )
    return replace(
        delivery,
        readable=desk.without_wildcards(path),
        headers=headers,
        delimiter=delimiter,
        skipped_lines=header_row - 1,
        records=count.records,
        blanks=count.blanks,
        findings=_end_findings(delivery, count),
    )


def _end_findings(delivery: Delivery, count: RecordCount) -> tuple[Finding, ...]:
    """What to say of a text whose last line is not ended: it may be half a delivery."""
    if count.has_last_line_end:
        return ()
    code, severity = (
        ("file_without_last_line_end", "note")
        if count.is_last_whole
        else ("file_ends_within_a_record", "warn")
    )
    message = Message(code, {"file": delivery.path})
    return (
        Finding(
            "file_is_complete", delivery.file_id, passed=False, severity=severity, message=message
        ),
    )


def _delivered_query(desk: Desk, location: DatabaseLocation) -> Delivery:
    delivery = replace(_blank(desk, DATABASE_PATH), kind="parquet", is_typed=True)
    target = desk.new_path(".parquet")
    try:
        headers, sha256, size = query_to_parquet(
            location, target, folder=desk.folder, environment=desk.environment
        )
    except RoiError as error:
        return replace(delivery, error=str(error), may_pass_later=isinstance(error, TryAgain))
    if desk.known.get(delivery.file_id) == sha256:
        return replace(delivery, headers=headers, sha256=sha256, bytes=size)
    return replace(
        delivery,
        readable=target,
        headers=headers,
        sha256=sha256,
        bytes=size,
        records=count_rows(target, name=delivery.path),
    )
