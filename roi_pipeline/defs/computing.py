"""The assets that compute: exports, facts, effects, credit and money, without reports or editions.

The whole graph stands on them, and an edition is computed anew from them alone.
"""

import dagster as dg

from roi_pipeline.defs.assets.credit import credit_assets
from roi_pipeline.defs.assets.effects import effect_assets
from roi_pipeline.defs.assets.exports import export_assets
from roi_pipeline.defs.assets.facts import fact_assets
from roi_pipeline.defs.assets.roi import roi_assets
from roi_pipeline.domain.study import Study


def computing_assets(study: Study) -> list[dg.AssetsDefinition]:
    """Every asset up to the money of every module and of all together."""
    return [
        *export_assets(study),
        *fact_assets(study),
        *effect_assets(study),
        *credit_assets(study),
        *roi_assets(study),
    ]
