"""Editions: everything stored about a cycle as the reporting room wants it, rendered, kept and read back."""

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from roi_pipeline import __version__
from roi_pipeline.archive import file_sha256
from roi_pipeline.domain.archives import KeptEdition, KeptModule, RenderedFile
from roi_pipeline.domain.editions import EditionInputs, EditionStatus, ModuleInputs, Provenance
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.outlook import Outlook
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language, Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.steps import Step
from roi_pipeline.engines.store.credit import read_credit, read_lifts
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.store.values import (
    read_effects,
    read_validations,
    read_value,
    read_values_before,
    to_json,
)
from roi_pipeline.engines.warehouse import Connection, Warehouse
from roi_pipeline.usecases.efficiency import module_efficiency, portfolio_scores
from roi_pipeline.usecases.facts import buildable_files, steps_of_tables
from roi_pipeline.usecases.freshness import stale_by_module
from roi_pipeline.usecases.histories import VALUES, archive_of, before, with_previous
from roi_pipeline.usecases.libraries import library_versions
from roi_pipeline.usecases.lineage import sources_of
from roi_pipeline.usecases.outlook import outlook_of
from roi_pipeline.usecases.selftest import selftest_messages
from roi_pipeline.usecases.studies import paths_of
from roi_pipeline.usecases.unchanged import keep_value, step_of_cycle, tables_in, value_that_stands
from roi_pipeline.usecases.value import stored_effects


def report_module(
    study: Study, warehouse: Warehouse, module: Module, cycle: Cycle
) -> tuple[RenderedFile, ...]:
    """Render the draft report of a module in every format and language.

    Raises:
        NeedsAHuman: the module has no stored effects in this cycle.
    """
    paths = paths_of(study)
    folder = paths.reports(cycle.key)
    with warehouse.open() as connection:
        stored_effects(connection, cycle, module)
        step = _report_step(connection, study, cycle, module.id, (module.id,))
        files = _files_that_stand(connection, step, folder)
        if files is not None:
            return files
        inputs = edition_inputs(connection, study, cycle, "draft", only=module.id)
    from roi_pipeline.reporting import charts_kept_in, render_edition

    with charts_kept_in(paths.charts):
        files = tuple(render_edition(inputs, folder, only=[module.id]))
    with warehouse.open() as connection:
        keep_value(connection, step, files)
    return files


def report_portfolio(
    study: Study, warehouse: Warehouse, cycle: Cycle
) -> tuple[tuple[RenderedFile, ...], Path]:
    """Render the page on all modules, and write the validation site beside it."""
    paths = paths_of(study)
    folder = paths.reports(cycle.key)
    with warehouse.open() as connection:
        names = (*(module.id for module in study.modules), "portfolio")
        step = _report_step(connection, study, cycle, "portfolio", names)
        files = _files_that_stand(connection, step, folder)
        if files is not None and (paths.validation / SITE_INDEX).exists():
            return files, paths.validation / SITE_INDEX
        from roi_pipeline.usecases.exports import write_validation_site

        inputs = edition_inputs(connection, study, cycle, "draft")
        site = write_validation_site(connection, study, cycle)
    from roi_pipeline.reporting import charts_kept_in, render_edition

    with charts_kept_in(paths.charts):
        files = tuple(render_edition(inputs, folder, only=["portfolio"]))
    with warehouse.open() as connection:
        keep_value(connection, step, files)
    return files, site


def _report_step(
    connection: Connection, study: Study, cycle: Cycle, name: str, modules: tuple[str, ...]
) -> Step:
    """What reports depend on: what is stored of their modules, every table, what was published before."""
    tables = [contract.table for contract in study.contracts]
    stored = [
        (
            to_json(read_effects(connection, cycle.key, module_id)),
            to_json(read_value(connection, cycle.key, module_id)),
            to_json(read_values_before(connection, module_id, cycle_key=cycle.key)),
        )
        for module_id in modules
    ]
    archive = archive_of(paths_of(study))
    published = [archive.manifest(edition).edition_id for edition in archive.names()]
    return step_of_cycle(
        f"reports/{name}",
        study,
        cycle,
        tables_in(steps_of_tables(connection, study, as_of=cycle.as_of)),
        stored,
        to_json((read_credit(connection, cycle.key), read_lifts(connection, cycle.key))),
        to_json(read_file_loads(connection)),
        to_json(read_validations(connection, tables, as_of=cycle.as_of)),
        to_json(read_selftest(connection)),
        published,
    )


def _files_that_stand(
    connection: Connection, step: Step, folder: Path
) -> tuple[RenderedFile, ...] | None:
    """The files last rendered, where they are still what they were."""
    files = value_that_stands(connection, step, tuple[RenderedFile, ...])
    if files is None:
        return None
    paths = {folder / file.path: file.sha256 for file in files}
    are_there = all(
        path.is_file() and file_sha256(path) == sha256 for path, sha256 in paths.items()
    )
    return files if are_there else None


