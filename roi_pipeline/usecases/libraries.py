"""The libraries a report's numbers went through, found by following the package's own imports.

Nothing is listed by hand: from the use cases that load, measure and value, every import is followed
through the rooms, those inside functions too, and what is not ours is a library. That takes a second,
so the names found are kept below `out` for as long as neither our files nor what is installed change.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from sys import stdlib_module_names

import roi_pipeline
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.memory import recall, remember

PACKAGE = "roi_pipeline"
# Where numbers come into being: exports are read, facts built, effects measured, money counted.
ROOTS = tuple(
    f"{PACKAGE}.usecases.{name}"
    for name in ("exports", "facts", "effects", "lifts", "credit", "value", "efficiency")
)
# Where they are only written down, or reached because a page is drawn beside them.
NOT_FOLLOWED = tuple(
    f"{PACKAGE}.{name}" for name in ("reporting", "delivery", "examples", "quality.site")
)


def library_versions(paths: StudyPaths | None = None) -> dict[str, str]:
    """Distribution → version of every library that can move a figure.

    Args:
        paths: of a study beside which the names are kept; they are found anew without one.
    """
    names = None if paths is None else recall(paths.libraries, installed_stamp())
    if names is None:
        names = _distributions()
        if paths is not None:
            remember(paths.libraries, installed_stamp(), names)
    return {name: version(name) for name in names}


@cache
def _distributions() -> list[str]:
    owners = packages_distributions()
    names = {owner for library in libraries_behind(ROOTS) for owner in owners.get(library, ())}
    return sorted(names, key=str.lower)


@cache
def installed_stamp() -> str:
    """Changes whenever a file of ours or what is installed beside it does."""
    files = sorted(Path(roi_pipeline.__file__).parent.rglob("*.py"))
    ours = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    beside = sorted(
        path.name
        for entry in sys.path
        if Path(entry).is_dir()
        for path in Path(entry).glob("*.dist-info")
    )
    return hashlib.sha256(json.dumps([ours, beside]).encode()).hexdigest()


def libraries_behind(roots: tuple[str, ...]) -> set[str]:
    """Top-level names of the foreign packages that the modules import, directly or not."""
    found, seen, waiting = set[str](), set[str](), list(roots)
    while waiting:
        module = waiting.pop()
        if module in seen or module.startswith(NOT_FOLLOWED):
            continue
        seen.add(module)
        path = _file_of(module)
        if path is None:
            continue
        for name in _imports(path):
            if name.split(".")[0] == PACKAGE:
                waiting.append(name)
            elif name.split(".")[0] not in stdlib_module_names:
                found.add(name.split(".")[0])
    return found


def _file_of(module: str) -> Path | None:
    """The source of one of our modules; None for a name imported from one."""
    base = Path(roi_pipeline.__file__).parent.joinpath(*module.split(".")[1:])
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _imports(path: Path) -> Iterator[str]:
    """Every module a file imports when it runs, and every name that may be one."""
    for node in _running(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in names)
            case _:
                pass


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a file without what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _running(node)
