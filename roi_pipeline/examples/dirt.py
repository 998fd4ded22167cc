"""Rows known to be dirty: known kinds, in known numbers, in known files.

Every dirty row is one more row, made from a clean one, and breaks exactly one rule; so nothing that
is clean gets lost with it. Which kinds there are is said by each company.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from roi_pipeline.examples.planted import DirtyRows, Found

HOSTILE_TEXTS = (
    "<script>alert('门店')</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "Robert'); DROP TABLE 客户; --",
    '=HYPERLINK("http://example.com","点我")',
    "\u202e反向文字\u202c 😀",
)
DUPLICATE = "exact duplicate"


@dataclass(frozen=True)
class Dirt:
    """One kind of dirty row.

    Attributes:
        sets: header → value put in place of the clean one; a tuple is gone through row by row.
        column: the product's name of the column whose rule is broken.
        rule: name of the row rule that is broken, when no single column's is.
    """

    kind: str
    sets: Mapping[str, Any]
    column: str = ""
    rule: str = ""
    found: Found = "quarantined"


def kinds_of_file(kinds: Sequence[Dirt], number: int, n_files: int) -> list[Dirt]:
    """The kinds a file gets: all in a single file, every fourth month in monthly ones."""
    return [dirt for place, dirt in enumerate(kinds) if n_files < 4 or (number + place) % 4 == 0]


def soil(
    rng: np.random.Generator,
    frame: pl.DataFrame,
    *,
    table: str,
    path: str,
    kinds: Sequence[Dirt],
    rows: int,
) -> tuple[pl.DataFrame, list[DirtyRows]]:
    """The file with dirty rows strewn in, and what they are.

    The first column is taken for the key; dirty rows get keys of their own.
    """
    places = rng.permutation(frame.height)[: (len(kinds) + 1) * rows]
    clean, dirty = frame, list[DirtyRows]()
    parts = list[pl.DataFrame]()
    for number, dirt in enumerate(kinds):
        templates = clean[places[number * rows : (number + 1) * rows]]
        keys = [f"Z{path_tag(path)}{number}{row}" for row in range(templates.height)]
        parts.append(_spoil(templates, dirt, keys))
        dirty.append(
            DirtyRows(table, path, dirt.kind, dirt.found, templates.height, dirt.column, dirt.rule)
        )
    copies = clean[places[len(kinds) * rows :]]
    parts.append(copies)
    dirty.append(DirtyRows(table, path, DUPLICATE, "duplicate", copies.height))
    strewn = pl.concat([clean, *parts])
    order = np.concatenate(
        [np.arange(clean.height), rng.uniform(0, clean.height, strewn.height - clean.height)]
    )
    return strewn[np.argsort(order, kind="stable")], [found for found in dirty if found.rows]


def path_tag(path: str) -> str:
    """Digits of a file's name, so that keys made up for it differ from every other file's."""
    return "".join(letter for letter in path if letter.isdigit())


def _spoil(templates: pl.DataFrame, dirt: Dirt, keys: list[str]) -> pl.DataFrame:
    changes = {templates.columns[0]: pl.Series(keys, dtype=pl.String)}
    for header, value in dirt.sets.items():
        values = value if isinstance(value, tuple) else (value,)
        changes[header] = pl.Series(
            [values[row % len(values)] for row in range(templates.height)],
            dtype=templates.schema[header],
        )
    return templates.with_columns(**changes)
