"""Makes editions: keeps what was loaded every night, closes a cycle once it has matured.

A final edition is computed anew from the archive's store, never copied from a draft, so that what is
published is exactly what can be computed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from roi_pipeline.archive import (
    Archive,
    config_key_hashes,
    figures_of,
    folder_files,
    headline_of,
    product_files,
)
from roi_pipeline.domain.archives import EditionInputsKept, Manifest
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.edition import write_edition
from roi_pipeline.usecases.histories import archive_of, before, with_previous
from roi_pipeline.usecases.keep import files_kept_out, keep_inputs, keep_loaded_files
from roi_pipeline.usecases.libraries import library_versions
from roi_pipeline.usecases.rebuild import Evaluator, Rebuilt, listed, rebuild
from roi_pipeline.usecases.selftest import selftest_messages
from roi_pipeline.usecases.studies import last_known_day, paths_of


@dataclass(frozen=True, slots=True)
class Closed:
    """Result of closing a cycle: the cycle's latest edition, and whether it is new."""

    name: str
    is_new: bool


def matures_on(study: Study, cycle: Cycle) -> date:
    """The first day on which a cycle may be closed."""
    return cycle.window.end + timedelta(days=study.maturity_days)


def keep_or_close(
    study: Study,
    warehouse: Warehouse,
    cycle: Cycle,
    *,
    is_final: bool,
    are_gaps_accepted: bool,
    evaluate: Evaluator,
) -> Closed | int:
    """Every night keep the loaded files (how many are kept); on request close the cycle."""
    if not is_final:
        return keep_loaded_files(study, warehouse, archive_of(paths_of(study)).store)
    return close_cycle(
        study, warehouse, cycle, evaluate=evaluate, are_gaps_accepted=are_gaps_accepted
    )


def day_to_close(study: Study, cycle_key: str) -> date:
    """The day a cycle matures, when the study's history reaches it.

    Raises:
        NeedsAHuman: the history ends before that day.
    """
    known = last_known_day(study)
    ripe = matures_on(study, study.cycle(cycle_key, as_of=known))
    if known < ripe:
        raise NeedsAHuman(
            f"cycle {cycle_key} matures on {ripe}, after the study's history ends ({known}); "
            "close it when the history reaches that day, or say --as-of YYYY-MM-DD"
        )
    return ripe


def close_cycle(
    study: Study,
    warehouse: Warehouse,
    cycle: Cycle,
    *,
    evaluate: Evaluator,
    are_gaps_accepted: bool = False,
) -> Closed:
    """Make the final edition of a cycle; a restated one when the figures of the final one moved.

    With the same figures nothing is made. The archive's index page is brought up to date in any case.

    Args:
        study: the study.
        warehouse: holds the load log.
        cycle: which cycle, and the day it is closed on.
        evaluate: runs the asset graph.
        are_gaps_accepted: publish although a delivery was refused or could not be read, or a module
            has no figures; the report names them.

    Raises:
        NeedsAHuman: the cycle has not matured, an input is gone, or there are gaps.
    """
    archive = archive_of(paths_of(study))
    _refuse_unripe(study, cycle)
    if not are_gaps_accepted:
        _refuse_gaps(study, warehouse)
    kept = keep_inputs(study, warehouse, archive.store)
    latest = archive.latest(cycle.key)
    if latest is not None and _is_made_of(archive.manifest(latest), kept, cycle, paths_of(study)):
        return _indexed(archive, study, Closed(latest, is_new=False))
    rebuilt = rebuild(
        kept, before(archive, cycle.key), cycle.key, as_of=cycle.as_of, evaluate=evaluate
    )
    if rebuilt.failed and not are_gaps_accepted:
        raise _incomplete(rebuilt)
    figures = _figures(rebuilt.inputs)
    if latest is not None and archive.manifest(latest).figures == figures:
        return _indexed(archive, study, Closed(latest, is_new=False))
    rebuilt = replace(rebuilt, inputs=_with_selftest(rebuilt.inputs, warehouse))
    name = publish(archive, rebuilt, kept, figures)
    return _indexed(archive, study, Closed(name, is_new=True))


