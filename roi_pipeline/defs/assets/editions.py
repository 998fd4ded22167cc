"""Assets that publish: the archive of editions, and the copy of the warehouse for analysts."""

import dagster as dg

from roi_pipeline.archive import Archive
from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import dagster_errors, markdown_table
from roi_pipeline.defs.resources import EDITION_TAG, GAPS_TAG, cycle_of_run
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.close import Closed, keep_or_close
from roi_pipeline.usecases.facts import publish_warehouse
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.rebuild import Evaluator
from roi_pipeline.usecases.studies import paths_of


def edition_asset(study: Study) -> dg.AssetsDefinition:
    """The archive of editions."""

    @dg.asset(
        key=["reports", "edition"],
        deps=[["reports", "portfolio"], ["reports", "published_warehouse"]],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="Keeps the loaded exports; with the run tag roi/edition=final closes the cycle.",
        kinds={"file"},
        owners=["team:analysis"],
        pool="duckdb",
    )
    def edition(
        context: dg.AssetExecutionContext,
        study: dg.ResourceParam[Study],
        warehouse: dg.ResourceParam[Warehouse],
        evaluator: dg.ResourceParam[Evaluator],
    ) -> dg.MaterializeResult:
        tags = context.run.tags
        with dagster_errors():
            made = keep_or_close(
                study,
                warehouse,
                cycle_of_run(context, study),
                is_final=tags.get(EDITION_TAG) == "final",
                are_gaps_accepted=tags.get(GAPS_TAG) == "accepted",
                evaluate=evaluator,
            )
        return dg.MaterializeResult(metadata=_metadata(archive_of(paths_of(study)), made))

    return edition


def published_warehouse_asset(study: Study) -> dg.AssetsDefinition:
    """The read-only copy of the warehouse."""

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
    def published_warehouse(
        study: dg.ResourceParam[Study], warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult:
        with dagster_errors():
            path = publish_warehouse(study, warehouse)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(str(path)),
                "bytes": dg.MetadataValue.int(path.stat().st_size),
            }
        )

    return published_warehouse


def _metadata(archive: Archive, made: Closed | int) -> dict[str, dg.MetadataValue]:
    if isinstance(made, int):
        return {"export_files_kept": dg.MetadataValue.int(made)}
    manifest = archive.manifest(made.name)
    rows = [
        [line.module_id, line.roi, line.rating_status, line.rating_grade, line.action]
        for line in manifest.headlines
    ]
    return {
        "edition": dg.MetadataValue.text(manifest.edition_id),
        "is_new": dg.MetadataValue.bool(made.is_new),
        "folder": dg.MetadataValue.path(str(archive.path(made.name))),
        "headlines": markdown_table(["module", "roi", "status", "grade", "action"], rows),
    }
