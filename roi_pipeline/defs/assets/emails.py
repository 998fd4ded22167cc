"""The asset that mails editions: each final or restated edition once to each reader, drafts never."""

import os

import dagster as dg

from roi_pipeline.defs.cycles import cycle_partitions
from roi_pipeline.defs.resources import EDITION_TAG, StudyResource
from roi_pipeline.defs.telling import errors_told, markdown_table
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.send import send_due


def letters_asset(study: Study) -> dg.AssetsDefinition:
    """Mails what was closed in this run, and what an earlier run could not get accepted."""

    @dg.asset(
        key=["reports", "letters"],
        deps=[["reports", "edition"]],
        partitions_def=cycle_partitions(study),
        group_name="reports",
        description="Mails the closed edition to every reader once, when SMTP is configured.",
        kinds={"email"},
        owners=["team:analysis"],
    )
    def letters(context: dg.AssetExecutionContext, study: StudyResource) -> dg.MaterializeResult:
        with errors_told():
            archive = archive_of(study.output)
            is_final = context.run.tags.get(EDITION_TAG) == "final"
            closed = archive.latest(context.partition_key) if is_final else None
            sent = send_due(study.study, archive, closed, environment=dict(os.environ))
        rows = [[item.edition_id, item.address, item.state, item.answer] for item in sent]
        return dg.MaterializeResult(
            metadata={
                "letters_accepted": dg.MetadataValue.int(
                    sum(item.state == "accepted" for item in sent)
                ),
                "letters": markdown_table(["edition", "reader", "state", "answer"], rows),
            }
        )

    return letters
