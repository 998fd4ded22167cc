"""Puts everything an edition rests on into the archive's store: configuration and exports by hash.

Nightly the files that were loaded are kept, so that a system that deletes its old exports does not
take the recomputation of an edition with it. What lies in a database or a bucket is fetched when a
cycle is closed.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from roi_pipeline.archive import Store, config_files, file_sha256
from roi_pipeline.domain.archives import ArchivedExport, EditionInputsKept
from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.loading.account import open_books, read_loads
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.baselines import keep_locks
from roi_pipeline.usecases.scratch import scratch_folder
from roi_pipeline.usecases.studies import paths_of

NAMED_AT_MOST = 5


def keep_inputs(study: Study, warehouse: Warehouse, store: Store) -> EditionInputsKept:
    """Keep what an edition made now is computed from.

    Raises:
        NeedsAHuman: rows are loaded whose file is gone and was never kept; all of them are named.
    """
    loads, _ = _load_log(warehouse)
    exports, gone = list[ArchivedExport](), list[str]()
    for contract in study.contracts:
        own = [load for load in loads if load.table == contract.table]
        if is_outside(contract):
            exports += _fetched(contract, study, store)
            continue
        found = _kept(own, contract, Path(study.folder), store)
        exports += found.values()
        gone += sorted({load.path for load in own} - set(found))
    if gone:
        raise NeedsAHuman(
            f"{len(gone)} loaded files are not there any more as they were loaded and were never "
            f"archived: {', '.join(gone[:NAMED_AT_MOST])}; expected them below the study folder. Put "
            "them back, or deliver the export anew, then close the cycle"
        )
    unique = {export.restored_as: export for export in exports}
    return EditionInputsKept(
        config=keep_config(Path(study.folder), store),
        exports=tuple(unique[name] for name in sorted(unique)),
        baseline_locks=keep_locks(warehouse, store),
    )


def keep_loaded_files(study: Study, warehouse: Warehouse, store: Store) -> int:
    """Keep the loaded files that are still there; says how many stand in the store."""
    loads, _ = _load_log(warehouse)
    kept = 0
    for contract in study.contracts:
        if not is_outside(contract):
            own = [load for load in loads if load.table == contract.table]
            kept += len(_kept(own, contract, Path(study.folder), store))
    return kept


def keep_config(folder: Path, store: Store) -> dict[str, str]:
    """Keep the configuration; path → hash."""
    return {name: store.put(path) for name, path in config_files(folder).items()}


def files_kept_out(study: Study, warehouse: Warehouse) -> tuple[FileLoad, ...]:
    """Files that were refused or could not be read at their last delivery and still lie there as they were."""
    _, attempts = _load_log(warehouse)
    kept_out = (load for load in attempts if load.status in {"refused", "unreadable"})
    return tuple(load for load in kept_out if _is_still_there(Path(study.folder), load))


def is_outside(contract: Contract) -> bool:
    """Whether a contract reads from anywhere but the study folder."""
    from roi_pipeline.sources.snapshots import is_outside as outside

    return outside(contract)


def _load_log(warehouse: Warehouse) -> tuple[tuple[FileLoad, ...], tuple[FileLoad, ...]]:
    """Files whose rows stand in the exports or that could not be read, and every last attempt."""
    with warehouse.open() as connection:
        open_books(connection)
        loaded = read_loads(connection, "loaded_files")
        attempts = read_loads(connection, "files")
    known = {load.file_id for load in loaded}
    unreadable = (
        load for load in attempts if load.status == "unreadable" and load.file_id not in known
    )
    return (*loaded, *(load for load in unreadable if load.sha256)), attempts


def _is_still_there(folder: Path, load: FileLoad) -> bool:
    path = _on_disk(folder, load.path)
    return path is not None and file_sha256(path) == load.sha256


def _kept(
    loads: Iterable[FileLoad], contract: Contract, folder: Path, store: Store
) -> dict[str, ArchivedExport]:
    """Path of the load → its file in the store; several members of one archive share a file."""
    return {
        load.path: ArchivedExport(
            contract.table, name, load.sha256, load.sha256, load.bytes, restored_as=name
        )
        for load in loads
        for name in _names_in_store(folder, load, store)
    }


def _names_in_store(folder: Path, load: FileLoad, store: Store) -> Iterator[str]:
    """The file's path in the study folder, once its bytes are in the store."""
    path = _on_disk(folder, load.path)
    name = load.path if path is None else path.relative_to(folder).as_posix()
    if store.has(load.sha256) or (path is not None and store.put_as(load.sha256, path)):
        yield name


def _on_disk(folder: Path, path: str) -> Path | None:
    """The delivered file; a member of an archive stands behind the archive's own path."""
    delivered = folder / path
    places = (delivered, *delivered.parents)
    return next((place for place in places if place != folder and place.is_file()), None)


def _fetched(contract: Contract, study: Study, store: Store) -> list[ArchivedExport]:
    """What a source outside the study folder holds now."""
    from roi_pipeline.sources.snapshots import fetch_files

    with scratch_folder(paths_of(study), "fetch") as scratch:
        snapshots = fetch_files(
            contract, folder=Path(study.folder), scratch=scratch, environment=dict(os.environ)
        )
        return [
            ArchivedExport(
                table=contract.table,
                path=f"{contract.table}/{snapshot.path}",
                sha256=snapshot.sha256,
                object_sha256=store.put(snapshot.file),
                bytes=snapshot.file.stat().st_size,
                restored_as=f"archived/{contract.table}/{snapshot.name}",
                is_redirected=True,
            )
            for snapshot in snapshots
        ]
