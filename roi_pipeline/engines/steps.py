"""What the last result of each step was computed from: one fingerprint, beside the result itself.

It stands in the same file as the tables, so a warehouse built anew or restored knows what it holds.
Whoever is about to change a result forgets the step first: after a kill there is none to believe.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.engines.queries import read_rows

if TYPE_CHECKING:
    import duckdb

STEPS = """create table if not exists quality.steps (
    step varchar, cycle_key varchar, fingerprint varchar, found varchar,
    primary key (step, cycle_key))"""
NOTHING = "null"


@dataclass(frozen=True, slots=True)
class Step:
    """A step and what its result depends on.

    Attributes:
        name: a table (`facts.visits`) or an asset (`effects/greeter`).
        fingerprint: hash of everything the result depends on.
        cycle_key: empty where the result is of no cycle.
    """

    name: str
    fingerprint: str
    cycle_key: str = ""


def read_step(connection: "duckdb.DuckDBPyConnection", step: Step) -> str | None:
    """What was kept beside the step's last result, as JSON; None when that depended on other things."""
    connection.execute(STEPS)
    rows = read_rows(connection, "store.step", step=step.name, cycle_key=step.cycle_key)
    return rows[0][-1] if rows and rows[0][2] == step.fingerprint else None


def read_step_fingerprints(connection: "duckdb.DuckDBPyConnection") -> dict[str, str]:
    """Step → fingerprint, of the results that are of no cycle."""
    connection.execute(STEPS)
    return dict(read_rows(connection, "store.step_fingerprints"))


def forget_step(connection: "duckdb.DuckDBPyConnection", name: str, cycle_key: str = "") -> None:
    """What the step left is about to change."""
    connection.execute("create schema if not exists quality")
    connection.execute(STEPS)
    connection.execute(
        "delete from quality.steps where step = ? and cycle_key = ?", [name, cycle_key]
    )


def keep_step(connection: "duckdb.DuckDBPyConnection", step: Step, found: str = NOTHING) -> None:
    """The step's result is whole, and depends on this."""
    connection.execute(STEPS)
    connection.execute(
        "insert or replace into quality.steps values (?, ?, ?, ?)",
        [step.name, step.cycle_key, step.fingerprint, found],
    )
