"""`extends`: a source that says only how it differs from a standard contract of the catalogue.

`[columns]` and `[rules]` go by name: keys given replace the standard contract's, a new name is
added, a text alone is a column's header; `omit` leaves something of it out. The outcome has the
shape of a contract written in full, and still knows of each value where it was written.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.files import EXTENDS, UNREADABLE, ConfigFile, KeyPath, read_config_file
from roi_pipeline.settings.names import did_you_mean, names_worth_listing, nearest_name

OMIT = "omit"
CONTRACTS = "catalogue/contracts/"
BY_NAME = {"columns": "column", "rules": "rule"}
NEEDED = {"columns": "type", "rules": "sql"}
EXAMPLES = {"columns": '{ header = "班组" }', "rules": "{ tolerance = 0.05 }"}
HEADERS = frozenset({"header", "headers"})
OF_A_DATABASE = frozenset({"url", "query"})
Table = dict[str, Any]


def extended(file: ConfigFile, catalogue: Path) -> ConfigFile:
    """The file completed by the standard contract it names; a file that names none as it is."""
    if not file.values or EXTENDS not in file.values:
        return _misspelt(file)
    name = file.values[EXTENDS]
    known = [f"{CONTRACTS}{path.name}" for path in (catalogue / "contracts").glob("*.toml")]
    if name in known:
        path = catalogue / "contracts" / name.removeprefix(CONTRACTS)
        base = read_config_file(path, name=name)
        return _Merging(file, base).outcome() if base.values else replace(file, values=None)
    problem = _unknown(file, (EXTENDS,), name, "a standard contract", known)
    found = () if name is UNREADABLE else (problem,)
    return replace(file, values=None, problems=(*file.problems, *found))


def _misspelt(file: ConfigFile) -> ConfigFile:
    """A key that is nearly `extends` is one mistake, not a file in which everything is missing."""
    key = next((key for key in file.values or () if nearest_name(key, [EXTENDS])), None)
    if key is None:
        return file
    problem = _unknown(file, (key,), (file.values or {})[key], "a known key", [EXTENDS], name=key)
    return replace(file, values=None, problems=(*file.problems, problem))


def _unknown(
    file: ConfigFile,
    path: KeyPath,
    value: object,
    expected: str,
    known: list[str],
    *,
    name: str = "",
) -> Problem:
    name = name or str(value)
    remedy = f"{did_you_mean(name, known)}Correct it or delete it."
    return file.problem(path, value, expected, remedy, names_worth_listing(name, known))


@dataclass(slots=True)
class _Merging:
    """One file and the contract it extends, while they are brought together."""

    file: ConfigFile
    base: ConfigFile
    problems: list[Problem] = field(default_factory=list[Problem])
    inherited: dict[KeyPath, str] = field(default_factory=dict[KeyPath, str])
    written: dict[KeyPath, KeyPath] = field(default_factory=dict[KeyPath, KeyPath])

    def outcome(self) -> ConfigFile:
        own, given = deepcopy(self.file.values or {}), deepcopy(self.base.values or {})
        places = {key: self._by_name(given, one) for key, one in BY_NAME.items()}
        del own[EXTENDS]
        self._leave_out(given, own.pop(OMIT, []))
        lists = {
            one: self._list(key, given.pop(key), self._table_of(own, key), places[key])
            for key, one in BY_NAME.items()
        }
        sections = {key: self._section(key, given[key], own[key]) for key in given if key in own}
        values = {**self._over((), (), given, own), **sections, **lists}
        moved = {old: new for new, old in self.written.items()}
        lines = {_moved(path, moved): line for path, line in self.file.lines.items()}
        return replace(
            self.file,
            values=values,
            lines={**self.file.lines, **lines},
            unreadable=frozenset(_moved(path, moved) for path in self.file.unreadable),
            problems=(*self.file.problems, *self.problems),
            written=self.written,
            inherited=self.inherited,
        )

    @staticmethod
    def _by_name(given: Table, one: str) -> dict[str, int]:
        """Turn the base's list into a table by name, and keep where each one stood."""
        entries = given.pop(one, [])
        given[f"{one}s"] = {entry["name"]: entry for entry in entries}
        return {entry["name"]: index for index, entry in enumerate(entries)}

    def _over(self, path: KeyPath, base_path: KeyPath, given: Table, own: Table) -> Table:
        """The base's keys with the file's own over them; what is left of the base is noted."""
        for key in given.keys() - own.keys():
            line = self.base.line_of((*base_path, key))
            self.inherited[*path, key] = f"{self.base.name}, line {line}"
        return {**given, **own}

    def _section(self, key: str, given: object, own: object) -> object:
        """A table key by key; another kind of place is another place."""
        if not isinstance(given, dict) or not isinstance(own, dict):
            return own
        if key == "location" and OF_A_DATABASE.isdisjoint(given) != OF_A_DATABASE.isdisjoint(own):
            return own
        return self._over((key,), (key,), given, own)

    def _leave_out(self, given: Table, omitted: object) -> None:
        """Take out of the base what `omit` names."""
        if not isinstance(omitted, list):
            self._refuse((OMIT,), omitted, 'a list such as ["columns.branch_id"]')
            return
        for index, name in enumerate(omitted):
            *around, last = str(name).split(".")
            holder: Any = given
            for part in around:
                holder = holder.get(part) if isinstance(holder, dict) else None
            if isinstance(holder, dict) and last in holder and name not in BY_NAME:
                del holder[last]
            else:
                expected, known = f"something that stands in {self.base.name}", _paths(given)
                problem = _unknown(self.file, (OMIT, index), name, expected, known)
                self.problems.append(problem)

    def _table_of(self, own: Table, key: str) -> Table:
        """The file's own `[columns]` or `[rules]`."""
        one = BY_NAME[key]
        if own.pop(one, None) is not None:
            expected = f"[{key}] by name, since the file extends a standard contract"
            self._refuse((one,), None, expected, f"Write [{key}] with name = {EXAMPLES[key]}.")
        table = own.pop(key, {})
        if isinstance(table, dict):
            return table
        self._refuse((key,), table, f"a table with name = {EXAMPLES[key]}")
        return {}

    def _list(self, key: str, given: Table, own: Table, places: Mapping[str, int]) -> list[Table]:
        """Columns or rules in the base's order, then those of the file itself."""
        merged: list[Table] = []
        for name in (*given, *(name for name in own if name not in given)):
            before = given.get(name, {})
            entry = self._entry(key, name, own.get(name, {}), given)
            if entry is None:
                continue
            path: KeyPath = (BY_NAME[key], len(merged))
            self.written[path] = (key, name)
            if HEADERS & entry.keys():
                before = {k: value for k, value in before.items() if k not in HEADERS}
            base_path = (BY_NAME[key], places.get(name, 0))
            merged.append({"name": name, **self._over(path, base_path, before, entry)})
        return merged

    def _entry(self, key: str, name: str, value: object, given: Table) -> Table | None:
        """What the file itself says about one column or rule; None when it cannot be one."""
        is_header = key == "columns" and isinstance(value, str)
        entry = {"header": value} if is_header else value
        if not isinstance(entry, dict):
            self._refuse((key, name), value, f"a table such as {EXAMPLES[key]}")
            entry = {}
        if name in given or NEEDED[key] in entry:
            return entry
        if value is not UNREADABLE:
            expected = f"a name in {self.base.name}, or {NEEDED[key]} with a new one"
            problem = _unknown(self.file, (key, name), value, expected, [*given], name=name)
            self.problems.append(problem)
        return None

    def _refuse(self, path: KeyPath, value: object, expected: str, remedy: str = "") -> None:
        if value is not UNREADABLE:
            problem = self.file.problem(path, value, expected, remedy or "Correct it.")
            self.problems.append(problem)


def _moved(path: KeyPath, places: Mapping[KeyPath, KeyPath]) -> KeyPath:
    """`columns.<name>.header` as `column[3].header`."""
    return (*places.get(path[:2], path[:2]), *path[2:])


def _paths(given: Table) -> list[str]:
    """Everything that `omit` can name."""
    found: list[str] = []
    for key, value in given.items():
        found += [key] if key not in BY_NAME else []
        if isinstance(value, dict):
            found += (f"{key}.{inner}" for inner in value)
            found += (
                f"{key}.{name}.{inner}" for name, entry in value.items()
                if key in BY_NAME for inner in entry
            )  # fmt: skip
    return found
