"""A secret in every place a setting can hold one, and every server failing: none is shown or kept."""

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType

import pytest
from servers import Script, scripted_server
from spilled import places
from tiny_study import write_tiny_study

from roi_pipeline.domain.contracts import DatabaseLocation, FileLocation
from roi_pipeline.domain.errors import RoiError
from roi_pipeline.sources.buckets import files_in_bucket
from roi_pipeline.sources.databases import query_to_parquet

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]
SECRETS = {
    "DB_USER": "plantedUserQz7", "DB_A": "pl@nted:Pass/w?rd#Wx4", "DB_B": "plantedQueryKv9",
    "DB_HOST": "plantedHostJd2.invalid", "DB_URL_PASSWORD": "plantedWholeRt5",
    "BUCKET_KEY": "AKIAPLANTEDKEYMB3", "BUCKET_SECRET": "plantedBucketHf8/xyz",
    "BUCKET_TOKEN": "plantedTokenNs1", "BUCKET_LOGIN": "plantedLoginGy6",
    "SMTP_USER": "plantedMailerLc0", "SMTP_PASSWORD": "plantedSmtpPassTu8",
    "CHANNEL": "plantedChannelVa3", "BARE_CHANNEL": "plantedBareZe4",
}  # fmt: skip
# Pieces of the awkward password that a driver might show when it misreads the address.
PIECES = {"a piece": "Pass/w", "another piece": "rd#Wx4", "encoded": "pl%40nted"}
URLS = {
    "login and query": "postgresql://${DB_USER}:${DB_A}@127.0.0.1:1/db?password=${DB_B}",
    "query only": "postgresql://127.0.0.1:1/db?user=${DB_USER}&password=${DB_B}&connect_timeout=1",
    "an unknown option": "postgresql://127.0.0.1:1/db?passwort=${DB_B}",
    "the whole address": "${WHOLE}",
    "no address at all": "${DB_B}",
    "an unknown kind": "mysql://${DB_USER}:${DB_A}@127.0.0.1/db",
    "an SQLite file": "sqlite:///${DB_B}.db",
    "a port that is none": "postgresql://${DB_USER}:${DB_A}@127.0.0.1:${DB_B}/db",
    "a login written out": "postgresql://plantedUserQz7:plantedQueryKv9@127.0.0.1:1/db",
}
ENVIRONMENT = {**SECRETS, "WHOLE": f"postgresql://roi:{SECRETS['DB_URL_PASSWORD']}@127.0.0.1:1/db"}


class Refusing(BaseHTTPRequestHandler):
    """An object store that refuses and repeats everything it was sent."""

    def _refuse(self) -> None:
        body = (
            f"<Error><Code>AccessDenied</Code><Message>{self.path} {self.headers}</Message></Error>"
        )
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_GET = do_HEAD = do_POST = do_PUT = _refuse  # noqa: N815

    def log_message(self, *_: object, **__: object) -> None:
        pass


class Echo(socketserver.StreamRequestHandler):
    """A database server that answers whatever is said with an error that repeats it."""

    def handle(self) -> None:
        said = self.request.recv(8)
        self.request.sendall(b"N")
        said = self.request.recv(4096)
        fields = b"SFATAL\0C28000\0M" + said.replace(b"\0", b" ") + b"\0\0"
        self.request.sendall(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)


@contextmanager
def serving(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def shown(error: BaseException) -> str:
    """All a traceback would print of an error: its text and the texts of what it is chained to."""
    import traceback

    return "".join(traceback.format_exception(error))


def assert_nothing_planted(text: str) -> None:
    assert [label for label, value in (SECRETS | PIECES).items() if value in text] == [], text


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_a_database_that_fails_shows_nothing_of_its_address(tmp_path: Path, url: str) -> None:
    location = DatabaseLocation(url, "select 1")
    with pytest.raises(RoiError) as caught:
        query_to_parquet(location, tmp_path / "rows", folder=tmp_path, environment=ENVIRONMENT)
    assert_nothing_planted(shown(caught.value))


def test_a_database_that_repeats_what_it_was_told_shows_nothing(tmp_path: Path) -> None:
    with serving(Echo) as port:
        url = f"postgresql://${{DB_USER}}:${{DB_A}}@127.0.0.1:{port}/${{DB_B}}"
        with pytest.raises(RoiError) as caught:
            query_to_parquet(
                DatabaseLocation(url, "select 1"), tmp_path / "rows", folder=tmp_path,
                environment=ENVIRONMENT,
            )  # fmt: skip
    assert "refused" in str(caught.value) or "could not be read" in str(caught.value)
    assert_nothing_planted(shown(caught.value))


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:{port}", "http://roi:${BUCKET_LOGIN}@[{port}"]
)
def test_a_bucket_that_refuses_shows_none_of_its_keys(tmp_path: Path, endpoint: str) -> None:
    with serving(Refusing) as port:
        options = {
            "endpoint": endpoint.replace("{port}", str(port)), "access_key_id": "${BUCKET_KEY}",
            "secret_access_key": "${BUCKET_SECRET}", "session_token": "${BUCKET_TOKEN}",
        }  # fmt: skip
        location = FileLocation("s3://bucket/*.csv", "csv", options=MappingProxyType(options))
        with pytest.raises(RoiError) as caught:
            files_in_bucket(location, tmp_path, environment=ENVIRONMENT)
    assert_nothing_planted(shown(caught.value))


