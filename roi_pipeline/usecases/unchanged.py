"""Which results still stand, because nothing they depend on has changed since they were computed.

A fingerprint is a hash of everything below a result: the product's files and what is installed, the
study's configuration, the deliveries as loaded, the SQL with the parameters it names, the fingerprints
of the tables read, the cycle and the day. Facts depend on the day only where their SQL names `$as_of`;
effects, money and reports always do. See docs/adr/0006.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from roi_pipeline.archive import product_files
from roi_pipeline.archive.hashing import config_files, file_sha256
from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.sql_catalogue import SqlFile
from roi_pipeline.engines.steps import (
    Step,
    forget_step,
    keep_step,
    read_step,
    read_step_fingerprints,
)
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.engines.warehouse import Connection
from roi_pipeline.usecases.libraries import installed_stamp
from roi_pipeline.usecases.studies import STUDIES_KEPT, Stamp, stamp_of

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Noted:
    """A step that was looked at, and whether its last result stands."""

    step: Step
    is_unchanged: bool


_noted: ContextVar[list[Noted] | None] = ContextVar("steps looked at", default=None)


@contextmanager
def noting_steps() -> Iterator[list[Noted]]:
    """The steps that are looked at inside the block, in their order."""
    noted = list[Noted]()
    before = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(before)


def fingerprint(*parts: object) -> str:
    """One hash of several values; each must be written the same way in every process."""
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()


def result_that_stands(connection: Connection, step: Step) -> str | None:
    """What was kept beside the step's last result; None when it must be computed, and is forgotten.

    Whoever gets None computes the result, writes it, and calls `keep_step`.
    """
    found = read_step(connection, step)
    _note(step, is_unchanged=found is not None)
    if found is None:
        forget_step(connection, step.name, step.cycle_key)
    return found


def value_that_stands(connection: Connection, step: Step, kind: type[Value]) -> Value | None:
    """The step's last result where it was kept whole; None when it must be computed."""
    found = result_that_stands(connection, step)
    return None if found is None else from_json(found, kind)


def keep_value(connection: Connection, step: Step, value: object) -> None:
    """Keep a result that is stored nowhere else."""
    keep_step(connection, step, to_json(value))


def _note(step: Step, *, is_unchanged: bool) -> None:
    noted = _noted.get()
    if noted is not None:
        noted.append(Noted(step, is_unchanged))


def note_delivery(connection: Connection, contract: Contract, *, has_news: bool) -> None:
    """After a delivery: an export that took something in is another one than ever before."""
    name = f"exports.{contract.table}"
    known = read_step_fingerprints(connection).get(name)
    step = Step(name, known if known and not has_news else token_hex(16))
    keep_step(connection, step)
    _note(step, is_unchanged=step.fingerprint == known)


def forget_delivery(connection: Connection, contract: Contract) -> None:
    """Before a delivery whose rows may be taken in."""
    forget_step(connection, f"exports.{contract.table}")


def base_of(study: Study) -> str:
    """Hash of the product, of what is installed and of the study's configuration."""
    if study.engine.is_spark:
        return token_hex(16)  # its tables lie beside the database, which cannot speak for them
    folder = str(study.folder)
    return fingerprint(_base(folder, stamp_of(folder)), study.fingerprint, study.people_key)


@lru_cache(maxsize=STUDIES_KEPT)
def _base(folder: str, _: Stamp) -> str:
    config = {name: file_sha256(path) for name, path in config_files(Path(folder)).items()}
    return fingerprint(config, dict(product_files()), installed_stamp())


def table_steps(
    connection: Connection,
    study: Study,
    *,
    files: Sequence[SqlFile],
    frames: Sequence[str],
    macros: Sequence[str],
    parameters: Mapping[str, object],
) -> dict[str, Step]:
    """Table → what it depends on now, whether or not it is built; in an order they can be built in."""
    delivered = read_step_fingerprints(connection)
    base = fingerprint(base_of(study), macros)
    found = {
        f"exports.{contract.table}": Step(
            f"exports.{contract.table}", delivered.get(f"exports.{contract.table}", "")
        )
        for contract in study.contracts
    }
    day = parameters["as_of"]
    found |= {table: Step(table, fingerprint(base, table, day)) for table in frames}
    for file in files:
        found[file.table] = sql_step(file, found, base=base, parameters=parameters)
    return found


def sql_step(
    file: SqlFile, tables: Mapping[str, Step], *, base: str, parameters: Mapping[str, object]
) -> Step:
    """What the rows of one SQL file depend on; a table nobody builds is empty."""
    below = {name: tables[name].fingerprint for name in file.inputs if name in tables}
    given = {name: parameters[name] for name in file.parameters if name in parameters}
    return Step(file.table, fingerprint(base, file.table, file.sha256, given, below))


def step_of_cycle(name: str, study: Study, cycle: Cycle, *below: object) -> Step:
    """A step whose result is of one cycle, seen from one day."""
    return Step(name, fingerprint(base_of(study), name, repr(cycle), *below), cycle.key)


def tables_in(steps: Mapping[str, Step]) -> dict[str, str]:
    """Table → fingerprint, for a step that may read any of them."""
    return {name: step.fingerprint for name, step in steps.items()}
