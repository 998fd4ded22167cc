"""`roi …`: the same asset graph and the same use cases from the command line.

One file per group of commands, over `app`; everything heavy is imported inside the command that needs
it, so that `roi --help` answers at once. What is printed is worded in `reporting.console`.
"""

import atexit
import gc
import os
import sys
from contextlib import suppress

from roi_pipeline.cli import ahead, editions, evaluations, operations, runs, studies, trials
from roi_pipeline.cli.app import commands

__all__ = [
    "ahead",
    "commands",
    "editions",
    "evaluations",
    "main",
    "operations",
    "runs",
    "studies",
    "trials",
]

# A command lives for seconds and makes few cycles; at Python's own thresholds a tenth of a closing's
# processor time went into looking for them among the objects of the libraries.
COLLECT_AFTER = (50_000, 20, 20)


def main() -> None:
    """Entry point of the `roi` command."""
    gc.set_threshold(*COLLECT_AFTER)
    try:
        commands(prog_name="roi")
    except SystemExit as end:
        if isinstance(end.code, int | None):
            _leave(end.code or 0)
        raise


def _leave(status: int) -> None:
    """End without taking apart what the process has loaded, which is a tenth of a night without news.

    A library's background thread that is still alive would also keep DuckDB from being unloaded, and its
    bindings then print a page of "leaked instances" behind the command's own lines.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - what the end of the interpreter would have run
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
