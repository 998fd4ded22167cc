"""Checks of small languages inside values: SQL conditions, patterns, date formats, addresses."""

import re
import warnings
from collections.abc import Iterator

from roi_pipeline.domain.calendars import (
    FISCAL,
    LONG_YEAR,
    NAMED_PERIODS,
    PERIODS,
    SHORT_YEAR,
    PeriodFormat,
)
from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.entries.contract import ColumnEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.names import did_you_mean, names_worth_listing

DURATION_FORMATS = ("seconds", "minutes", "hh:mm:ss", "mm:ss")
DIRECTIVES = frozenset("aAbBcdfgGHIjmMnpSuUVwWxXyYzZ%")
UNPADDED = frozenset("dHIjmMSy")
DIRECTIVE = re.compile(r"%(-?)(.?)", re.DOTALL)
IN_QUOTES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
NOT_IN_THE_DATABASE = re.compile(r"\(\?(?:[=!]|<[=!])|(?<!\\)\\[1-9]")
# Besides being refused here, rules run where the database can reach nothing outside itself.
REACHING_OUT = re.compile(
    r"\b(?:select|from|attach|copy|install|load|pragma)\b|"
    r"\b(?:read_\w+|\w+_scan|\w*glob|getenv|getvariable|query|query_table|sniff_csv|duckdb_\w+|"
    r"pragma_\w+|parquet_\w+|current_setting|which_secret)\s*\(",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\\x00-\x1f]+@[\w-]+(\.[\w-]+)+")
LONGEST_ADDRESS = 254
EXAMPLES = {"date": "%Y-%m-%d", "timestamp": "%Y-%m-%d %H:%M:%S"}


def sql_problems(file: ConfigFile, path: KeyPath, sql: str | None) -> Iterator[Problem]:
    """A rule is one condition: no statement's end, no comment, quotes and brackets closed."""
    if sql is None:
        return
    bare = IN_QUOTES.sub("''", sql)
    if ";" in bare:
        yield file.problem(
            path, sql, "one condition without a semicolon", "Delete the ; and what follows it."
        )
    if "--" in bare or "/*" in bare:
        yield file.problem(
            path, sql, "a condition without comments", 'Move the comment to comment = "…".'
        )
    if reaching := REACHING_OUT.search(bare):
        yield file.problem(
            path,
            reaching[0].strip(),
            "a condition on the columns of one row, which reads no file, table or setting",
            "Write the condition with the columns alone.",
        )
    if bare.count("'") % 2 or bare.count('"') % 2 or not _is_balanced(bare):
        yield file.problem(path, sql, "every quote and bracket closed", "Close what was opened.")


def _is_balanced(sql: str) -> bool:
    depth = 0
    for sign in sql:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            return False
    return depth == 0


def pattern_problems(file: ConfigFile, path: KeyPath, pattern: str | None) -> Iterator[Problem]:
    """A pattern is a regular expression of the common kind (RE2: no look-around, no back-reference)."""
    if pattern is None:
        return
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            re.compile(pattern)
    except re.error as error:
        yield file.problem(
            path, pattern, "a valid regular expression", f"Correct the pattern: {error}."
        )
        return
    if NOT_IN_THE_DATABASE.search(pattern):
        yield file.problem(
            path,
            pattern,
            "a pattern without look-around and back-references",
            "Write it without them, or write a [[rule]].",
        )


def format_problems(file: ConfigFile, path: KeyPath, column: ColumnEntry) -> Iterator[Problem]:
    """Formats are strptime formats, or the named ones for durations."""
    for index, text in enumerate(column.formats or ()):
        place = (*path, "formats", index)
        match column.type:
            case "duration":
                yield from _duration_format_problems(file, place, text)
            case "date" if text in NAMED_PERIODS:
                yield from _fiscal_problems(file, path, text, column)
            case "date" | "timestamp":
                yield from _date_format_problems(file, place, text, EXAMPLES[column.type])
            case None:
                pass
            case other:
                yield file.problem(
                    place, text, f"no formats on a column of type {other}", "Delete the formats."
                )


def _fiscal_problems(
    file: ConfigFile, path: KeyPath, text: str, column: ColumnEntry
) -> Iterator[Problem]:
    """Fiscal periods need the first day of every fiscal year, 52 or 53 weeks apart."""
    years = {int(number): day for number, day in (column.fiscal_years or {}).items()}
    place = (*path, "fiscal_years")
    if text in FISCAL and not years:
        yield file.problem(
            (*path, "formats"), text, "the first day of every fiscal year beside it",
            "Add fiscal_years = { 2024 = 2024-01-29, 2025 = 2025-02-03 }.",
        )  # fmt: skip
    for number, day in sorted(years.items()):
        following = years.get(number + 1)
        if following and (following - day).days not in {SHORT_YEAR, LONG_YEAR}:
            yield file.problem(
                place, f"{number} = {day}, {number + 1} = {following}",
                "fiscal years of 52 or 53 weeks: 364 or 371 days apart", "Correct the first days.",
            )  # fmt: skip
        if text in FISCAL[2:]:
            form = PeriodFormat(text, {number: day})
            months = {form.day(f"{number}P{period}") for period in range(1, PERIODS + 1)}
            if len(months) < PERIODS:
                yield file.problem(
                    place, f"{number} = {day}",
                    f"a year whose twelve {text} periods lie in twelve calendar months",
                    "Deliver weeks (fiscal week), which any year can be cut into.",
                )  # fmt: skip


def _duration_format_problems(file: ConfigFile, path: KeyPath, text: str) -> Iterator[Problem]:
    if text not in DURATION_FORMATS:
        yield file.problem(
            path,
            text,
            "a known duration format",
            f"{did_you_mean(text, DURATION_FORMATS)}Use a known one.",
            names_worth_listing(text, DURATION_FORMATS),
        )


def _date_format_problems(
    file: ConfigFile, path: KeyPath, text: str, example: str
) -> Iterator[Problem]:
    found = DIRECTIVE.findall(text)
    if not found:
        yield file.problem(
            path, text, f"a strptime format such as {example}", f"Write it like {example}."
        )
    for dash, letter in found:
        if letter not in (UNPADDED if dash else DIRECTIVES):
            yield file.problem(
                path,
                text,
                f"a strptime format such as {example}",
                f"Replace '%{dash}{letter}', which means nothing.",
            )


def address_problems(file: ConfigFile, path: KeyPath, address: str | None) -> Iterator[Problem]:
    """An e-mail address by its form; whether it exists is not asked."""
    if address is None or (len(address) <= LONGEST_ADDRESS and ADDRESS.fullmatch(address)):
        return
    yield file.problem(
        path, address, "one e-mail address such as owner@example.com", "Correct the address."
    )
