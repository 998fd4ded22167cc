"""A full disk is nothing wrong with a file: it ends the loading, and no file is left out because of it."""

from pathlib import Path

import pytest
from loading_office import Office, column, contract_of

from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import DiskIsFull, NeedsAHuman
from roi_pipeline.engines.loading import deliver, read_file_loads, stage_export

CONTRACT = contract_of(column("id", "integer", is_required=True))
FULL = 'could not be read (Could not write file "warehouse.duckdb.wal": No space left on device)'


def stage(office: Office, *deliveries: Delivery) -> None:
    with office.warehouse() as connection:
        stage_export(connection, CONTRACT, deliveries, study=office.study, hash_people=None)


def test_a_disk_that_fills_up_while_files_are_prepared_ends_the_loading(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with pytest.raises(DiskIsFull, match="give the same command again"):
        stage(office, Delivery("shop__calls/a.csv", "shop__calls", "a.csv", error=f"a.csv {FULL}"))
    with office.warehouse() as connection:
        assert read_file_loads(connection) == ()


def test_a_disk_that_fills_up_while_rows_are_read_ends_the_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(tmp_path)
    office.deliver("a.csv", "id\n1\n")
    monkeypatch.setattr(deliver, "read_file", _full)
    with pytest.raises(DiskIsFull):
        office.load(CONTRACT)


def _full(*_: object, **__: object) -> None:
    raise NeedsAHuman(f"exports/a.csv {FULL}; have it delivered anew")


def test_a_file_called_disk_full_may_be_unreadable(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.deliver("disk full.csv", b"")
    (load,) = office.load(CONTRACT)
    assert load.status == "unreadable"
