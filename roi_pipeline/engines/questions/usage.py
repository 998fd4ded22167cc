"""Counts how a module was used and, per place, how adoption stands beside change.

Reads `facts.ai_actions`, where a suggestion and what the member of staff made of it are one row.
Places where fewer than five people decided are left out here, before anything is stored.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.scores import FEWEST_PEOPLE, PlaceUse, Seats, Use
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.panels import slice_of
from roi_pipeline.engines.warehouse import column_names, table_exists

if TYPE_CHECKING:
    import duckdb

ACTIONS = "facts.ai_actions"
SEATS = "metrics.module_usage_daily"
PEOPLE_COLUMNS = frozenset({"staff_id", "customer_id"})
DEFAULT_PLACE = "clinic"
COUNTS = """
    count(*) filter (where arm_name = 'treated' and is_eligible),
    count(*) filter (where arm_name = 'held_out' and is_eligible),
    count(adoption_type),
    count(*) filter (where adoption_type = 'adopted'),
    count(*) filter (where adoption_type = 'edited'),
    count(*) filter (where adoption_type = 'ignored'),
    count(opted_out_at),
    count(distinct staff_id) filter (where adoption_type is not null),
    count(distinct (staff_id, calendar_date))
        filter (where adoption_type is not null and staff_id is not null)
"""


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
    row = connection.execute(
        f"select {COUNTS} from {ACTIONS} "
        "where module_id = ? and calendar_date >= ? and calendar_date < ?",
        [module.id, window.start, window.end],
    ).fetchall()[0]
    return Use(window, *row) if row[0] or row[1] else None


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
    rows = connection.execute(
        f"select cast({column} as varchar), {COUNTS} from {ACTIONS} "
        f"where module_id = ? and calendar_date >= ? and calendar_date < ? and {column} is not null "
        "group by 1 having count(adoption_type) > 0 order by 1",
        [module.id, window.start, window.end],
    ).fetchall()
    places = [PlaceUse(row[0], Use(window, *row[1:])) for row in rows]
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
    condition, values = slice_of(connection, metric, module, pooled).where()
    in_post, in_baseline = [post.start, post.end], [baseline.start, baseline.end]
    rows = connection.execute(
        _place_changes_query(metric, column, condition),
        [module.id, *in_post, *in_post, *in_post, *in_baseline, *in_baseline, *values],
    ).fetchall()
    rollout = module.rollout
    live = {row[0]: rollout.go_live.get(row[0], rollout.everywhere_from) for row in rows}
    return tuple(
        PlaceChange(*row)
        for row in rows
        if row[2] is not None and ((day := live[row[0]]) is None or day <= post.start)
    )


def _place_changes_query(metric: Metric, column: str, condition: str) -> str:
    above = f'sum(cast("{metric.numerator}" as decimal(38, 6)))'
    below = f'sum(cast("{metric.denominator}" as decimal(38, 6)))'
    inside = "calendar_date >= ? and calendar_date < ?"
    return f"""
        with

        adoption as (

            select
                cast("{column}" as varchar) as place_id,
                count(adoption_type) as decided,
                count(*) filter (where adoption_type in ('adopted', 'edited')) as used
            from {ACTIONS}
            where module_id = ? and {inside} and "{column}" is not null
            group by 1

        ),

        sums as (

            select
                cast("{column}" as varchar) as place_id,
                cast({above} filter (where {inside}) as double) as post_above,
                cast({below} filter (where {inside}) as double) as post_below,
                cast({above} filter (where {inside}) as double) as base_above,
                cast({below} filter (where {inside}) as double) as base_below
            from {metric.table}
            where {condition}
            group by 1

        )

        select
            adoption.place_id,
            cast(adoption.used as double) / adoption.decided as adoption,
            sums.post_above / sums.post_below - sums.base_above / sums.base_below as change
        from adoption
        inner join sums on adoption.place_id = sums.place_id
        where adoption.decided > 0 and sums.post_below <> 0 and sums.base_below <> 0
        order by 1
    """


def read_seats(
    connection: "duckdb.DuckDBPyConnection", module: Module, window: Window
) -> Seats | None:
    """Licensed and active person-days of a window; None where no usage is exported."""
    if not table_exists(connection, SEATS):
        return None
    row = connection.execute(
        f"""
        select
            cast(sum(cast(licensed_users_count as decimal(38, 6))) as double),
            cast(sum(cast(active_users_count as decimal(38, 6))) as double),
            cast(sum(cast(requests_count as decimal(38, 6))) as double)
        from {SEATS}
        where module_id = ? and calendar_date >= ? and calendar_date < ?
        """,
        [module.id, window.start, window.end],
    ).fetchall()[0]
    return Seats(row[0], row[1] or 0.0, row[2] or 0.0) if row[0] else None
