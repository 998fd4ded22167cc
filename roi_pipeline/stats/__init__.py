"""Samples and panels in, effects out: the room that estimates, and says what stands behind a number.

Designs are narrow functions from values to values; `choice` picks the strongest the data allow,
`diagnostics` tries to break it, and `evaluate.evaluate_module` is the one entry point. Money,
reading of data and words for readers belong to other rooms.
"""

from roi_pipeline.stats.evaluate import evaluate_module

__all__ = ["evaluate_module"]
