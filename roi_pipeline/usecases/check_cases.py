"""Runs the cases a study keeps for its own SQL, `tests/sql/<layer>/<table>.toml`, on empty tables."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.sql_cases import case_fault
from roi_pipeline.engines.warehouse import Connection, table_exists
from roi_pipeline.usecases.facts import catalogue_of, sql_parameters

FOLDER = Path("tests", "sql")


def case_files(folder: Path) -> list[Path]:
    """The study's cases, sorted."""
    return sorted((folder / FOLDER).glob("*/*.toml"))


def case_problems(connection: Connection, study: Study) -> Iterator[Problem]:
    """Every case that does not come out, after all SQL has been tried on the same tables."""
    catalogue = catalogue_of(study)
    for path in case_files(Path(study.folder)):
        table, name = f"{path.parent.name}.{path.stem}", str(path.relative_to(study.folder))
        if table not in catalogue.files:
            yield Problem(
                name, "", table, "the name of a SQL file, such as metrics/visits_daily",
                f"Write sql/{path.parent.name}/{path.stem}.sql, or rename the file of cases.",
            )  # fmt: skip
            continue
        try:
            cases = tomllib.loads(path.read_text("utf-8")).get("case", [])
        except tomllib.TOMLDecodeError as error:
            yield Problem(name, "", "", "a file of TOML", f"{error}. Correct it.")
            continue
        for case in cases:
            yield from _run(connection, study, table, name, case)


def _run(
    connection: Connection, study: Study, table: str, name: str, case: dict[str, object]
) -> Iterator[Problem]:
    given, expect, title = case.get("given", {}), case.get("expect", []), str(case.get("name", ""))
    if not isinstance(given, dict) or not isinstance(expect, list):
        yield Problem(name, title, "", "given: tables with rows; expect: rows", "Correct the case.")
        return
    missing = [each for each in given if not table_exists(connection, each)]
    if missing:
        yield Problem(
            name, title, ", ".join(missing), "tables of the study", "Correct the name in `given`."
        )
        return
    params = case.get("params", {})
    parameters = sql_parameters(study, study.history.end) | (
        params if isinstance(params, dict) else {}
    )
    fault = case_fault(connection, catalogue_of(study).file(table), given, expect, parameters)
    if fault:
        yield Problem(
            name, title, "", "rows as the case expects them",
            f"{fault}. Correct sql/{table.replace('.', '/')}.sql, or the case.",
        )  # fmt: skip
