"""Checks that a name is known, that ids are used once, that a file is called as its id."""

from collections.abc import Iterable, Iterator
from datetime import date

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.entries.entry import OpenWindowEntry, WindowEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.names import did_you_mean, names_worth_listing


def unknown_name(
    file: ConfigFile, path: KeyPath, name: str | None, *, kind: str, known: Iterable[str]
) -> Iterator[Problem]:
    """`name` must be one of `known`."""
    names = set(known)
    if name is None or name in names:
        return
    remedy = f"{did_you_mean(name, names)}Use a known {kind}"
    remedy += "." if names else "; none is declared yet."
    yield file.problem(path, name, f"a known {kind}", remedy, names_worth_listing(name, names))


def repeated(
    file: ConfigFile, named: Iterable[tuple[KeyPath, object]], *, what: str
) -> Iterator[Problem]:
    """Each value may stand once; the second and later ones are reported with the first's place."""
    first: dict[object, KeyPath] = {}
    for path, value in named:
        if value is None:
            continue
        if value in first:
            line = file.line_of(first[value])
            place = f" (first on line {line})" if line else ""
            yield file.problem(
                path, _shown(value), f"each {what} once{place}", "Rename or delete one of the two."
            )
        else:
            first[value] = path


def _shown(value: object) -> object:
    return ", ".join(str(part) for part in value) if isinstance(value, tuple) else value


def misnamed_file(
    file: ConfigFile, expected: str | None, *, rule: str, key: str
) -> Iterator[Problem]:
    """The file must be called as what stands in it."""
    if expected is None or expected == file.stem:
        return
    folder = file.name.rpartition("/")[0]
    yield file.problem(
        (key,),
        expected,
        f"{rule}, here {file.stem!r}",
        f"Rename the file to {folder}/{expected}.toml, or change {key!r}.",
    )


def inverted_dates(
    file: ConfigFile, path: KeyPath, start: date | None, end: date | None
) -> Iterator[Problem]:
    """A stretch of days must end after it starts."""
    if start is not None and end is not None and end <= start:
        yield file.problem(
            (*path, "end"), end, f"a day after the start, {start}", "Correct or swap the dates."
        )


def inverted_window(
    file: ConfigFile, path: KeyPath, window: WindowEntry | OpenWindowEntry | None
) -> Iterator[Problem]:
    """A window must end after it starts."""
    if window is not None:
        yield from inverted_dates(file, path, window.start, window.end)
