"""Reads the `sql/` folders: which table each file makes, from which tables, with which parameters.

The path names the table, the header says what a row is and what its grain is, and the comment
behind each column of the final SELECT is the data dictionary. Nothing is executed here.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.findings import SEVERITIES, Severity

if TYPE_CHECKING:
    from sqlglot import exp

LAYERS = ("facts", "metrics", "roi", "checks")
QUERY_FOLDERS = (
    "attribution", "holdouts", "ledger", "lifetimes", "loading", "matching", "panels", "quantiles",
    "store", "usage",
)  # fmt: skip
ANSI = re.compile(r"\x1b\[\d*m")  # the parser underlines for terminals
PARAMETER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class SqlFile:
    """One SQL file: one SELECT that makes one table.

    Attributes:
        table: `<layer>.<name>`, from the path.
        path: path relative to its `sql` folder, for provenance.
        description: the header's sentence: what one row is.
        grain: columns that identify a row; empty for checks and queries of one row in all.
        optional_inputs: tables that may be missing; the engine supplies them empty.
        severity: of a check that finds rows.
    """

    table: str
    path: str
    sql: str
    description: str
    grain: tuple[str, ...]
    optional_inputs: tuple[str, ...]
    severity: Severity = "warn"

    @property
    def is_check(self) -> bool:
        """Whether the file lists offending rows instead of making a table."""
        return self.table.startswith("checks.")

    @cached_property
    def sha256(self) -> str:
        """Fingerprint of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the `$parameters` the file uses."""
        body = "\n".join(line.split("--")[0] for line in self.sql.splitlines())
        return tuple(sorted(set(PARAMETER.findall(body))))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Tables the file reads, by name with schema."""
        from sqlglot import exp

        tables = {
            f"{table.db}.{table.name}" for table in self._tree.find_all(exp.Table) if table.db
        }
        return tuple(sorted(tables))

    @cached_property
    def subject(self) -> str:
        """The table the final SELECT reads first: what a check is about."""
        from sqlglot import exp

        by_name = {cte.alias: cte.this for cte in self._tree.find_all(exp.CTE)}
        part = self._tree
        while True:
            table = part.args["from_"].this
            if table.db:
                return f"{table.db}.{table.name}"
            part = by_name[table.name]

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Column of the final SELECT → its comment."""
        return {
            column.alias_or_name: " ".join(comment.strip() for comment in column.comments or ())
            for column in self._tree.selects
        }

    @property
    def reading(self) -> dict[str, Any]:
        """What parsing the file yields, as plain JSON."""
        subject = self.subject if self.is_check else ""
        return {"inputs": self.inputs, "subject": subject, "columns": dict(self.columns)}

    def take_reading(self, reading: Mapping[str, Any]) -> None:
        """Know what an earlier process read in this very text, instead of parsing it."""
        vars(self).update(inputs=tuple(reading["inputs"]), columns=reading["columns"])
        if self.is_check:
            vars(self).update(subject=reading["subject"])

    @cached_property
    def _tree(self) -> "exp.Select":
        from sqlglot import exp
        from sqlglot.errors import SqlglotError

        try:
            tree = _tree_of(self.sql)
        except SqlglotError as error:
            found = ANSI.sub("", str(error)).partition("\n")[0]
            raise NeedsAHuman(f"sql/{self.path} is no SQL: {found} Correct it.") from error
        if not isinstance(tree, exp.Select):
            raise NeedsAHuman(f"sql/{self.path} holds more than one SELECT; keep one per file")
        return tree


@cache
def _tree_of(sql: str) -> "exp.Expr":
    """The syntax tree of a text; the files are read many times in one process, and parsed once."""
    import sqlglot

    return sqlglot.parse_one(sql, read="duckdb")


@dataclass(frozen=True)
class SqlCatalogue:
    """All SQL files of the product and a study, by table; a study's file wins over the product's."""

    files: Mapping[str, SqlFile]
    macros: tuple[str, ...]

    def file(self, table: str) -> SqlFile:
        """The file that makes a table."""
        if table not in self.files:
            raise UnknownName("SQL table", table, self.files)
        return self.files[table]

    def buildable(self, given: Iterable[str]) -> tuple[SqlFile, ...]:
        """Files whose inputs can be had from `given` tables, in an order they can be run in."""
        ready, ordered = set(given), list[SqlFile]()
        waiting = {table: file for table, file in sorted(self.files.items()) if not file.is_check}
        while True:
            able = [
                file
                for file in waiting.values()
                if all(name in ready or name in file.optional_inputs for name in file.inputs)
                and not self._waits_for_optional(file, ready, waiting)
            ]
            if not able:
                return tuple(ordered)
            for file in able:
                ordered.append(file)
                ready.add(file.table)
                del waiting[file.table]

    def _waits_for_optional(
        self, file: SqlFile, ready: set[str], waiting: Mapping[str, SqlFile]
    ) -> bool:
        """Whether an optional input that is not there yet may still be built."""
        return any(
            name in waiting and self._may_become_ready(name, ready, waiting)
            for name in file.optional_inputs
            if name not in ready and name != file.table
        )

    def _may_become_ready(
        self, table: str, ready: set[str], waiting: Mapping[str, SqlFile]
    ) -> bool:
        file = waiting[table]
        needed = (name for name in file.inputs if name not in file.optional_inputs)
        return all(
            name in ready
            or (name in waiting and name != table and self._may_become_ready(name, ready, waiting))
            for name in needed
        )


def read_sql_catalogue(folders: Iterable[Path]) -> SqlCatalogue:
    """Read every file below the given `sql` folders; later folders override earlier ones."""
    files, macros = dict[str, SqlFile](), list[str]()
    for folder in folders:
        for layer in LAYERS:
            for path in sorted((folder / layer).glob("*.sql")):
                file = _read_file(path, layer=layer, folder=folder)
                files[file.table] = file
        macros.extend(path.read_text("utf-8") for path in sorted((folder / "macros").glob("*.sql")))
    return SqlCatalogue(files, tuple(macros))


def read_query_files(folder: Path) -> dict[str, SqlFile]:
    """The files that ask something of tables already made, by `<folder>.<name>`."""
    files = [
        _read_file(path, layer=name, folder=folder)
        for name in QUERY_FOLDERS
        for path in sorted((folder / name).glob("*.sql"))
    ]
    return {file.table: file for file in files}


def _read_file(path: Path, *, layer: str, folder: Path) -> SqlFile:
    sql = path.read_text("utf-8")
    table = f"{layer}.{path.stem}"
    header = [line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--")]
    if not header or not header[0].startswith(table):
        raise NeedsAHuman(
            f"{path.name}: the first line is {header[:1]}; expected '-- {table} — one row per …'"
        )
    severity = _listed(header, "severity:")
    return SqlFile(
        severity=_severity(severity[0] if severity else "warn", path),
        table=table,
        path=path.relative_to(folder).as_posix(),
        sql=sql,
        description=header[0].removeprefix(table).strip(" —-"),
        grain=_listed(header, "grain:"),
        optional_inputs=_listed(header, "optional:"),
    )


def _listed(header: list[str], word: str) -> tuple[str, ...]:
    found = [line.removeprefix(word) for line in header if line.startswith(word)]
    return tuple(name.strip() for line in found for name in line.split(",") if name.strip())


def _severity(word: str, path: Path) -> Severity:
    for severity in SEVERITIES:
        if word == severity:
            return severity
    raise UnknownName(f"severity in {path.name}", word, SEVERITIES)
