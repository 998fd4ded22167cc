"""Assets of the layer reports: files a person reads, made from what the layers above stored."""

from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import dagster as dg

from roi_pipeline import __version__
from roi_pipeline.defs.credit import credit_keys
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.efficiency import module_efficiency, portfolio_scores
from roi_pipeline.defs.facts import buildable_files
from roi_pipeline.defs.histories import archive_of, before, with_previous
from roi_pipeline.defs.resources import StudyResource, WarehouseResource
from roi_pipeline.defs.roi import stored_effects
from roi_pipeline.defs.selftest import selftest_messages
from roi_pipeline.defs.telling import errors_told, markdown_table
from roi_pipeline.domain.editions import EditionInputs, EditionStatus, ModuleInputs, Provenance
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.store.credit import read_credit, read_lifts
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.store.values import (
    read_effects,
    read_validations,
    read_value,
    read_values_before,
)

LIBRARIES = ("dagster", "duckdb", "polars", "great-expectations", "numpy", "scipy", "diff-diff")


def report_assets(study: Study) -> list[dg.AssetsDefinition]:
    """The reports of every module, the portfolio's, and the published warehouse."""
    return [
        *(_module_report(study, module) for module in study.modules),
        _portfolio_report(study),
        _published_warehouse(study),
    ]


def _module_report(study: Study, module: Module) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", module.id],
        deps=[["roi", module.id], *credit_keys(study)],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description=f"Report of {module.name.into('en')} in every format and language.",
        kinds={"html", "jinja"},
        owners=["team:analysis"],
        tags={"roi/module": module.id},
        pool="duckdb",
    )
    def report_of_module(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from roi_pipeline.reporting import render_edition

        cycle = study.cycle(context)
        with errors_told():
            with warehouse.warehouse.open() as connection:
                stored_effects(connection, cycle, module)
                inputs = edition_inputs(connection, study.study, cycle, "draft")
            files = render_edition(inputs, report_folder(study.output, cycle), only=[module.id])
        return dg.MaterializeResult(metadata=_file_metadata(files, study.output, cycle))

    return report_of_module


def _portfolio_report(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", "portfolio"],
        deps=[["roi", "portfolio"], *(["reports", module.id] for module in study.modules)],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="One page on all modules, the validation site beside it.",
        kinds={"html", "jinja"},
        owners=["team:analysis"],
        pool="duckdb",
    )
    def portfolio_report(
        context: dg.AssetExecutionContext, study: StudyResource, warehouse: WarehouseResource
    ) -> dg.MaterializeResult:
        from roi_pipeline.defs.exports import write_validation_site
        from roi_pipeline.reporting import render_edition

        cycle = study.cycle(context)
        with errors_told():
            with warehouse.warehouse.open() as connection:
                inputs = edition_inputs(connection, study.study, cycle, "draft")
                site = write_validation_site(connection, study.study, study.output, cycle)
            files = render_edition(inputs, report_folder(study.output, cycle), only=["portfolio"])
        return dg.MaterializeResult(
            metadata={
                **_file_metadata(files, study.output, cycle),
                "validation": dg.MetadataValue.path(str(site)),
            }
        )

    return portfolio_report


def _published_warehouse(study: Study) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reports", "published_warehouse"],
        deps=[["roi", "portfolio"]],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="Read-only copy of the warehouse that analysts may keep open.",
        kinds={"duckdb"},
        owners=["team:data"],
        pool="duckdb",
    )
    def published_warehouse(warehouse: WarehouseResource) -> dg.MaterializeResult:
        with errors_told():
            path = warehouse.warehouse.publish()
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(str(path)),
                "bytes": dg.MetadataValue.int(path.stat().st_size),
            }
        )

    return published_warehouse


def report_folder(output: Path, cycle: Cycle) -> Path:
    """Where the reports of a cycle go."""
    return output / "reports" / cycle.key


def _file_metadata(files, output: Path, cycle: Cycle) -> dict[str, dg.MetadataValue]:  # noqa: ANN001
    folder = report_folder(output, cycle)
    pages = [file for file in files if file.kind == "html"]
    charts = {} if not pages else {"report": dg.MetadataValue.path(str(folder / pages[0].path))}
    rows = [[file.path, file.kind, file.language, file.sha256[:12]] for file in files]
    return {**charts, "files": markdown_table(["file", "kind", "language", "sha256"], rows)}


def edition_inputs(connection, study: Study, cycle: Cycle, status: EditionStatus) -> EditionInputs:  # noqa: ANN001
    """Everything stored about a cycle, as the reporting room wants it."""
    found, missing = list[ModuleInputs](), dict[str, Message]()
    lifts, credit = read_lifts(connection, cycle.key), read_credit(connection, cycle.key)
    for module in study.modules:
        effects = read_effects(connection, cycle.key, module.id)
        value = read_value(connection, cycle.key, module.id)
        if effects is None or value is None:
            missing[module.id] = Message("module_has_no_figures", {"cycle": cycle.key})
            continue
        trend = _trend(connection, value)
        efficiency = module_efficiency(
            connection, study, module, cycle, effects=effects, value=value
        )
        found.append(
            ModuleInputs(
                module,
                effects,
                value,
                trend=trend,
                efficiency=efficiency,
                lift=lifts.get(module.id),
                shared=tuple(line for line in credit if line.module_id == module.id),
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
    )
    return with_previous(inputs, before(archive_of(Path(study.folder) / "out"), cycle.key))


def library_versions() -> dict[str, str]:
    """Version of each library that can move a figure."""
    return {name: version(name) for name in LIBRARIES}


def _trend(connection, value: ModuleValue) -> tuple[tuple[str, Decimal | None, float | None], ...]:  # noqa: ANN001
    """(cycle, ROI, probability of the bar) of every cycle of a module up to this one."""
    earlier = read_values_before(connection, value.module_id, cycle_key=value.cycle_key)
    return tuple(
        (each.cycle_key, each.rating.roi, each.rating.probability) for each in (*earlier, value)
    )


def provenance(connection, study: Study, cycle: Cycle) -> Provenance:  # noqa: ANN001
    """What a report of this cycle is computed from."""
    tables = [contract.table for contract in study.contracts]
    return Provenance(
        package_version=__version__,
        as_of=cycle.as_of,
        config_sha256=study.fingerprint,
        files=read_file_loads(connection),
        sql={f"sql/{file.path}": file.sha256 for file in buildable_files(study)},
        versions=library_versions(),
        validations=read_validations(connection, tables, as_of=cycle.as_of),
        seed=cycle.seed(study.id),
        selftest=selftest_messages(read_selftest(connection)),
    )
