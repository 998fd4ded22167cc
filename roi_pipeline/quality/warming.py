"""Loads Great Expectations beside other work: its import takes seconds, DuckDB's reading does too."""

import os
import threading
import warnings
from importlib import import_module


def warm_up() -> None:
    """Begin to import Great Expectations in the background; calling it again does nothing."""
    if not any(thread.name == _import.__name__ for thread in threading.enumerate()):
        threading.Thread(target=_import, name=_import.__name__, daemon=True).start()


def _import() -> None:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module("great_expectations")
