"""Who used what a randomised arm was offered, by the daily table or by the module's own actions.

Read beside the arms of `panels`, whose units and windows it shares; what use means for the effect is
left to `stats`.
"""

from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.samples import UserSamples
from roi_pipeline.engines.queries import drop_kept, keep_rows, keep_view, read_rows
from roi_pipeline.engines.questions.moments import moments
from roi_pipeline.engines.sql_expressions import renamed_columns
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

    from roi_pipeline.engines.questions.panels import Slice

ACTIONS = "ai_actions"
ACTIONS_TABLE = "facts.ai_actions"
RATIO = ("numerator", "denominator")
NOBODY = (0, 0)


def keep_use(
    connection: "duckdb.DuckDBPyConnection",
    part: "Slice",
    used: str,
    module_id: str,
    **windows: object,
) -> str | None:
    """Keep how much of each unit used it, beside `_metric_rows`; None when nothing records use.

    Raises:
        UnknownName: the daily table has no column of that name.
    """
    if used == ACTIONS:
        columns = column_names(connection, ACTIONS_TABLE) if _has_actions(connection) else ()
        if part.unit_column not in columns:
            return None
        names = {
            "member_id": part.unit_column, "calendar_date": "calendar_date",
            "used": "is_eligible", "adoption_type": "adoption_type",
        }  # fmt: skip
        accepted = {"module_id": [module_id], "arm_name": ["treated"]}
        keep_view(
            connection, "_used_rows", renamed_columns(ACTIONS_TABLE, names, accepted=accepted)
        )
    else:
        known = column_names(connection, part.metric.table)
        if used not in known:
            raise UnknownName(f"column of {part.metric.table} with use", used, known)
        names = {
            "member_id": part.unit_column, "calendar_date": "calendar_date", "used": used,
            "adoption_type": None,
        }  # fmt: skip
        keep_view(
            connection,
            "_used_rows",
            renamed_columns(part.metric.table, names, accepted=part.filters),
        )
    return keep_rows(connection, "panels.arm_use", **windows)


def _has_actions(connection: "duckdb.DuckDBPyConnection") -> bool:
    return table_exists(connection, ACTIONS_TABLE)


def read_users(connection: "duckdb.DuckDBPyConnection", *, is_clustered: bool) -> UserSamples:
    """Counts of users per arm, and what users and others came to; not by person in clusters."""
    counts = {row[0]: (row[1], row[2]) for row in read_rows(connection, "panels.arm_takers")}
    groups = ("offered_users", "held_out_non_users", "users", "non_users")
    if is_clustered:
        samples = dict.fromkeys(groups)
    else:
        table = keep_rows(connection, "panels.arm_groups")
        samples = {group: moments(connection, table, RATIO, arm=group) for group in groups}
        drop_kept(connection, "panels.arm_groups")
    return UserSamples(
        **samples, counts=(*counts.get("treated", NOBODY), *counts.get("comparison", NOBODY))
    )