def edition_inputs(
    connection: Connection,
    study: Study,
    cycle: Cycle,
    status: EditionStatus,
    *,
    only: str | None = None,
) -> EditionInputs:
    """Everything stored about a cycle, as the reporting room wants it.

    Args:
        connection: to the warehouse.
        study: whose cycle it is.
        cycle: seen from its day.
        status: of the edition.
        only: id of the one module to read, for its own report; the portfolio needs all of them.
    """
    from roi_pipeline import finance

    found, missing = list[ModuleInputs](), dict[str, Message]()
    lifts, credit = read_lifts(connection, cycle.key), read_credit(connection, cycle.key)
    stale, files = stale_by_module(connection, study, as_of=cycle.as_of), buildable_files(study)
    for module in (each for each in study.modules if only in (None, each.id)):
        effects = read_effects(connection, cycle.key, module.id)
        value = read_value(connection, cycle.key, module.id)
        if effects is None or value is None:
            missing[module.id] = Message("module_has_no_figures", {"cycle": cycle.key})
            continue
        earlier = read_values_before(connection, module.id, cycle_key=cycle.key)
        found.append(
            ModuleInputs(
                module,
                effects,
                value,
                trend=finance.trend((*earlier, value)),
                efficiency=module_efficiency(
                    connection, study, module, cycle, effects=effects, value=value
                ),
                lift=lifts.get(module.id),
                shared=tuple(line for line in credit if line.module_id == module.id),
                stale=stale.get(module.id, ()),
                sources=sources_of(study, module, files),
            )
        )
    if not found:
        raise NeedsAHuman(f"no module has stored figures for {cycle.key}; nothing to report")
    inputs = EditionInputs(
        study=study,
        cycle=cycle,
        status=status,
        number=1,
        modules=tuple(found),
        missing=missing,
        portfolio=read_value(connection, cycle.key, "portfolio"),
        provenance=provenance(connection, study, cycle),
        scores=portfolio_scores(tuple(inputs.efficiency for inputs in found)),
        outlook=outlook_of(connection, study, cycle) if only is None else Outlook(),
    )
    return with_previous(inputs, before(archive_of(paths_of(study)), cycle.key))


def provenance(connection: Connection, study: Study, cycle: Cycle) -> Provenance:
    """What a report of this cycle is computed from."""
    tables = [contract.table for contract in study.contracts]
    return Provenance(
        package_version=__version__,
        as_of=cycle.as_of,
        config_sha256=study.fingerprint,
        files=read_file_loads(connection),
        sql={f"sql/{file.path}": file.sha256 for file in buildable_files(study)},
        versions=library_versions(paths_of(study)),
        validations=read_validations(connection, tables, as_of=cycle.as_of),
        seed=cycle.seed(study.id),
        selftest=selftest_messages(read_selftest(connection)),
    )


SITE_INDEX = "index.html"
REPORTS = "reports"
BOARD = "-board.pdf"  # behind the name of the report whose page one it is
# What is stored of a module besides which one it is; nothing is carried by hand, so nothing is lost.
CARRIED = tuple(field.name for field in fields(KeptModule) if field.name != "module_id")


def write_edition(inputs: EditionInputs, folder: Path) -> tuple[RenderedFile, ...]:
    """Every report of an edition and the values behind them, below `folder`."""
    from roi_pipeline.reporting import render_edition

    study, reports = inputs.study, folder / REPORTS
    spoken: tuple[Language, ...] = (
        *study.languages, *(reader.language for reader in study.readers)
    )  # fmt: skip
    files = render_edition(inputs, reports, languages=tuple(dict.fromkeys(spoken)))
    (folder / VALUES).write_text(to_json(kept_edition(inputs)), "utf-8")
    return (*files, *_printed(files, study, reports))


def _printed(
    files: tuple[RenderedFile, ...], study: Study, reports: Path
) -> Iterator[RenderedFile]:
    """Two PDFs of every page that a reader asked for as one: the whole, and page one for a board."""
    from roi_pipeline.reporting import render_board_pdf, render_pdf

    wanted = {
        (reader.language, module_id)
        for reader in study.readers
        if "pdf" in reader.attachments
        for module_id in reader.modules or ("portfolio",)
    }
    for page in files:
        if page.kind == "html" and (page.language, page.module_id) in wanted:
            html, whole = (reports / page.path).read_text("utf-8"), reports / page.path
            board = render_board_pdf(html, paper=study.paper)
            for name, content in ((".pdf", render_pdf(html)), (BOARD, board)):
                target = whole.with_name(whole.stem + name)
                target.write_bytes(content)
                path = target.relative_to(reports).as_posix()
                yield replace(page, path=path, kind="pdf", sha256=file_sha256(target))


def kept_edition(inputs: EditionInputs) -> KeptEdition:
    """The edition without the study, as it is stored."""
    return KeptEdition(
        status=inputs.status,
        number=inputs.number,
        modules=tuple(KeptModule(item.module.id, **_carried(item)) for item in inputs.modules),
        missing=inputs.missing,
        portfolio=inputs.portfolio,
        provenance=inputs.provenance,
        scores=inputs.scores,
    )


def restored_edition(kept: KeptEdition, study: Study, cycle: Cycle) -> EditionInputs:
    """The edition as the reporting room wants it, from what is stored."""
    return EditionInputs(
        study=study,
        cycle=cycle,
        status=kept.status,
        number=kept.number,
        modules=tuple(
            ModuleInputs(study.module(item.module_id), **_carried(item)) for item in kept.modules
        ),
        missing=kept.missing,
        portfolio=kept.portfolio,
        provenance=kept.provenance,
        scores=kept.scores,
    )


def _carried(item: ModuleInputs | KeptModule) -> dict[str, Any]:
    return {name: getattr(item, name) for name in CARRIED}
