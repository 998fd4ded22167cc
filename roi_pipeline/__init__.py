"""Measures, every cycle, what each AI module a company uses has changed and what that is worth.

In a notebook `roi_pipeline.evaluate(frame, outcome=…, treated=…)` answers for one frame.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roi_pipeline.usecases.evaluate import Evaluation as Evaluation
    from roi_pipeline.usecases.evaluate import evaluate as evaluate

__version__ = "0.1.0"
SHOWN = ("Evaluation", "evaluate")


def __getattr__(name: str) -> object:
    """What notebooks use, imported when it is asked for: the libraries behind it take a second."""
    if name in SHOWN:
        return getattr(import_module("roi_pipeline.usecases.evaluate"), name)
    raise AttributeError(f"module 'roi_pipeline' has no attribute {name!r}")
