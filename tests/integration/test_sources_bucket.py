"""Files in an S3-compatible bucket, tried against moto's server on loopback."""

import gzip
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engines"))

from loading_office import Office, column, contract_of

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.sources.delivering import deliver_export

pytestmark = pytest.mark.server
KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="tester",
        aws_secret_access_key="not-a-secret",
    )  # fmt: skip
    client.create_bucket(Bucket="exports")
    files = {
        "crm/2026/b.csv": "编号,姓名\n3,丙\n".encode("gb18030"),
        "crm/2026/a.csv": "编号,姓名\n1,甲\n2,乙\n".encode(),
        "crm/2026/deep/c.csv": "编号,姓名\n4,丁\n".encode(),
        "crm/2026/d.csv.gz": gzip.compress("编号,姓名\n5,戊\n".encode()),
        "crm/other.txt": b"x",
    }
    for key, body in files.items():
        client.put_object(Bucket="exports", Key=key, Body=body)
    yield address
    server.stop()


@pytest.fixture
def office(tmp_path: Path, endpoint: str) -> Office:
    office = Office(tmp_path)
    office.environment = {**KEYS, "AWS_ENDPOINT_URL": endpoint}
    return office


def bucket(glob: str, **options: str) -> Contract:
    contract = contract_of(
        column("id", "integer", "编号", is_required=True),
        column("name", header="姓名"),
        key=("id",),
    )
    return replace(contract, location=FileLocation(glob, "csv", options=options))


def test_objects_that_match_are_files_of_the_export(office: Office) -> None:
    loads = office.load(bucket("s3://exports/crm/2026/*.csv"))
    assert [(load.path, load.encoding, load.rows_loaded) for load in loads] == [
        ("s3://exports/crm/2026/a.csv", "utf-8", 2), ("s3://exports/crm/2026/b.csv", "gb18030", 1),
    ]  # fmt: skip
    assert office.table(bucket("")) == [(1, "甲"), (2, "乙"), (3, "丙")]
    assert {load.status for load in office.load(bucket("s3://exports/crm/2026/*.csv"))} == {
        "unchanged"
    }


def test_two_stars_look_into_every_folder_and_archives_are_unpacked(office: Office) -> None:
    loads = office.load(bucket("s3://exports/crm/**/*.csv*"))
    assert sum(load.rows_loaded for load in loads) == 5


def test_options_of_the_contract_name_endpoint_and_keys(office: Office, endpoint: str) -> None:
    office.environment = {"BUCKET_SECRET": "not-a-secret"}
    contract = bucket(
        "s3://exports/crm/2026/a.csv", endpoint=endpoint, access_key_id="tester",
        secret_access_key="${BUCKET_SECRET}", region="us-east-1",
    )  # fmt: skip
    assert office.load(contract)[0].rows_loaded == 2


def test_a_glob_that_matches_nothing_and_a_bucket_that_is_not_there_are_told(
    office: Office,
) -> None:
    (load,) = office.load(bucket("s3://exports/erp/*.csv"))
    assert "no object matches s3://exports/erp/*.csv" in load.error
    (load,) = office.load(bucket("s3://nowhere/*.csv"))
    assert "bucket nowhere refused" in load.error


def test_a_bucket_that_does_not_answer_may_answer_later(office: Office) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    contract = bucket("s3://exports/*.csv", endpoint=f"http://127.0.0.1:{port}")
    (delivery,) = deliver_export(
        contract, folder=office.folder, scratch=office.folder / "s", environment=KEYS
    )
    assert delivery.may_pass_later
    assert "could not be read" in delivery.error
