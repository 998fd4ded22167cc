"""From effects to money: costs, benefits, returns, ratings, decisions.

Standard library and pyxirr only. `value_module` is the entry; `periods` says beforehand over which
days volumes are needed, `find_problems` what is wrong with the declarations.
"""

from roi_pipeline.finance.bridge import bridge
from roi_pipeline.finance.double_counting import monetised_twice
from roi_pipeline.finance.periods import go_live, periods, standard_of_cycle, volume_metrics
from roi_pipeline.finance.pooling import PORTFOLIO
from roi_pipeline.finance.portfolio import value_portfolio
from roi_pipeline.finance.problems import find_problems
from roi_pipeline.finance.register import assumption_changes, versions
from roi_pipeline.finance.value import trend, value_module

__all__ = [
    "PORTFOLIO",
    "assumption_changes",
    "bridge",
    "find_problems",
    "go_live",
    "monetised_twice",
    "periods",
    "standard_of_cycle",
    "trend",
    "value_module",
    "value_portfolio",
    "versions",
    "volume_metrics",
]
