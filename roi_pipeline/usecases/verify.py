"""`roi verify`: computes an edition again from the archive and says identical, or what differs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from roi_pipeline.archive import (
    Archive,
    BrokenObject,
    config_files,
    file_sha256,
    folder_files,
    product_changes,
    product_files,
)
from roi_pipeline.domain.archives import ChangedInput, Manifest, Verdict
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.usecases.edition import write_edition
from roi_pipeline.usecases.histories import before_edition, read_kept, with_previous
from roi_pipeline.usecases.libraries import library_versions
from roi_pipeline.usecases.rebuild import Evaluator, rebuild


def verify_edition(
    folder: Path, archive: Archive, name: str, *, evaluate: Evaluator, threads: int | None = None
) -> Verdict:
    """Compute an edition again and compare every file with what was published.

    Args:
        folder: the study folder, to name what has changed there since.
        archive: holds the edition.
        name: of the edition.
        evaluate: runs the asset graph.
        threads: of the warehouse; any number must give the same bytes.
    """
    manifest = archive.manifest(name)
    broken = (*archive.tampered(manifest), *_broken_objects(archive, manifest))
    product = product_changes(manifest, product_files(), library_versions())
    reports, reason = tuple[ChangedInput, ...](), ""
    if any(item.kind in {"export", "config"} for item in broken):
        reason = "the archived inputs are not what they were, so nothing can be computed from them"
    else:
        try:
            reports = _compared(manifest.files, _again(archive, manifest, evaluate, threads))
        except NeedsAHuman as error:
            reason = str(error)
    return Verdict(
        name=name,
        broken=broken,
        reports=reports,
        product=product,
        since=tuple(_changed_since(folder, manifest)),
        n_files=len(manifest.files),
        reason=reason,
    )


def _again(
    archive: Archive, manifest: Manifest, evaluate: Evaluator, threads: int | None
) -> dict[str, str]:
    """File → hash of the edition as it comes out today."""
    earlier = before_edition(archive, manifest)
    rebuilt = rebuild(
        manifest.inputs,
        earlier,
        manifest.cycle_key,
        as_of=manifest.as_of,
        evaluate=evaluate,
        threads=threads,
    )
    tried = read_kept(archive, manifest.name).provenance.selftest
    provenance = replace(rebuilt.inputs.provenance, selftest=tried)
    inputs = with_previous(
        replace(
            rebuilt.inputs, status=manifest.status, number=manifest.number, provenance=provenance
        ),
        earlier,
        rebuilt.recomputed,
    )
    with TemporaryDirectory(prefix="roi-verify-") as scratch:
        write_edition(inputs, Path(scratch))
        return folder_files(Path(scratch))


def _broken_objects(archive: Archive, manifest: Manifest) -> Iterator[ChangedInput]:
    """Kept configuration and exports that are gone or changed."""
    kept = [("config", name, sha256) for name, sha256 in sorted(manifest.inputs.config.items())]
    kept += [("export", item.path, item.object_sha256) for item in manifest.inputs.exports]
    if manifest.inputs.baseline_locks is not None:
        kept.append(("config", "baseline locks", manifest.inputs.baseline_locks))
    for kind, name, sha256 in kept:
        try:
            archive.store.check(sha256, name=name)
        except BrokenObject as error:
            yield ChangedInput(kind, name, sha256, error.found)


def _compared(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[ChangedInput, ...]:
    return tuple(
        ChangedInput("report", name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _changed_since(folder: Path, manifest: Manifest) -> Iterator[ChangedInput]:
    """What in the study folder is not what the edition was made of."""
    config = {name: file_sha256(path) for name, path in config_files(folder).items()}
    for item in _compared(manifest.inputs.config, config):
        yield replace(item, kind="config")
    for export in manifest.inputs.exports:
        if export.is_redirected:
            continue
        path = folder / export.restored_as
        found = file_sha256(path) if path.is_file() else None
        if found != export.object_sha256:
            yield ChangedInput("export", export.path, export.object_sha256, found)
