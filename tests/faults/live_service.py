"""The service as it is installed: `roi ui` with webserver and daemon, its storage in Postgres."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import dagster as dg
from postgres_server import free_port
from tiny_study import END, write_tiny_study, write_visits
from year_of_nights import edit

from roi_pipeline.defs.home import SETTINGS
from roi_pipeline.domain.paths import StudyPaths

ZONES = ("UTC", "Asia/Shanghai")
STORAGE = """\
storage:
  postgres:
    postgres_url: postgresql+psycopg2://roi:unused@127.0.0.1:{port}/postgres
"""


def zone_by_day() -> str:
    """A time zone in which midnight is hours away."""
    return next(name for name in ZONES if 3 <= datetime.now(ZoneInfo(name)).hour < 20)


def write_open_study(folder: Path, zone: str) -> Path:
    """The tiny study with rows up to yesterday, whose last month matures today."""
    today = datetime.now(ZoneInfo(zone)).date()
    write_tiny_study(folder)
    settings = folder / "study.toml"
    edit(settings, ", end = 2026-04-15 }", " }")
    edit(settings, '"Asia/Shanghai"', f'"{zone}"')
    edit(settings, "maturity_days = 3", f"maturity_days = {today.day - 1}")
    days = [END + timedelta(days=number) for number in range((today - END).days)]
    write_visits(folder / "exports/visits_since.csv", days, Random(5))  # noqa: S311
    return folder


def keep_runs_in_postgres(folder: Path, port: int) -> Path:
    """What whoever runs the service adds to its dagster.yaml; the instance's folder."""
    home = StudyPaths(folder).dagster_home.resolve()
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(SETTINGS + STORAGE.format(port=port), "utf-8")
    return home


def start_in(folder: Path, zone: str, minutes: int) -> None:
    """Let the nightly run start at the minute that is so many minutes away, the closing one later."""
    soon = datetime.now(ZoneInfo(zone)) + timedelta(minutes=minutes)
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'\n[operations]\nnightly_at = "{soon:%H:%M}"\n'
            f'close_at = "{soon + timedelta(minutes=1):%H:%M}"\n'
        )


@contextmanager
def running_ui(folder: Path, log: Path) -> Iterator[int]:
    """`roi ui` on a free port until the block ends, stopped as Ctrl-C stops it."""
    port = free_port()
    command = [sys.executable, "-m", "roi_pipeline.cli", "ui", str(folder), "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command, stdout=file, stderr=file, env=environment, start_new_session=True
        ) as process,
    ):
        try:
            yield port
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def is_up(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(
    instance: dg.DagsterInstance, is_over: Callable[[list[dg.DagsterRun]], bool], seconds: float
) -> list[dg.DagsterRun]:
    """The runs of an instance once they are as awaited, or as they are when time is over."""
    ends = time.monotonic() + seconds
    while not is_over(runs := list(instance.get_runs())) and time.monotonic() < ends:
        time.sleep(2)
    return runs
