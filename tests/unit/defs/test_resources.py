"""Assets are given plain objects, and the day a run is made for."""

from datetime import date
from pathlib import Path

import dagster as dg

from roi_pipeline.defs.resources import AS_OF_TAG, StudyResource, WarehouseResource, as_of_run
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.studies import last_known_day, study_in

CLINIC = Path(__file__).parents[3] / "studies" / "clinic"
SEEN: dict[str, object] = {}


@dg.asset
def seen(
    context: dg.AssetExecutionContext,
    study: dg.ResourceParam[Study],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult:
    SEEN.update(study=study, warehouse=warehouse, day=as_of_run(context, study))
    return dg.MaterializeResult()


def materialise(tags: dict[str, str]) -> None:
    resources = {
        "study": StudyResource(folder=str(CLINIC)),
        "warehouse": WarehouseResource(folder=str(CLINIC), threads=2),
    }
    SEEN.clear()
    assert dg.materialize([seen], resources=resources, tags=tags).success


def test_a_resource_is_the_plain_object() -> None:
    materialise({})
    study, paths = study_in(str(CLINIC)), StudyPaths(CLINIC)
    assert SEEN["study"] is study
    assert SEEN["warehouse"] == Warehouse(paths.warehouse, paths.published, threads=2)


def test_the_day_of_a_run_is_its_tag_else_the_end_of_the_history() -> None:
    materialise({})
    assert SEEN["day"] == last_known_day(study_in(str(CLINIC)))
    materialise({AS_OF_TAG: "2026-05-01"})
    assert SEEN["day"] == date(2026, 5, 1)
