"""Checks of sources/*.toml: columns, keys, rules, references, places the export is read from."""

import codecs
import re
from collections.abc import Iterator, Mapping

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.secrets import VARIABLE
from roi_pipeline.settings.checks.names import misnamed_file, repeated, unknown_name
from roi_pipeline.settings.checks.texts import format_problems, pattern_problems, sql_problems
from roi_pipeline.settings.entries.contract import (
    ColumnEntry,
    ContractEntry,
    DatabaseLocationEntry,
    FileLocationEntry,
    KeyEntry,
    StandardContractEntry,
    TableRulesEntry,
)
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.names import timezone_names
from roi_pipeline.settings.parsing import Parsed
from roi_pipeline.settings.written_out import written_out_in_address, written_out_in_options

NUMBERS = {"integer", "decimal", "money", "rate", "duration"}
DATED = {"date", "timestamp"}
OURS = {"source_file_id", "source_row_number"}
KINDS: dict[str, str] = {
    "text": "text", "integer": "number", "decimal": "number", "money": "number", "rate": "number",
    "duration": "number", "boolean": "truth value", "date": "time", "timestamp": "time",
    "phone": "person", "email": "person", "person_name": "person",
}  # fmt: skip
SECONDS = re.compile(r"\d+(\.\d+)?")
# Kind of address → what [location.options] may say of it.
REMOTE_OPTIONS: dict[str, frozenset[str]] = {
    "s3": frozenset(
        {"endpoint", "region", "access_key_id", "secret_access_key", "session_token",
         "virtual_hosted_style"}
    ),
    "sftp": frozenset(
        {"host_key", "key_file", "passphrase_file", "password_file", "done_marker",
         "stable_seconds", "timeout_seconds"}
    ),
    "https": frozenset({"ca_file", "token_file", "user", "password_file", "timeout_seconds"}),
}  # fmt: skip
NO_DELIMITERS = frozenset('\n\r"\0')
# Text encodings of Python that no export is written in.
ESCAPES = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


def contract_problems(
    parsed: Parsed[StandardContractEntry],
    *,
    tables: Mapping[str, frozenset[str] | None],
    environment: Mapping[str, str],
) -> Iterator[Problem]:
    """Everything wrong with one contract.

    Args:
        parsed: the contract.
        tables: every table with its columns, None where its file could not be read.
        environment: variables an address may name.
    """
    file, entry = parsed.file, parsed.entry
    if entry is None:
        return
    if entry.system and entry.entity:
        name = f"{entry.system}__{entry.entity}"
        yield from misnamed_file(file, name, rule="the file's name, system__entity", key="entity")
    yield from _location_problems(file, entry, environment)
    columns = [*enumerate(entry.column or ())]
    for index, column in columns:
        yield from _column_problems(file, ("column", index), column, tables)
    names = ((("column", index, "name"), column.name) for index, column in columns)
    yield from repeated(file, names, what="column name")
    yield from repeated(file, _headers(entry), what="header")
    known = frozenset(column.name for _, column in columns if column.name)
    yield from _key_problems(file, entry.key, known)
    yield from _table_problems(file, entry)
    rules = [*enumerate(entry.rule or ())]
    yield from repeated(
        file, ((("rule", index, "name"), rule.name) for index, rule in rules), what="rule name"
    )
    for index, rule in rules:
        yield from sql_problems(file, ("rule", index, "sql"), rule.sql)


def standard_type_problems(
    parsed: Parsed[ContractEntry], standard: StandardContractEntry
) -> Iterator[Problem]:
    """Columns the product's own SQL reads must hold what it takes them to hold.

    A person may stand where a text is read, never the other way round: then names and numbers of
    people would be stored as they are.
    """
    expected = {column.name: column.type for column in standard.column or () if column.type}
    for index, column in enumerate((parsed.entry.column if parsed.entry else None) or ()):
        wanted = expected.get(column.name)
        if wanted is None or column.type is None:
            continue
        pair = (KINDS[wanted], KINDS[column.type])
        if pair[0] != pair[1] and pair != ("text", "person"):
            yield parsed.file.problem(
                ("column", index, "type"),
                column.type,
                f"a {pair[0]} such as {wanted}, which the product reads in {column.name!r}",
                "Correct the type, or give the column a name of its own.",
            )


