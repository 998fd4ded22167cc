"""Puts a study folder back as it was when an edition was made, from the store alone.

Exports that came from outside the study folder (a database, a bucket, another folder) are put below
`archived/`; `archived.json` says which contracts read from there.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from roi_pipeline.archive.store import Store
from roi_pipeline.domain.archives import EditionInputsKept
from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.study import Study

REDIRECTIONS = "archived.json"


def restore_study(inputs: EditionInputsKept, store: Store, folder: Path) -> None:
    """Write configuration and exports into an empty `folder`.

    Raises:
        BrokenObject: something in the store is gone or changed; it is named.
    """
    for name, sha256 in inputs.config.items():
        store.restore(sha256, folder / name, name=name)
    written = set[str]()
    for export in inputs.exports:
        if export.restored_as not in written:
            store.restore(export.object_sha256, folder / export.restored_as, name=export.path)
            written.add(export.restored_as)
    redirected = {export.table for export in inputs.exports if export.is_redirected}
    if redirected:
        globs = {table: f"archived/{table}/**/*" for table in sorted(redirected)}
        (folder / REDIRECTIONS).write_text(json.dumps(globs, indent=1), "utf-8")


def with_archived_exports(study: Study) -> Study:
    """The study reading its exports from where they were restored; any other study unchanged."""
    path = Path(study.folder) / REDIRECTIONS
    if not path.is_file():
        return study
    globs: Mapping[str, str] = json.loads(path.read_text("utf-8"))
    return replace(
        study, contracts=tuple(_redirected(contract, globs) for contract in study.contracts)
    )


def _redirected(contract: Contract, globs: Mapping[str, str]) -> Contract:
    glob = globs.get(contract.table)
    if glob is None:
        return contract
    match contract.location:
        case FileLocation() as location:
            return replace(contract, location=replace(location, glob=glob))
        case _:
            return replace(contract, location=FileLocation(glob, "parquet"))
