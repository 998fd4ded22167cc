"""Which columns of which exports a column of a table is counted from, read off the SQL itself."""

from collections.abc import Collection, Mapping

from roi_pipeline.engines.sql_catalogue import SqlFile

EXPORTS = "exports"


def files_behind(files: Mapping[str, SqlFile], table: str) -> dict[str, SqlFile]:
    """The SQL files that lead to a table, its own among them."""
    found, waiting = dict[str, SqlFile](), [table]
    while waiting:
        name = waiting.pop()
        if name in files and name not in found:
            found[name] = files[name]
            waiting.extend(files[name].inputs)
    return found


def export_columns(
    texts: Mapping[str, str],
    table: str,
    columns: Collection[str],
    *,
    exports: Mapping[str, Collection[str]],
) -> frozenset[tuple[str, str]]:
    """(export, column) of everything that columns of a table are computed from.

    What is counted by the row has no column behind it.

    Args:
        texts: SQL of the table and of all tables that lead to it, by table.
        table: the table asked about.
        columns: its columns asked about.
        exports: columns of every export read, `<system>__<entity>` → names.
    """
    from sqlglot import exp
    from sqlglot.lineage import lineage

    schema = {EXPORTS: {name: dict.fromkeys(own, "varchar") for name, own in exports.items()}}
    sources = {name: sql for name, sql in texts.items() if name != table}
    found = set[tuple[str, str]]()
    for column in columns:
        root = lineage(column, texts[table], schema=schema, sources=sources, dialect="duckdb")
        for node in root.walk():
            source = node.source
            if not node.downstream and isinstance(source, exp.Table) and source.db == EXPORTS:
                found.add((source.name, node.name.rsplit(".", 1)[-1]))
    return frozenset(found)