def _headers(entry: StandardContractEntry) -> Iterator[tuple[KeyPath, str]]:
    """Every header; a repeated name that serves as header was reported as a name."""
    names: set[str] = set()
    for index, column in enumerate(entry.column or ()):
        if not column.name:
            continue
        key = "headers" if column.headers else "header" if column.header else "name"
        if key != "name" or column.name not in names:
            for header in dict.fromkeys(column.all_headers):
                yield ("column", index, key), header
        names.add(column.name)


def _location_problems(
    file: ConfigFile, entry: StandardContractEntry, environment: Mapping[str, str]
) -> Iterator[Problem]:
    match entry.location:
        case DatabaseLocationEntry(url=str(url)):
            yield from written_out_in_address(file, url)
            for variable in dict.fromkeys(VARIABLE.findall(url)):
                if not environment.get(variable):
                    yield file.problem(
                        ("location", "url"),
                        f"${{{variable}}}",
                        "an environment variable that is set",
                        f"Set {variable} before starting, or correct its name.",
                    )
        case FileLocationEntry() as files:
            yield from written_out_in_options(file, files.options or {})
            yield from written_out_in_address(file, files.glob or "", "glob")
            yield from _remote_problems(file, files)
            yield from _file_location_problems(file, files)
        case _:
            pass


def _remote_problems(file: ConfigFile, location: FileLocationEntry) -> Iterator[Problem]:
    """An address of a kind that is read, with options that belong to it."""
    scheme, separator, _ = (location.glob or "").partition("://")
    if not separator:
        return
    yield from unknown_name(
        file, ("location", "glob"), scheme, kind="kind of address", known=REMOTE_OPTIONS
    )
    known = REMOTE_OPTIONS.get(scheme)
    for name, value in (location.options or {}).items() if known else ():
        path = ("location", "options", name)
        yield from unknown_name(file, path, name, kind=f"option of {scheme}://", known=known or ())
        if name.endswith("_seconds") and not SECONDS.fullmatch(value):
            yield file.problem(path, value, 'seconds as text such as "2"', "Correct it.")
    if scheme == "sftp" and "host_key" not in (location.options or {}):
        yield file.problem(
            ("location", "options", "host_key"),
            None,
            "the server's public key: 'ssh-ed25519 AAAA…'",
            "Ask whoever runs the server for it and add it.",
        )


def _file_location_problems(file: ConfigFile, location: FileLocationEntry) -> Iterator[Problem]:
    if location.encoding and not _is_encoding(location.encoding):
        yield file.problem(
            ("location", "encoding"),
            location.encoding,
            "an encoding such as utf-8, gb18030 or utf-16",
            "Correct it, or delete the line to have it detected.",
        )
    delimiter = location.delimiter
    if delimiter is not None and len(delimiter) != 1 and delimiter != "whitespace":
        yield file.problem(
            ("location", "delimiter"),
            delimiter,
            'one character, or "whitespace"',
            "Write one character.",
        )
    elif delimiter is not None and delimiter in NO_DELIMITERS:
        yield file.problem(
            ("location", "delimiter"),
            repr(delimiter),
            "a character that ends no line and quotes nothing",
            "Write the character between two columns.",
        )
    if location.header_row == 0 and location.kind != "csv":
        yield file.problem(
            ("location", "header_row"),
            0,
            "a line with headers, 1 or later, in anything but delimited text",
            "Name the row the headers stand in.",
        )
    if location.decimal_mark not in {None, ".", ","}:
        yield file.problem(
            ("location", "decimal_mark"), location.decimal_mark, '"." or ","', "Use one of the two."
        )


def _is_encoding(name: str) -> bool:
    """Whether it names a way to write text; codecs also knows packings such as zip and hex."""
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return codec._is_text_encoding and codec.name not in ESCAPES  # noqa: SLF001 - there is no public name


