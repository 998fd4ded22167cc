"""Room: quality. What a contract demands, as rules Great Expectations runs inside DuckDB.

A contract becomes rules (`rules`), rules become expectations (`expectations`), their outcomes
become findings (`validating`), and findings become a static site (`site`). Loading, quarantining
and keeping results belong to `engines`; this room only reads the staged delivery.
Nothing heavy is imported before the first validation.
"""

from roi_pipeline.quality.records import RULE_RESULT_COLUMNS, rule_result_rows
from roi_pipeline.quality.rules import expectation_names
from roi_pipeline.quality.site import write_site
from roi_pipeline.quality.validating import validate_export
from roi_pipeline.quality.warming import warm_up

__all__ = [
    "RULE_RESULT_COLUMNS",
    "expectation_names",
    "rule_result_rows",
    "validate_export",
    "warm_up",
    "write_site",
]