SOURCE = """\
system = "{system}"
entity = "rows"
owner = "sales"

[location]
{location}

[key]
columns = ["row_id"]

[[column]]
name = "row_id"
type = "text"
header = "id"
"""


def source(folder: Path, system: str, location: str) -> None:
    path = folder / f"sources/{system}__rows.toml"
    path.write_text(SOURCE.format(system=system, location=location), "utf-8")


def roi(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "roi_pipeline.cli", *arguments[:1], str(folder), *arguments[1:]],
        env={**os.environ, **environment, "PYTHONFAULTHANDLER": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.slow
def test_no_secret_of_any_setting_stands_in_any_file_database_or_log(tmp_path: Path) -> None:
    """`roi run`, `roi close` and `roi send` with every database, bucket and mail server failing."""
    folder = write_tiny_study(tmp_path / "study")
    script = Script(always=("auth", f"535 no {SECRETS['SMTP_USER']} {SECRETS['SMTP_PASSWORD']}"))
    script.offers_login = True
    with scripted_server(script) as mail_port, serving(Refusing) as bucket_port:
        for number, url in enumerate(list(URLS.values())[:4]):
            source(folder, f"db{number}", f'url = "{url}"\nquery = "select 1 as id"')
        source(
            folder, "bucket",
            f'glob = "s3://bucket/*.csv"\nkind = "csv"\n[location.options]\nendpoint = '
            f'"http://127.0.0.1:{bucket_port}"\naccess_key_id = "${{BUCKET_KEY}}"\n'
            'secret_access_key = "${BUCKET_SECRET}"\nsession_token = "${BUCKET_TOKEN}"',
        )  # fmt: skip
        environment = {
            **ENVIRONMENT, "ROI_SMTP_HOST": "127.0.0.1", "ROI_SMTP_PORT": str(mail_port),
            "ROI_SMTP_SECURITY": "none", "ROI_SMTP_FROM": "roi@example.com",
            "ROI_SMTP_USER": SECRETS["SMTP_USER"], "ROI_SMTP_PASSWORD": SECRETS["SMTP_PASSWORD"],
            "ROI_CHANNELS": f"json://127.0.0.1:1/{SECRETS['CHANNEL']}",
        }  # fmt: skip
        said = roi(folder, environment, "run", "--cycle", "2026-02", "--as-of", "2026-03-04")
        said += roi(folder, environment, "close", "--cycle", "2026-02", "--accept-gaps")
        for n in range(4):
            (folder / f"sources/db{n}__rows.toml").unlink(missing_ok=True)
        (folder / "sources/bucket__rows.toml").unlink()
        said += roi(folder, environment, "close", "--cycle", "2026-02", "--accept-gaps")
        said += roi(folder, environment, "send", "--edition", "2026-02")
        environment["ROI_CHANNELS"] = SECRETS["BARE_CHANNEL"]
        said += roi(folder, environment, "send", "--edition", "2026-02")
    assert "could not be read" in said or "refused" in said
    assert "535 no ••• •••" in said
    assert (folder / "out/published.duckdb").is_file()
    assert list((folder / "out/editions").glob("*/final-1"))
    assert_nothing_planted(said)
    assert places(folder / "out", SECRETS | PIECES) == {}


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    import sqlite3
    import zipfile

    import duckdb

    with duckdb.connect(tmp_path / "a.duckdb") as connection:
        connection.execute("create table t as select 'planted' || i::text v from range(5000) r(i)")
    with sqlite3.connect(tmp_path / "b.sqlite") as lite:
        lite.execute("create table t as select 'planted1' v")
    lite.close()
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", "planted1" * 50)
    found = places(tmp_path, {"it": "planted1"})["it"]
    assert {"a.duckdb/main.t", "b.sqlite/t", "c.xlsx/sheet.xml"} <= set(found)
