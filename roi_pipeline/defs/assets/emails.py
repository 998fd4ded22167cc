"""The asset that mails editions: each final or restated edition once to each reader, drafts never."""

import os

import dagster as dg

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.metadata import dagster_errors, markdown_table
from roi_pipeline.defs.resources import EDITION_TAG
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.send import send_due
from roi_pipeline.usecases.studies import paths_of


def emails_asset(study: Study) -> dg.AssetsDefinition:
    """Mails what was closed in this run, and what an earlier run could not get accepted."""

    @dg.asset(
        key=["reports", "emails"],
        deps=[["reports", "edition"]],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="Mails the closed edition to every reader once, when SMTP is configured.",
        kinds={"email"},
        owners=["team:analysis"],
    )
    def emails(
        context: dg.AssetExecutionContext, study: dg.ResourceParam[Study]
    ) -> dg.MaterializeResult:
        with dagster_errors():
            archive = archive_of(paths_of(study))
            is_final = context.run.tags.get(EDITION_TAG) == "final"
            closed = archive.latest(context.partition_key) if is_final else None
            sent = send_due(study, archive, closed, environment=dict(os.environ))
        rows = [[item.edition_id, item.address, item.state, item.answer] for item in sent]
        return dg.MaterializeResult(
            metadata={
                "emails_accepted": dg.MetadataValue.int(
                    sum(item.state == "accepted" for item in sent)
                ),
                "emails": markdown_table(["edition", "reader", "state", "answer"], rows),
            }
        )

    return emails
