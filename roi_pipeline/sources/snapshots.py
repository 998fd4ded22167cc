"""Fetches what a contract reads from outside the study folder, as files that can be kept.

A query's rows become a Parquet file with the query's own column names; a bucket's objects and files
of another folder stay as they are. What is fetched is what the source holds now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.contracts import Contract, DatabaseLocation
from roi_pipeline.sources.databases import query_to_parquet
from roi_pipeline.sources.delivering import DATABASE_PATH
from roi_pipeline.sources.encodings import fingerprint
from roi_pipeline.sources.folders import FoundFile, files_in_folder
from roi_pipeline.sources.remote import fetch_remote, is_remote


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file as fetched.

    Attributes:
        path: the name it is delivered under.
        sha256: the fingerprint loading would give it.
        name: a file name for it, unique within its contract.
    """

    path: str
    sha256: str
    file: Path
    name: str


def is_outside(contract: Contract) -> bool:
    """Whether a contract reads from anywhere but the study folder."""
    location = contract.location
    if isinstance(location, DatabaseLocation) or is_remote(location):
        return True
    return Path(location.glob).is_absolute() or ".." in Path(location.glob).parts


def fetch_files(
    contract: Contract, *, folder: Path, scratch: Path, environment: Mapping[str, str]
) -> tuple[Snapshot, ...]:
    """Every file of a contract as it is now; those in folders where they lie, others in `scratch`.

    Raises:
        TryAgain: the source does not answer.
        NeedsAHuman: there is nothing, or access is refused.
    """
    location = contract.location
    if isinstance(location, DatabaseLocation):
        raw, named = scratch / "rows.parquet", scratch / f"{contract.table}.parquet"
        headers, sha256, _ = query_to_parquet(location, raw, folder=folder, environment=environment)
        _name_columns(raw, named, headers)
        return (Snapshot(DATABASE_PATH, sha256, named, f"{DATABASE_PATH}.parquet"),)
    if is_remote(location):
        found = fetch_remote(location, scratch, folder=folder, environment=environment)
    else:
        found = files_in_folder(location.glob, folder)
    return tuple(_snapshot(file, number) for number, file in enumerate(found))


def _snapshot(file: FoundFile, number: int) -> Snapshot:
    name = file.name.rpartition("/")[2]
    return Snapshot(file.name, fingerprint(file.path)[0], file.path, f"{number:05}/{name}")


def _name_columns(raw: Path, named: Path, headers: tuple[str, ...]) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(raw) as rows:
        schema = rows.schema_arrow
        fields = [field.with_name(name) for field, name in zip(schema, headers, strict=True)]
        import pyarrow as pa

        renamed = pa.schema(fields)
        with pq.ParquetWriter(named, renamed, compression="zstd") as writer:
            for batch in rows.iter_batches():
                columns = [batch.column(number) for number in range(batch.num_columns)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=renamed))
