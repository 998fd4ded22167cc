"""A command ends without a word of the libraries it used."""

import os
import subprocess
import sys

WITH_A_THREAD = """
import sys, threading, time
import duckdb
from roi_pipeline import cli

class Commands:
    def __call__(self, **_):
        started = threading.Event()
        def at_work():
            connection = duckdb.connect()
            started.set()
            time.sleep(60)
        threading.Thread(target=at_work, daemon=True).start()
        started.wait()
        print("written", end="")
        sys.exit(3)

cli.commands = Commands()
cli.main()
"""


WITHOUT_A_READER = """
import sys
from roi_pipeline import cli

class Commands:
    def __call__(self, **_):
        print("for nobody", end="")
        sys.exit(3)

cli.commands = Commands()
cli.main()
"""


def test_output_that_nobody_reads_any_more_leaves_the_status_alone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_READER],
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (3, "")


def test_a_thread_at_work_leaves_status_and_output_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_THREAD], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "written", "")
