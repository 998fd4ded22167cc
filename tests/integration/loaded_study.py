"""A study with its exports loaded and its metrics counted: all that plans and self-tests need."""

from datetime import date
from pathlib import Path

from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.warehouse import Warehouse, write_frame
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.facts import FRAMES, build_sql_table, buildable_files
from roi_pipeline.usecases.studies import study_in


def load_study(folder: Path, *, as_of: date) -> None:
    """Exports, facts and metrics of a study, without effects, money and reports."""
    study = study_in(str(folder))
    warehouse = Warehouse(folder / "out/warehouse.duckdb", folder / "out/published.duckdb")
    for contract in study.contracts:
        load_export(warehouse, contract, study=study, as_of=as_of)
    with warehouse.open() as connection:
        for table, (_, make) in FRAMES.items():
            write_frame(connection, table, make(study, Window(study.history.start, as_of)))
        for file in buildable_files(study):
            build_sql_table(connection, file, study=study, as_of=as_of)