def _refuse_unripe(study: Study, cycle: Cycle) -> None:
    ripe = matures_on(study, cycle)
    if cycle.as_of < ripe:
        raise NeedsAHuman(
            f"cycle {cycle.key} cannot be closed as of {cycle.as_of}: it ends before "
            f"{cycle.window.end} and {study.maturity_days} days of maturity follow; "
            f"close it as of {ripe} or later"
        )


def _refuse_gaps(study: Study, warehouse: Warehouse) -> None:
    kept_out = files_kept_out(study, warehouse)
    refused = [load.path for load in kept_out if load.status == "refused"]
    unread = [load.error for load in kept_out if load.status == "unreadable"]
    found = [f"the last delivery of {', '.join(refused)} was refused"] if refused else []
    found += [f"a file could not be read ({error})" for error in unread]
    if found:
        raise NeedsAHuman(
            f"{'; '.join(found)}; expected every delivery accepted before a cycle is closed. "
            "Correct or remove the file (see out/validation), or close with --accept-gaps"
        )


def _is_made_of(
    manifest: Manifest, kept: EditionInputsKept, cycle: Cycle, paths: StudyPaths
) -> bool:
    """Whether an edition was made of the same bytes by the same product for the same day."""
    return (
        (manifest.inputs, manifest.as_of) == (kept, cycle.as_of)
        and manifest.product == product_files()
        and manifest.versions == library_versions(paths)
    )


def _with_selftest(inputs: EditionInputs, warehouse: Warehouse) -> EditionInputs:
    """The edition with the study's own self-test, which is no part of what is computed anew."""
    with warehouse.open() as connection:
        tried = selftest_messages(read_selftest(connection))
    return replace(inputs, provenance=replace(inputs.provenance, selftest=tried))


def _incomplete(rebuilt: Rebuilt) -> NeedsAHuman:
    return NeedsAHuman(
        "a final edition never changes, so it is not made with parts missing; correct these, or "
        f"close with --accept-gaps:{listed(rebuilt.failed)}"
    )


def _figures(inputs: EditionInputs) -> dict[str, str]:
    """Every figure of every module and of the portfolio."""
    figures = dict[str, str]()
    for module in inputs.modules:
        figures |= figures_of(module.value, module.effects)
    if inputs.portfolio is not None:
        figures |= figures_of(inputs.portfolio)
    return figures


def publish(
    archive: Archive, rebuilt: Rebuilt, kept: EditionInputsKept, figures: Mapping[str, str]
) -> str:
    """Write an edition and put it in its place; returns its name."""
    cycle = rebuilt.inputs.cycle
    earlier = before(archive, cycle.key)
    status, number = archive.next_edition(cycle.key)
    inputs = with_previous(
        replace(rebuilt.inputs, status=status, number=number), earlier, rebuilt.recomputed
    )
    with archive.making(cycle.key) as folder:
        reports = write_edition(inputs, folder)
        manifest = replace(
            _manifest(inputs, kept),
            previous=earlier.previous,
            history=earlier.history,
            figures=figures,
            files=folder_files(folder),
            reports=reports,
            gaps=tuple(step.asset for step in rebuilt.failed),
            config_keys=config_key_hashes(kept.config, archive.store),
            lineage=rebuilt.lineage,
        )
        archive.publish(folder, manifest)
    return manifest.name


def _manifest(inputs: EditionInputs, kept: EditionInputsKept) -> Manifest:
    """The part of the manifest that the values alone give."""
    from roi_pipeline.reporting import edition_id

    values = [item.value for item in inputs.modules]
    if inputs.portfolio is not None:
        values.append(inputs.portfolio)
    return Manifest(
        name=f"{inputs.cycle.key}/{inputs.status}-{inputs.number}",
        edition_id=edition_id(inputs),
        study_id=inputs.study.id,
        cycle_key=inputs.cycle.key,
        status=inputs.status,
        number=inputs.number,
        as_of=inputs.cycle.as_of,
        seed=inputs.provenance.seed,
        package_version=inputs.provenance.package_version,
        inputs=kept,
        product=product_files(),
        versions=inputs.provenance.versions,
        headlines=tuple(headline_of(value) for value in values),
    )


def _indexed(archive: Archive, study: Study, closed: Closed) -> Closed:
    from roi_pipeline.reporting.archive_page import write_archive_page

    manifests = [archive.manifest(name) for name in archive.names()]
    write_archive_page(archive.folder, study=study, manifests=manifests)
    return closed
