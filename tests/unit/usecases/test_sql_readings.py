"""What is read in SQL files is remembered between processes, and only for the very same texts."""

from dataclasses import replace
from pathlib import Path

from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.sql_catalogue import SqlCatalogue, SqlFile, read_sql_catalogue
from roi_pipeline.resources import shipped_folder
from roi_pipeline.usecases.sql_readings import note_readings, recall_readings


def catalogue() -> SqlCatalogue:
    """Three files of the product and one check, as a new process reads them."""
    files = read_sql_catalogue([shipped_folder("sql")]).files
    chosen = [table for table in sorted(files) if table.startswith("facts.")][:3]
    chosen += [table for table in sorted(files) if table.startswith("checks.")][:1]
    return SqlCatalogue({table: replace(files[table]) for table in chosen}, ())


def is_parsed(file: SqlFile) -> bool:
    """Whether the parser was at work."""
    return "_tree" in vars(file)


def test_a_second_process_knows_what_the_first_one_read(tmp_path: Path) -> None:
    """Inputs, columns in their order and the subject of a check come without a parser."""
    first, second = catalogue(), catalogue()
    note_readings(tmp_path, first)
    recall_readings(tmp_path, second)
    assert len(second.files) == 4
    for table, file in second.files.items():
        read = first.files[table]
        assert file.inputs == read.inputs
        assert list(file.columns.items()) == list(read.columns.items())
        assert not file.is_check or file.subject == read.subject
        assert is_parsed(read)
        assert not is_parsed(file)


def test_another_text_or_a_torn_memory_is_read_anew(tmp_path: Path) -> None:
    """One changed file is enough, and what cannot be read is not believed."""
    note_readings(tmp_path, catalogue())
    table, *_ = catalogue().files
    changed = catalogue()
    other = replace(changed.files[table], sql="select rows.a from exports.other as rows")
    changed = SqlCatalogue({**changed.files, table: other}, ())
    recall_readings(tmp_path, changed)
    assert other.inputs == ("exports.other",)
    note_readings(tmp_path, changed)
    StudyPaths(tmp_path).sql_readings.write_text('{"fingerprint": "', "utf-8")
    torn = catalogue()
    recall_readings(tmp_path, torn)
    assert torn.files[table].inputs
    assert is_parsed(torn.files[table])