def _column_problems(
    file: ConfigFile,
    path: KeyPath,
    column: ColumnEntry,
    tables: Mapping[str, frozenset[str] | None],
) -> Iterator[Problem]:
    if column.name in OURS:
        yield file.problem(
            (*path, "name"), column.name, "a name the product does not use itself", "Rename it."
        )
    if column.header and column.headers:
        yield file.problem(
            (*path, "headers"), column.headers, "header or headers, not both", "Delete one."
        )
    yield from _bound_problems(file, path, column)
    yield from pattern_problems(file, (*path, "pattern"), column.pattern)
    if column.years and column.years[0] > column.years[1]:
        yield file.problem(
            (*path, "years"), column.years, "the first year, then the last", "Swap the two years."
        )
    yield from format_problems(file, path, column)
    yield from unknown_name(
        file, (*path, "timezone"), column.timezone, kind="time zone", known=timezone_names()
    )
    if column.is_closed and not column.values:
        yield file.problem(
            (*path, "is_closed"), column.is_closed, "values beside it", "List the values."
        )
    if column.references:
        yield from _reference_problems(file, (*path, "references"), column.references, tables)


def _bound_problems(file: ConfigFile, path: KeyPath, column: ColumnEntry) -> Iterator[Problem]:
    low, high = column.minimum, column.maximum
    if low is not None and high is not None and low > high:
        yield file.problem(
            (*path, "maximum"), high, f"at least the minimum, {low}", "Correct or swap the bounds."
        )
    bounded = "minimum" if low is not None else "maximum" if high is not None else None
    if bounded and column.type and column.type not in NUMBERS:
        yield file.problem(
            (*path, bounded),
            getattr(column, bounded),
            f"no bounds on a column of type {column.type}",
            "Delete the bounds, correct the type, or write a [[rule]].",
        )


def _reference_problems(
    file: ConfigFile, path: KeyPath, reference: str, tables: Mapping[str, frozenset[str] | None]
) -> Iterator[Problem]:
    table, _, column = reference.partition(".")
    if not table or not column:
        yield file.problem(
            path, reference, "<system>__<entity>.<column>", "Write table and column with a dot."
        )
        return
    if table not in tables:
        yield from unknown_name(file, path, table, kind="source", known=tables)
        return
    columns = tables[table]
    if columns is not None and column not in columns:
        known = (f"{table}.{each}" for each in columns)
        yield from unknown_name(file, path, reference, kind="column", known=known)


def _key_problems(
    file: ConfigFile, key: KeyEntry | None, known: frozenset[str]
) -> Iterator[Problem]:
    if key is None:
        return
    for index, name in enumerate(key.columns or ()):
        yield from unknown_name(file, ("key", "columns", index), name, kind="column", known=known)
    named = ((("key", "columns", index), name) for index, name in enumerate(key.columns or ()))
    yield from repeated(file, named, what="key column")
    yield from unknown_name(file, ("key", "ordering"), key.ordering, kind="column", known=known)


def _table_problems(file: ConfigFile, entry: StandardContractEntry) -> Iterator[Problem]:
    rules = entry.table
    if rules is None:
        return
    ratio = rules.volume_ratio
    if ratio and ratio[0] >= ratio[1]:
        yield file.problem(
            ("table", "volume_ratio"), ratio, "lowest before highest", "Swap the two numbers."
        )
    yield from _freshness_problems(file, rules, entry.column or [])


def _freshness_problems(
    file: ConfigFile, rules: TableRulesEntry, columns: list[ColumnEntry]
) -> Iterator[Problem]:
    name = rules.freshness_column
    if (name is None) != (rules.freshness_days is None):
        missing = "freshness_column" if name is None else "freshness_days"
        yield file.problem(
            ("table", missing), None, "freshness_column and freshness_days together", "Add it."
        )
    known = {column.name: column.type for column in columns if column.name}
    yield from unknown_name(file, ("table", "freshness_column"), name, kind="column", known=known)
    kind = known.get(name) if name else None
    if kind and kind not in DATED:
        yield file.problem(
            ("table", "freshness_column"),
            name,
            f"a column of type date or timestamp, not {kind}",
            "Name another column or correct its type.",
        )
