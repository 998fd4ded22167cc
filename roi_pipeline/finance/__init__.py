"""From effects to money: costs, benefits, returns, ratings, decisions.

Standard library and pyxirr only. `value_module` is the entry; `periods` says beforehand over which
days volumes are needed, `find_problems` what is wrong with the declarations.
"""

from roi_pipeline.finance.double_counting import monetised_twice
from roi_pipeline.finance.periods import periods, standard_of_cycle
from roi_pipeline.finance.problems import find_problems
from roi_pipeline.finance.value import value_module

__all__ = ["find_problems", "monetised_twice", "periods", "standard_of_cycle", "value_module"]
