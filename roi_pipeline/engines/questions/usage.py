"""Counts how a module was used and, per place, how adoption stands beside change.

Reads `facts.ai_actions`, where a suggestion and what the member of staff made of it are one row.
Places where fewer than five people decided are left out here, before anything is stored.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.scores import FEWEST_PEOPLE, PlaceUse, Seats, Use
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.queries import keep_view, read_row, read_rows
from roi_pipeline.engines.questions.panels import slice_of, view_metric_rows
from roi_pipeline.engines.sql_expressions import renamed_columns
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

ACTIONS = "facts.ai_actions"
SEATS = "metrics.module_usage_daily"
PEOPLE_COLUMNS = frozenset({"staff_id", "customer_id"})
DEFAULT_PLACE = "clinic"
ACTION_COLUMNS = (
    "module_id", "calendar_date", "arm_name", "is_eligible", "adoption_type", "opted_out_at",
    "staff_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """Adoption at a place beside the change of a metric there; stays inside the run."""

    place_id: str
    adoption: float
    change: float


def read_use(connection: "duckdb.DuckDBPyConnection", module: Module, window: Window) -> Use | None:
    """What the module's actions came to in a window; None when there was none."""
    if not table_exists(connection, ACTIONS):
        return None
    rows = _use_by(connection, "module_id", module, window)
    use = Use(window, *rows[0][1:]) if rows else None
    return use if use is not None and (rows[0][1] or rows[0][2]) else None


def _use_by(
    connection: "duckdb.DuckDBPyConnection", column: str, module: Module, window: Window
) -> list[tuple[Any, ...]]:
    """What the actions came to by the values of a column."""
    _view_actions(connection, column)
    return read_rows(connection, "usage.use", module=module.id, start=window.start, end=window.end)


def _view_actions(connection: "duckdb.DuckDBPyConnection", place_column: str) -> None:
    columns = {"place_id": place_column, **{name: name for name in ACTION_COLUMNS}}
    keep_view(connection, "_module_actions", renamed_columns(ACTIONS, columns))


def place_of(connection: "duckdb.DuckDBPyConnection", module: Module) -> str:
    """What use is broken down by: the module's unit where that is a place, else the clinic."""
    column = f"{module.rollout.unit}_id"
    known = set(column_names(connection, ACTIONS)) - PEOPLE_COLUMNS
    return module.rollout.unit if column in known else DEFAULT_PLACE


def read_places(
    connection: "duckdb.DuckDBPyConnection", module: Module, window: Window
) -> tuple[tuple[PlaceUse, ...], int]:
    """Use per place with enough people, and how many places were left out."""
    column = f"{place_of(connection, module)}_id"
    rows = _use_by(connection, column, module, window)
    used = ((row[0], Use(window, *row[1:])) for row in rows)
    places = [PlaceUse(place, use) for place, use in used if use.decided]
    shown = with_enough_people(places)
    return shown, len(places) - len(shown)


def with_enough_people(places: list[PlaceUse]) -> tuple[PlaceUse, ...]:
    """Places of five people or more; what is left out must not follow from the total either.

    When those left out together are fewer than five people, the smallest place shown joins them.
    """
    shown = [place for place in places if place.use.people >= FEWEST_PEOPLE]
    hidden = [place for place in places if place.use.people < FEWEST_PEOPLE]
    if hidden and shown and sum(place.use.people for place in hidden) < FEWEST_PEOPLE:
        shown.remove(min(shown, key=lambda place: (place.use.people, place.place_id)))
    return tuple(shown)


def read_place_changes(
    connection: "duckdb.DuckDBPyConnection",
    module: Module,
    pooled: PoolMetric,
    metric: Metric,
    *,
    baseline: Window,
    post: Window,
) -> tuple[PlaceChange, ...]:
    """Per place, adoption in `post` and the metric's change from `baseline`.

    A place counts when staff decided there in `post` and the metric has a base in both windows.
    It must have been live in all of `post`. Only ratios of sums can be read so; others give none.
    """
    column = f"{place_of(connection, module)}_id"
    if metric.statistic != "ratio" or column not in column_names(connection, metric.table):
        return ()
    _view_actions(connection, column)
    part = slice_of(connection, metric, module, pooled)
    view_metric_rows(connection, part, {"unit_id": column})
    rows = read_rows(
        connection, "usage.place_changes", module=module.id,
        post_start=post.start, post_end=post.end,
        baseline_start=baseline.start, baseline_end=baseline.end,
    )  # fmt: skip
    rollout = module.rollout
    live = {row[0]: rollout.go_live.get(row[0], rollout.everywhere_from) for row in rows}
    return tuple(
        PlaceChange(*row)
        for row in rows
        if row[2] is not None and ((day := live[row[0]]) is None or day <= post.start)
    )


def read_seats(
    connection: "duckdb.DuckDBPyConnection", module: Module, window: Window
) -> Seats | None:
    """Licensed and active person-days of a window; None where no usage is exported."""
    if not table_exists(connection, SEATS):
        return None
    row = read_row(connection, "usage.seats", module=module.id, start=window.start, end=window.end)
    return Seats(row[0], row[1] or 0.0, row[2] or 0.0) if row[0] else None
