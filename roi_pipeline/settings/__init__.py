"""The door: a study folder and the product's catalogue, read, checked and turned into domain values.

Everything wrong is collected in one list before anything is refused. Nothing here reads exports,
runs SQL or computes. Importing the room is cheap; pydantic is loaded with the first reading.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roi_pipeline.settings.catalogue import read_catalogue, read_standard_contracts
    from roi_pipeline.settings.study import read_study, study_problems

__all__ = ["read_catalogue", "read_standard_contracts", "read_study", "study_problems"]

HOMES = {
    "read_catalogue": "catalogue",
    "read_standard_contracts": "catalogue",
    "read_study": "study",
    "study_problems": "study",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names have their own types above
    if name not in HOMES:
        msg = f"roi_pipeline.settings has no {name!r}; it offers {', '.join(__all__)}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
