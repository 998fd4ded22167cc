"""From a file's values to an entry: everything wrong with the shape, and what can still be used.

pydantic finds the faults; here they become `Problem`s in plain words, the broken values are put
aside, and the rest is handed on so that one mistake does not hide the next.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.secrets import MASK
from roi_pipeline.settings.entries.contract import IN_A_DATABASE, IN_FILES
from roi_pipeline.settings.explaining import explanation
from roi_pipeline.settings.files import UNREADABLE, ConfigFile, KeyPath
from roi_pipeline.settings.names import did_you_mean, names_worth_listing, nearest_name
from roi_pipeline.settings.written_out import NO_SETTING, holds_secret

Kind = TypeVar("Kind", bound=BaseModel)
Kind_co = TypeVar("Kind_co", bound=BaseModel, covariant=True)
NOT_IN_THE_FILE = {IN_FILES, IN_A_DATABASE, "[key]"}
MOST_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class Parsed(Generic[Kind_co]):
    """A file and the entry read from it.

    Attributes:
        entry: None when the file says nothing readable; its own values are None where they were
            skipped.
    """

    file: ConfigFile
    entry: Kind_co | None

    @property
    def name(self) -> str:
        """What other files call it: the name of the file, which its id has to equal."""
        return self.file.stem


def parse(file: ConfigFile, kind: type[Kind]) -> Parsed[Kind]:
    """Read a file as `kind`; problems of shape are added to the file's own."""
    if file.values is None:
        return Parsed(file, None)
    values = deepcopy(file.values)
    aside: set[KeyPath] = set(file.unreadable)
    problems: list[Problem] = []
    for round_number in range(MOST_ROUNDS):
        try:
            entry = kind.model_validate(values)
        except ValidationError as error:
            faults = [_Fault.of(each) for each in error.errors(include_url=False)]
            if round_number == 0:
                faults = _without_misspelt(faults, kind)
                problems = [
                    fault.problem(file, kind) for fault in faults if fault.path not in aside
                ]
            for fault in faults:
                aside.update(_put_aside(values, fault, kind))
        else:
            complete = replace(
                file, unreadable=frozenset(aside), problems=(*file.problems, *problems)
            )
            return Parsed(complete, entry)
    return Parsed(replace(file, problems=(*file.problems, *problems)), None)


def unhidden(file: ConfigFile, problems: Iterator[Problem]) -> Iterator[Problem]:
    """Problems of this file whose key, or a table around it, was not already reported."""
    reported = {file.problem(path, None, "", "").key for path in file.unreadable}
    for problem in problems:
        key = problem.key
        around = any(key == each or key.startswith((f"{each}.", f"{each}[")) for each in reported)
        if problem.file != file.name or not around:
            yield problem


@dataclass(frozen=True, slots=True)
class _Fault:
    path: KeyPath
    details: ErrorDetails

    @classmethod
    def of(cls, details: ErrorDetails) -> "_Fault":
        return cls(tuple(part for part in details["loc"] if part not in NOT_IN_THE_FILE), details)

    @property
    def is_missing(self) -> bool:
        return self.details["type"] == "missing"

    @property
    def is_unknown(self) -> bool:
        return self.details["type"] == "extra_forbidden"

    def problem(self, file: ConfigFile, kind: type[BaseModel]) -> Problem:
        if self.is_unknown:
            return self._unknown_key(file, kind)
        if self.is_missing:
            return file.problem(
                self.path, None, "this key, which is required", f"Add {self.path[-1]!r}."
            )
        expected, remedy, known = explanation(self.details)
        return file.problem(self.path, self.details["input"], expected, remedy, known)

    def _unknown_key(self, file: ConfigFile, kind: type[BaseModel]) -> Problem:
        name, known = str(self.path[-1]), _keys_at(kind, self.path[:-1])
        if holds_secret(name, self.details["input"]):
            return file.problem(self.path, MASK, "no secret in a study's files", NO_SETTING)
        remedy = f"{did_you_mean(name, known)}Rename the key or delete it."
        listed = names_worth_listing(name, known)
        return file.problem(self.path, self.details["input"], "a known key", remedy, listed)


def _without_misspelt(faults: list[_Fault], kind: type[BaseModel]) -> list[_Fault]:
    """Drop "missing" where an unknown key beside it is that key misspelt: one slip, one problem."""
    misspelt = {
        (*fault.path[:-1], near)
        for fault in faults
        if fault.is_unknown and (near := _meant(fault, kind))
    }
    return [fault for fault in faults if not (fault.is_missing and fault.path in misspelt)]


def _meant(fault: _Fault, kind: type[BaseModel]) -> str | None:
    return nearest_name(str(fault.path[-1]), _keys_at(kind, fault.path[:-1]))


def _put_aside(values: dict[str, Any], fault: _Fault, kind: type[BaseModel]) -> Iterator[KeyPath]:
    """Take one broken value out; a misspelt key gets the name that was meant."""
    container, path = _container(values, fault.path)
    yield path
    if not isinstance(container, dict):
        container, path = _container(values, path[:-1])
        yield path
        container[path[-1]] = UNREADABLE
    elif fault.is_unknown:
        value = container.pop(path[-1], None)
        near = _meant(fault, kind)
        if near and near not in container:
            container[near] = value
            yield (*path[:-1], near)
    elif container.get(path[-1]) is UNREADABLE:
        del container[path[-1]]
    else:
        container[path[-1]] = UNREADABLE


def _container(values: dict[str, Any], path: KeyPath) -> tuple[Any, KeyPath]:
    """The innermost existing dict or list on the way to `path`, and the path of its member."""
    container: Any = values
    for depth, part in enumerate(path[:-1]):
        inside = _member(container, part)
        if not isinstance(inside, dict | list):
            return container, path[: depth + 1]
        container = inside
    return container, path


def _member(container: Any, part: str | int) -> Any:  # noqa: ANN401 - any TOML value
    if isinstance(container, dict):
        return container.get(part)
    return container[part] if isinstance(part, int) and part < len(container) else None


def _keys_at(kind: type[BaseModel], path: KeyPath) -> tuple[str, ...]:
    """Keys the table at `path` may have; those of both kinds where there are two."""
    kinds = [kind]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [each.model_fields[part] for each in kinds if part in each.model_fields]
        kinds = [inner for field in fields for inner in _entries_in(field.annotation)]
    return tuple(name for each in kinds for name in each.model_fields)


def _entries_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401 - any annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for inner in get_args(annotation):
        yield from _entries_in(inner)
