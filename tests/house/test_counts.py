"""A test that asserts only inside a loop passes on an empty list; it counts first.

Laws are left out: of the many worlds Hypothesis draws, some are empty on purpose.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))
Loops = tuple[ast.For, ...]


def _is_never_empty(iterable: ast.expr) -> bool:
    """Literals, ranges and constants of the module (upper case) show their members in the test."""
    match iterable:
        case ast.Tuple(elts=members) | ast.List(elts=members) | ast.Set(elts=members):
            shown = bool(members)
        case ast.Constant(value=value):
            shown = bool(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            shown = name.isupper()
        case ast.Call(func=ast.Name(id="zip"), args=given, keywords=[ast.keyword(arg="strict")]):
            shown = any(map(_is_never_empty, given))
        case ast.Call(func=ast.Name(id="range" | "enumerate" | "zip" | "sorted"), args=given):
            shown = all(map(_is_never_empty, given))
        case ast.Call(func=ast.Name(id="fields") | ast.Attribute(attr="walk")):
            shown = True
        case ast.Call(func=ast.Attribute(value=held, attr="items" | "values" | "keys")):
            shown = _is_never_empty(held)
        case _:
            shown = False
    return shown


def _claims(node: ast.AST, loops: Loops = ()) -> list[Loops]:
    """For every assertion and every expected exception, the loops around it."""
    found = list[Loops]()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assert) or (
            isinstance(child, ast.With | ast.AsyncWith)
            and any("raises" in ast.unparse(item.context_expr) for item in child.items)
        ):
            found.append(loops)
        around = (*loops, child) if isinstance(child, ast.For) else loops
        found += _claims(child, around)
    return found


def uncounted(source: str) -> list[str]:
    """Names of tests all of whose assertions stand in loops that may run over nothing."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return [
        function.name
        for function in functions
        if function.name.startswith("test_")
        and not any("given" in ast.unparse(mark) for mark in function.decorator_list)
        and (claims := _claims(function))
        and all(any(not _is_never_empty(loop.iter) for loop in loops) for loops in claims)
    ]


def test_there_are_tests() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_test_passes_on_an_empty_list(path: Path) -> None:
    assert uncounted(path.read_text("utf-8")) == [], "count what is looped over before the loop"


def test_an_uncounted_loop_is_seen_and_a_counted_one_is_not() -> None:
    loop = "    for path in folder.glob('*'):\n        assert path\n"
    assert uncounted(f"def test_a(folder):\n{loop}") == ["test_a"]
    assert uncounted(f"def test_a(folder):\n    assert list(folder.glob('*'))\n{loop}") == []
    assert uncounted("def test_a():\n    for n in (1, 2):\n        assert n\n") == []
    assert uncounted("def test_a():\n    for n in ():\n        assert n\n") == ["test_a"]
