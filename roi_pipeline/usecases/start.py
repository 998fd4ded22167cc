"""`roi init --source`: a study skeleton from the systems a company has.

Works out from the SQL which metrics the chosen exports allow; the files are written by `examples`.
"""

from collections.abc import Sequence
from pathlib import Path

from roi_pipeline.engines.sql_catalogue import SqlFile, read_sql_catalogue
from roi_pipeline.examples.skeletons import (
    Measurable,
    System,
    chosen_systems,
    tables_of,
    write_skeleton,
)
from roi_pipeline.resources import shipped_folder
from roi_pipeline.usecases.facts import FRAMES

NO_UNIT = frozenset({"module_id"})


def start_study(folder: Path, sources: Sequence[str]) -> tuple[str, ...]:
    """Write a study skeleton with the contracts of these systems; return its files.

    Raises:
        UnknownName: no system is called so.
        NeedsAHuman: the folder holds something.
    """
    systems = chosen_systems(sources)
    return write_skeleton(folder, systems, measurable_with(systems))


def measurable_with(systems: Sequence[System]) -> dict[str, Measurable]:
    """Metrics whose daily table can be built from the exports of these systems alone."""
    from roi_pipeline.settings import read_catalogue

    given = {f"exports.{table}" for table in tables_of(systems)} | set(FRAMES)
    files = read_sql_catalogue([shipped_folder("sql")]).buildable(given)
    fed = _fed_by_exports(files)
    by_table = {file.table: file for file in files if file.table in fed}
    return {
        metric.id: Measurable(
            metric,
            _units(by_table[metric.table]),
            is_certain=set(by_table[metric.table].optional_inputs) <= fed | given,
        )
        for metric in read_catalogue().values()
        if metric.table in by_table
    }


def _fed_by_exports(files: Sequence[SqlFile]) -> set[str]:
    """Tables that hold rows: a table all of whose inputs are optional may be empty for ever."""
    fed = set[str]()
    for file in files:
        exports = {name for name in file.inputs if name.startswith("exports.")}
        optional = set(file.optional_inputs)
        if (exports - optional) or any(name in fed for name in file.inputs):
            fed.add(file.table)
    return fed


def _units(file: SqlFile) -> tuple[str, ...]:
    """What the rows of a daily table can be compared by."""
    columns = (name for name in file.grain if name.endswith("_id") and name not in NO_UNIT)
    return tuple(name.removesuffix("_id") for name in columns)
