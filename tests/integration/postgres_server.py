"""A Postgres server of Debian's package on loopback, for as long as a test needs it."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
needs_postgres = pytest.mark.skipif(not BINARIES, reason="Debian's postgresql is not installed")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_server(*command: str) -> None:
    """Postgres refuses to run as root."""
    prefix = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
    subprocess.run([*prefix, *command], check=True, capture_output=True, cwd="/")


@contextmanager
def postgres_server() -> Iterator[int]:
    """The port of an empty server whose user `roi` needs no password."""
    folder = Path(
        subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip()
    )
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port, binaries = free_port(), BINARIES[0]
    data, control = str(folder / "data"), str(binaries / "pg_ctl")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    try:
        as_server(str(binaries / "initdb"), "-D", data, "-U", "roi", "-A", "trust", "-E", "UTF8")
        as_server(control, "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield port
        finally:
            as_server(control, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, statements: str) -> str:
    """What psql prints of statements, without headings."""
    command = [BINARIES[0] / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "roi", "postgres"]
    done = subprocess.run(
        [*command, "-qtAc", statements], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
