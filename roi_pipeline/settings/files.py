"""TOML files as people write them: text, values, line numbers, and every syntax error in them.

A broken line is skipped so that the rest of the file is still read; such a value is `UNREADABLE`
and nothing further is said about it. What the values mean is for `entries` and `checks`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from roi_pipeline.domain.errors import Problem

KeyPath = tuple[str | int, ...]
LONGEST_VALUE = 100
MOST_BROKEN_LINES = 50
EXTENDS = "extends"
STAND_IN = "\N{REPLACEMENT CHARACTER}unreadable"
SIMPLE_KEY = r"(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')"
DOTTED_KEY = rf"{SIMPLE_KEY}(?:\s*\.\s*{SIMPLE_KEY})*"
ASSIGNMENT = re.compile(rf"^\s*(?P<key>{DOTTED_KEY})\s*=")
TABLE = re.compile(rf"^\s*\[\s*(?P<key>{DOTTED_KEY})\s*\]")
ARRAY_TABLE = re.compile(rf"^\s*\[\[\s*(?P<key>{DOTTED_KEY})\s*\]\]")
POSITION = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)")


class Unreadable(Enum):
    """A value that could not be read and was already reported."""

    UNREADABLE = "unreadable"


UNREADABLE = Unreadable.UNREADABLE


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One TOML file.

    Attributes:
        name: path relative to the study folder, with `/`.
        values: what stands in it; None when it cannot be read at all.
        lines: key path → line number.
        unreadable: paths already reported by the reader of the file.
        problems: what the reader of the file reported.
        written: path → path as people wrote it, where the two differ.
        inherited: paths of values that another file gave → that file and line.
    """

    name: str
    values: dict[str, Any] | None
    lines: Mapping[KeyPath, int]
    unreadable: frozenset[KeyPath] = frozenset()
    problems: tuple[Problem, ...] = ()
    written: Mapping[KeyPath, KeyPath] = field(default_factory=dict[KeyPath, KeyPath])
    inherited: Mapping[KeyPath, str] = field(default_factory=dict[KeyPath, str])

    @property
    def stem(self) -> str:
        """Name without folder and ending."""
        return self.name.rpartition("/")[2].removesuffix(".toml")

    def line_of(self, path: KeyPath) -> int:
        """Line of the key, or of the nearest table around it; 0 when unknown."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 0

    def problem(
        self, path: KeyPath, value: object, expected: str, remedy: str, known: tuple[str, ...] = ()
    ) -> Problem:
        """A problem at a key of this file; of an inherited value it says where that stands."""
        key = key_text((*self.written.get(path[:2], path[:2]), *path[2:]))
        text, line = value_text(value), self.line_of(path)
        if place := self._place_of_inherited(path):
            text, line = f"{text} (from {place})", line or self.line_of((EXTENDS,))
            remedy = f'{remedy} It is inherited: say it here, or omit = ["{_omitted(key)}"].'
        return Problem(self.name, key, text, expected, remedy, known, line=line)

    def _place_of_inherited(self, path: KeyPath) -> str | None:
        lengths = range(len(path), 0, -1)
        return next((self.inherited[path[:n]] for n in lengths if path[:n] in self.inherited), None)


def key_text(path: KeyPath) -> str:
    """The path as people read it.

    >>> key_text(("pool", 2, "metric"))
    'pool[2].metric'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _omitted(key: str) -> str:
    """What `omit` calls a key: a whole list, not one of its places."""
    return key.partition("[")[0]


def value_text(value: object) -> str:
    """A value as it stands in the file, shortened."""
    match value:
        case None | Unreadable():
            return ""
        case bool():
            text = str(value).lower()
        case dict():
            text = "{ " + ", ".join(f"{key} = {value_text(v)}" for key, v in value.items()) + " }"
        case list() | tuple():
            text = "[" + ", ".join(value_text(item) for item in value) + "]"
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def read_config_file(path: Path, *, name: str) -> ConfigFile:
    """Read one TOML file; whatever is wrong is in its `problems`."""
    if path.exists() and not path.is_file():
        problem = Problem(name, "", "", "a file", "Put a text file here, no pipe or folder.")
        return ConfigFile(name, None, {}, problems=(problem,))
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        problem = Problem(name, "", "", "a readable file", f"Make it readable ({error.strerror}).")
        return ConfigFile(name, None, {}, problems=(problem,))
    except UnicodeDecodeError as error:
        problem = Problem(
            name,
            "",
            f"byte {error.start + 1} is not UTF-8",
            "a text file in UTF-8",
            "Save the file with encoding UTF-8.",
        )
        return ConfigFile(name, None, {}, problems=(problem,))
    return config_file_from_text(text, name=name)


