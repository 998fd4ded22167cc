"""What `roi check` can tell of the exports before anything is loaded: are they there, do they fit?

Only files of the study folder and beside it are looked at; buckets and databases wait for the run.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import RoiError
from roi_pipeline.usecases.studies import study_in


def export_notes(folder: Path) -> tuple[str, ...]:
    """One sentence per file that is missing, cannot be read, or lacks a column."""
    study = study_in(str(folder))
    return tuple(
        f"{contract.file}: {note}"
        for contract in study.contracts
        if isinstance(contract.location, FileLocation) and "://" not in contract.location.glob
        for note in _notes(contract, folder)
    )


def _notes(contract: Contract, folder: Path) -> Iterator[str]:
    from roi_pipeline.sources.delivering import deliver_export

    with TemporaryDirectory() as scratch:
        for delivery in deliver_export(contract, folder=folder, scratch=Path(scratch)):
            yield from [delivery.error] if delivery.error else _header_notes(contract, delivery)


def _header_notes(contract: Contract, delivery: Delivery) -> Iterator[str]:
    from roi_pipeline.engines.loading.headers import match_headers

    try:
        match = match_headers(contract, delivery)
    except RoiError as error:
        yield str(error)
        return
    if match.missing:
        columns = ", ".join(match.missing)
        yield f"{delivery.path} has no header for {columns}; correct header, or delete the columns"
