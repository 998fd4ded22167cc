"""What is fetched from a bucket, a database or another folder, so that it can be kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from roi_pipeline.archive import file_sha256
from roi_pipeline.domain.contracts import Column, Contract, DatabaseLocation, FileLocation
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.delivering import deliver_export
from roi_pipeline.sources.snapshots import fetch_files, is_outside

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


def _contract(location: FileLocation | DatabaseLocation) -> Contract:
    columns = (Column("lead_id_crm", "text", ("lead",)), Column("day", "date", ("day",)))
    return Contract("crm", "leads", location, columns)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (FileLocation("exports/*.csv", "csv"), False),
        (FileLocation("../exports/*.csv", "csv"), True),
        (FileLocation("/data/*.csv", "csv"), True),
        (FileLocation("s3://bucket/*.csv", "csv"), True),
        (DatabaseLocation("sqlite:///a.db", "leads"), True),
    ],
)
def test_a_contract_is_outside_when_its_files_may_change_without_the_study(
    location: FileLocation | DatabaseLocation, *, expected: bool
) -> None:
    assert is_outside(_contract(location)) is expected


def test_the_rows_of_a_query_come_with_their_names_and_the_fingerprint_of_loading(
    tmp_path: Path,
) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db")) as connection, connection:
        connection.execute("create table leads (lead text, day text)")
        connection.executemany(
            "insert into leads values (?, ?)", [("A", "2026-01-01"), ("B", None)]
        )
    contract = _contract(DatabaseLocation("sqlite:///crm.db", "select lead, day from leads"))
    (tmp_path / "one").mkdir()
    (snapshot,) = fetch_files(contract, folder=tmp_path, scratch=tmp_path / "one", environment={})
    (delivery,) = deliver_export(contract, folder=tmp_path, scratch=tmp_path / "two")
    assert snapshot.sha256 == delivery.sha256
    kept = _contract(FileLocation(snapshot.file.relative_to(tmp_path).as_posix(), "parquet"))
    (again,) = deliver_export(kept, folder=tmp_path, scratch=tmp_path / "three")
    assert (again.error, again.headers) == ("", ("lead", "day"))


def test_files_of_one_name_in_two_folders_are_kept_apart(tmp_path: Path) -> None:
    for folder in ("north", "south"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / "leads.csv").write_text(f"lead,day\n{folder},\n", "utf-8")
    contract = _contract(FileLocation(f"{tmp_path}/data/*/leads.csv", "csv"))
    found = fetch_files(contract, folder=tmp_path / "study", scratch=tmp_path, environment={})
    assert len({snapshot.name for snapshot in found}) == 2
    assert [snapshot.sha256 for snapshot in found] == [
        file_sha256(tmp_path / "data" / folder / "leads.csv") for folder in ("north", "south")
    ]


@pytest.fixture
def bucket() -> Iterator[str]:
    """The endpoint of a bucket server with one object in it."""
    pytest.importorskip("moto")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="key",
        aws_secret_access_key="secret",
    )  # fmt: skip
    client.create_bucket(Bucket="exports")
    client.put_object(Bucket="exports", Key="crm/leads_1.csv", Body=b"lead,day\nA,2026-01-01\n")
    yield endpoint
    server.stop()


@pytest.mark.server
def test_the_objects_of_a_bucket_are_fetched_as_they_are(bucket: str, tmp_path: Path) -> None:
    contract = _contract(FileLocation("s3://exports/crm/*.csv", "csv"))
    environment = {**KEYS, "AWS_ENDPOINT_URL": bucket}
    (snapshot,) = fetch_files(contract, folder=tmp_path, scratch=tmp_path, environment=environment)
    assert snapshot.file.read_bytes() == b"lead,day\nA,2026-01-01\n"
    assert snapshot.sha256 == file_sha256(snapshot.file)
    assert snapshot.path == "s3://exports/crm/leads_1.csv"
    none = _contract(FileLocation("s3://exports/erp/*.csv", "csv"))
    with pytest.raises(NeedsAHuman, match="no object matches"):
        fetch_files(none, folder=tmp_path, scratch=tmp_path, environment=environment)