def read_folder(folder: Path, name: str, *, shown_as: str = "") -> Iterator[ConfigFile]:
    """Every TOML file of a folder, by name."""
    for path in sorted((folder / name).glob("*.toml"), key=lambda path: path.name):
        yield read_config_file(path, name=f"{shown_as or name}/{path.name}")


def config_file_from_text(text: str, *, name: str) -> ConfigFile:
    """Parse TOML, going on after each line that cannot be read."""
    lines = text.split("\n")
    problems: list[Problem] = []
    seen: set[int] = set()
    while True:
        try:
            values = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            number, what = _position(error, len(lines))
            problems.append(_syntax_problem(name, number, text, what))
            if (
                number in seen
                or len(seen) == MOST_BROKEN_LINES
                or not _put_aside(lines, number, what)
            ):
                return ConfigFile(name, None, {}, problems=tuple(problems[:1]))
            seen.add(number)
            continue
        except (RecursionError, ValueError) as error:
            return ConfigFile(name, None, {}, problems=(_no_parser_can(name, error),))
        unreadable = frozenset(_take_stand_ins(values, ()))
        return ConfigFile(name, values, _key_lines(lines), unreadable, tuple(problems))


def _no_parser_can(name: str, error: Exception) -> Problem:
    """What to say of TOML that is well-formed but larger than any setting."""
    found = "tables or lists hundreds deep" if isinstance(error, RecursionError) else str(error)
    return Problem(
        name, "", found, "values of ordinary size", "Delete what is too deep or too long."
    )


def _position(error: tomllib.TOMLDecodeError, line_count: int) -> tuple[int, str]:
    message = str(error)
    found = POSITION.search(message)
    number = int(found["line"]) if found and found["line"] else line_count
    return number, POSITION.sub("", message)


def _syntax_problem(name: str, number: int, text: str, what: str) -> Problem:
    line = text.split("\n")[number - 1].strip()
    assigned = ASSIGNMENT.match(line)
    if "date" in what.lower():
        expected, remedy = "a day of the calendar written like 2026-01-31", "Correct the date."
    elif "overwrite" in what.lower() or "twice" in what.lower():
        expected, remedy = "each key once", "Delete one of the two."
    else:
        expected = f"TOML ({what[:1].lower()}{what[1:]})"
        remedy = "Correct the line; texts stand in quotes, tables in [brackets]."
    key = assigned["key"] if assigned else f"line {number}"
    return Problem(name, key, value_text(line), expected, remedy, line=number)


def _put_aside(lines: list[str], number: int, what: str) -> bool:
    """Replace the value of a broken `key = value` line; False when it is no such line."""
    line = lines[number - 1]
    assigned = ASSIGNMENT.match(line)
    if assigned is None:
        return False
    is_duplicate = "overwrite" in what.lower() or "twice" in what.lower()
    lines[number - 1] = "" if is_duplicate else f'{assigned["key"]} = "{STAND_IN}"'
    return True


def _take_stand_ins(container: Any, path: KeyPath) -> Iterator[KeyPath]:  # noqa: ANN401 - any TOML
    pairs = container.items() if isinstance(container, dict) else enumerate(container)
    for key, value in list(pairs):
        if value == STAND_IN:
            container[key] = UNREADABLE
            yield (*path, key)
        elif isinstance(value, dict | list):
            yield from _take_stand_ins(value, (*path, key))


def _key_lines(lines: list[str]) -> dict[KeyPath, int]:
    """Where each key stands; good enough for messages, not a second parser."""
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    prefix: KeyPath = ()
    for number, line in enumerate(lines, 1):
        if array := ARRAY_TABLE.match(line):
            base = _with_indices(_parts(array["key"]), counts, is_header=True)
            counts[base] = counts.get(base, -1) + 1
            found.setdefault(base, number)
            prefix = (*base, counts[base])
        elif table := TABLE.match(line):
            prefix = _with_indices(_parts(table["key"]), counts, is_header=False)
        elif assigned := ASSIGNMENT.match(line):
            found.setdefault((*prefix, *_parts(assigned["key"])), number)
            continue
        else:
            continue
        found.setdefault(prefix, number)
    return found


def _parts(key: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(SIMPLE_KEY, key)]


def _with_indices(parts: list[str], counts: Mapping[KeyPath, int], *, is_header: bool) -> KeyPath:
    path: KeyPath = ()
    for position, part in enumerate(parts):
        path = (*path, part)
        is_last = position == len(parts) - 1
        if path in counts and not (is_header and is_last):
            path = (*path, counts[path])
    return path
