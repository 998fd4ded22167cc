"""The metric catalogue and the glossary, each as one page."""

from pathlib import Path

from roi_pipeline.engines.sql_catalogue import SqlCatalogue, read_sql_catalogue
from roi_pipeline.reporting.catalogue_page import TableNotes, catalogue_page
from roi_pipeline.reporting.glossary_page import glossary_page, read_glossary
from roi_pipeline.resources import shipped_folder


def catalogue_text(folder: Path | None = None) -> str:
    """The page for the study in `folder`; for the metrics that ship with the product when None."""
    from roi_pipeline.settings import read_catalogue
    from roi_pipeline.usecases.studies import study_in

    folders = [shipped_folder("sql")]
    if folder is None:
        metrics = read_catalogue()
    else:
        metrics = study_in(str(folder)).metrics
        folders += [folder / "sql"] if (folder / "sql").is_dir() else []
    return catalogue_page(metrics.values(), _notes(read_sql_catalogue(folders)))


def glossary_text() -> str:
    """Every term of the reports in three languages."""
    return glossary_page(read_glossary())


def _notes(catalogue: SqlCatalogue) -> dict[str, TableNotes]:
    return {
        table: TableNotes(file.description, file.grain, file.columns)
        for table, file in catalogue.files.items()
        if table.startswith("metrics.")
    }
