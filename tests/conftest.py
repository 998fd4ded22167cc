"""The same examples in every run (`ci`): a law that fails here fails everywhere.

`make fuzz SECONDS=600` looks at fresh ones (`fuzz`). What is marked `soak` takes hours and runs only where
it is asked for: `make soak`.
"""

import gc

import pytest
from hypothesis import settings

from roi_pipeline.cli import COLLECT_AFTER

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("fuzz", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("ci")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" in config.getoption("markexpr"):
        return
    soaking = [item for item in items if item.get_closest_marker("soak")]
    config.hook.pytest_deselected(items=soaking)
    items[:] = [item for item in items if item not in soaking]


def pytest_collection_finish() -> None:
    """What stands when the tests begin stands at their end: looking through it for garbage takes half a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
