"""Streams the result of a query from Postgres or SQLite into Parquet, a batch at a time."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roi_pipeline.domain.contracts import DatabaseLocation
from roi_pipeline.domain.errors import NeedsAHuman, TryAgain
from roi_pipeline.domain.secrets import Secret
from roi_pipeline.sources.addresses import filled
from roi_pipeline.sources.encodings import fingerprint

if TYPE_CHECKING:
    import pyarrow as pa

POSTGRES = ("postgresql", "postgres")
NANOSECONDS = 1_000_000_000


def query_to_parquet(
    location: DatabaseLocation, target: Path, *, folder: Path, environment: Mapping[str, str]
) -> tuple[tuple[str, ...], str, int]:
    """Write the rows of the query; return its column names, their fingerprint and their size.

    Raises:
        TryAgain: the database does not answer.
        NeedsAHuman: the address is of no known kind, access is refused, or the query fails.
    """
    from adbc_driver_manager import dbapi

    address = filled(location.url, environment)
    # `from None`: what a driver says may hold the address, and a chained cause is logged with it.
    try:
        with _connect(address, folder) as connection, connection.cursor() as cursor:
            _run(cursor, _as_query(location.query), address)
            return _write(cursor.fetch_record_batch(), target)
    except dbapi.Error as error:
        first = _first_line(error, address)
        if isinstance(error, dbapi.ProgrammingError | dbapi.DataError | dbapi.NotSupportedError):
            raise NeedsAHuman(f"{address} refused ({first}); correct url or query") from None
        raise TryAgain(
            f"{address} could not be read ({first}); it is tried again, else check the server"
        ) from None


def _first_line(error: Exception, address: Secret) -> str:
    """What a driver says first, without the secrets of the address."""
    return address.mask(error).strip().partition("\n")[0][:300]


def _connect(address: Secret, folder: Path) -> Any:  # noqa: ANN401 - an ADBC connection
    text = address.reveal()
    scheme = text.partition("://")[0]
    if scheme in POSTGRES:
        import adbc_driver_postgresql.dbapi

        return adbc_driver_postgresql.dbapi.connect(text)
    if scheme == "sqlite":
        import adbc_driver_sqlite.dbapi

        path = folder / text.removeprefix("sqlite:///")
        if not path.is_file():
            raise NeedsAHuman(
                f"there is no SQLite file {str(address).removeprefix('sqlite:///')} below the study "
                "folder; deliver it there, or correct url in [location]"
            )
        return adbc_driver_sqlite.dbapi.connect(f"{path.resolve().as_uri()}?mode=ro")
    raise NeedsAHuman(
        f"{address} is no address of a known database; "
        "write postgresql://… or sqlite:///path below the study folder"
    )


def _run(cursor: Any, query: str, address: Secret) -> None:  # noqa: ANN401 - an ADBC cursor
    from adbc_driver_manager import dbapi

    try:
        cursor.execute(query)
    except dbapi.Error as error:
        first = _first_line(error, address)
        raise NeedsAHuman(
            f"{address} did not run the query ({first}); correct query in [location]"
        ) from None


def _as_query(text: str) -> str:
    """A bare table name reads the whole table."""
    return text if len(text.split()) > 1 else f"select * from {text}"  # noqa: S608 - configuration


def _write(reader: "pa.RecordBatchReader", target: Path) -> tuple[tuple[str, ...], str, int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = tuple(reader.schema.names)
    schema = pa.schema(
        [(f"c{number}", _plain(field.type)) for number, field in enumerate(reader.schema)]
    )
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in reader:
            columns = [_plain_column(column) for column in batch.columns]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    # Of the file, not of the batches: those hold chance bytes where a value is null.
    content, size = fingerprint(target)
    return names, hashlib.sha256("\x1f".join((*names, content)).encode()).hexdigest(), size


def _plain(kind: "pa.DataType") -> "pa.DataType":
    """The type a column is kept in: text for numbers of any precision, intervals and nothing."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _plain(kind.storage_type)
    return pa.string() if pa.types.is_null(kind) or _is_interval(kind) else kind


def _is_interval(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return pa.types.is_interval(kind) or pa.types.is_duration(kind)


def _plain_column(column: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    if isinstance(column, pa.ExtensionArray):
        return _plain_column(column.storage)
    if pa.types.is_interval(column.type):
        return pa.array([_clock(value.as_py()) for value in column], pa.string())
    if pa.types.is_duration(column.type):
        nanoseconds = column.cast(pa.duration("ns")).cast(pa.int64())
        moments = ((0, 0, value.as_py()) if value.is_valid else None for value in nanoseconds)
        return pa.array([_clock(moment) for moment in moments], pa.string())
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _clock(interval: tuple[int, int, int] | None) -> str | None:
    """An interval as hours, minutes and seconds; months have no fixed length and stay visible.

    >>> _clock((0, 1, -1_500_000_000))
    '23:59:58.500000000'
    """
    if interval is None:
        return None
    months, days, nanoseconds = interval
    if months:
        return f"P{months}M{days}DT{nanoseconds / NANOSECONDS}S"
    total = days * 86_400 * NANOSECONDS + nanoseconds
    seconds, rest = divmod(abs(total), NANOSECONDS)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:09}"
    return f"-{clock}" if total < 0 else clock
