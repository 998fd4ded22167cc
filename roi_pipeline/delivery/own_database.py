"""Opens a file of SQLite that is the owner's alone and whose commits are on disk when they return."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

OWN_FILE, OWN_FOLDER = 0o600, 0o700
BUSY_SECONDS = 60


@contextmanager
def own_database(path: Path, schema: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection that commits every statement outside a transaction by itself.

    Args:
        path: the file; made, with its folder, where it is not there.
        schema: statements that make the tables where they do not exist yet.
    """
    path.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, OWN_FILE))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("pragma synchronous = full")
        for statement in schema:
            connection.execute(statement)
        yield connection
    finally:
        connection.close()
