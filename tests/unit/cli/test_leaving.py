"""A command ends without a word of the libraries it used."""

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


def test_a_thread_at_work_leaves_status_and_output_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_A_THREAD], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "written", "")
