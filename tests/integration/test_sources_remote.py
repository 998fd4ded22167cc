"""Files on an SFTP server and at an HTTPS address, tried against real servers on loopback."""

import base64
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import asyncssh
import pytest
import trustme
from sftp_server import PASSWORD, SftpServer, sftp_server

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "engines"))

from loading_office import Office, column, contract_of

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.sources import sftp
from roi_pipeline.sources.delivering import deliver_export

pytestmark = pytest.mark.server
CSV = "id,name\n1,a\n2,b\n"
OWN_KEY = asyncssh.generate_private_key("ssh-ed25519")
TOKEN = "t0ken-of-https"


def contract(glob: str, **options: str) -> Contract:
    return replace(
        contract_of(column("id", "integer", is_required=True), column("name"), key=("id",)),
        location=FileLocation(glob, "csv", options=options),
    )


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """What the SFTP server shows: a finished file, two uploads under way, a folder of its own."""
    folder = tmp_path / "served"
    (folder / "calls/old").mkdir(parents=True)
    for name in ("calls/2026-05.csv", "calls/2026-06.csv.part", "calls/.2026-07.csv"):
        (folder / name).write_text(CSV, "utf-8")
    (folder / "calls/2026-06.csv.part").write_text("half", "utf-8")
    return folder


@pytest.fixture
def server(served: Path, tmp_path: Path) -> Iterator[SftpServer]:
    OWN_KEY.write_public_key(tmp_path / "authorized")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    with sftp_server(served, authorized=tmp_path / "authorized") as server:
        yield server


@pytest.fixture
def login(server: SftpServer) -> dict[str, str]:
    return {
        "host_key": server.host_key, "password_file": "password", "stable_seconds": "0.05",
        "timeout_seconds": "10",
    }  # fmt: skip


def delivered(tmp_path: Path, given: Contract) -> tuple[Delivery, ...]:
    found = deliver_export(given, folder=tmp_path, scratch=tmp_path / "scratch", environment={})
    for each in found:
        assert PASSWORD not in repr(each)
        assert TOKEN not in repr(each)
    return found


def error_of(tmp_path: Path, given: Contract) -> tuple[str, bool]:
    (found,) = delivered(tmp_path, given)
    assert found.error
    return found.error, found.may_pass_later


def test_finished_files_are_loaded_and_known_the_night_after(
    tmp_path: Path, server: SftpServer, login: dict[str, str]
) -> None:
    office = Office(tmp_path)
    given = contract(server.address("/calls/*.csv*"), **login)
    (load,) = office.load(given)
    assert load.path == f"sftp://127.0.0.1:{server.port}/calls/2026-05.csv"
    assert (load.rows_loaded, office.table(given)) == (2, [(1, "a"), (2, "b")])
    assert [each.status for each in office.load(given)] == ["unchanged"]


def test_a_key_with_a_passphrase_lets_in(
    tmp_path: Path, server: SftpServer, login: dict[str, str]
) -> None:
    del login["password_file"]
    OWN_KEY.write_private_key(tmp_path / "id_roi", passphrase="words of the key")
    (tmp_path / "phrase").write_text("words of the key\n", "utf-8")
    keys = {"key_file": "id_roi", "passphrase_file": "phrase"}
    (found,) = delivered(tmp_path, contract(server.address("/calls/*.csv"), **login, **keys))
    assert (found.error, found.records) == ("", 2)


def test_a_file_that_still_grows_waits(
    tmp_path: Path, server: SftpServer, login: dict[str, str], served: Path
) -> None:
    growing = served / "calls/2026-08.csv"
    growing.write_text("id,name\n3,c\n", "utf-8")
    is_over = threading.Event()

    def grow() -> None:
        number = 10
        while not is_over.wait(0.02):
            number += 1
            with growing.open("a", encoding="utf-8") as file:
                file.write(f"{number},x\n")

    thread = threading.Thread(target=grow)
    thread.start()
    login["stable_seconds"] = "0.5"
    try:
        names = [
            d.path for d in delivered(tmp_path, contract(server.address("/calls/*.csv"), **login))
        ]
        error, may_pass = error_of(
            tmp_path, contract(server.address("/calls/2026-08.csv"), **login)
        )
    finally:
        is_over.set()
        thread.join()
    assert [name.rpartition("/")[2] for name in names] == ["2026-05.csv"]
    assert ("still growing" in error, may_pass) == (True, True)
    after = delivered(tmp_path, contract(server.address("/calls/*.csv"), **login))
    assert [each.path.rpartition("/")[2] for each in after] == ["2026-05.csv", "2026-08.csv"]


@pytest.mark.parametrize(
    ("marker", "file"), [("_DONE", "calls/_DONE"), ("*.done", "calls/2026-05.csv.done")]
)
def test_with_a_marker_nothing_is_taken_before_it_is_there(
    tmp_path: Path, server: SftpServer, login: dict[str, str], served: Path, marker: str, file: str
) -> None:
    given = contract(server.address("/calls/*2026*"), **login, done_marker=marker)
    error, may_pass = error_of(tmp_path, given)
    assert (f"has no {marker}" in error, may_pass) == (True, True)
    (served / file).touch()
    assert [each.path.rpartition("/")[2] for each in delivered(tmp_path, given)] == ["2026-05.csv"]


def other_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


@pytest.mark.parametrize(
    ("change", "path", "parts", "may_pass"),
    [
        ({"host_key": other_key()}, "/calls/*.csv",
         ("server's key is not host_key", "nothing was sent"), False),
        ({"host_key": ""}, "/calls/*.csv", ("unknown host", "host_key", "ssh-ed25519"), False),
        ({"host_key": "ssh-ed25519 zzz"}, "/calls/*.csv", ("no public key",), False),
        ({"password_file": "authorized"}, "/calls/*.csv",
         ("refused the login", "password_file"), False),
        ({"password_file": "nowhere"}, "/calls/*.csv", ("password_file = 'nowhere'",), False),
        ({"key_file": "password"}, "/calls/*.csv", ("holds no private key",), False),
        ({}, "/calls/*.xlsx", ("no file matches", "correct glob"), False),
        ({}, "/nowhere/*.csv", ("no such folder", "correct glob"), False),
    ],
    ids=["another key", "no key", "no key at all", "a wrong password", "no password file",
         "no private key", "nothing matches", "no such folder"],
)  # fmt: skip
def test_what_is_wrong_says_what_to_change(
    tmp_path: Path, server: SftpServer, login: dict[str, str],
    change: dict[str, str], path: str, parts: tuple[str, ...], *, may_pass: bool,
) -> None:  # fmt: skip
    error, later = error_of(tmp_path, contract(server.address(path), **login | change))
    assert [part for part in parts if part not in error] == []
    assert "sftp://" in error or "[location.options]" in error
    assert later is may_pass


def test_a_folder_that_may_not_be_read_is_no_empty_folder(
    tmp_path: Path, server: SftpServer, login: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: asyncssh.SFTPServer, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied(path.decode())

    monkeypatch.setattr(asyncssh.SFTPServer, "scandir", refuse)
    error, later = error_of(tmp_path, contract(server.address("/calls/*.csv"), **login))
    assert ("may not read there" in error, later) == (True, False), error


def test_a_server_that_is_not_there_or_says_nothing_may_pass_later(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    login = {"host_key": other_key(), "password_file": "password", "timeout_seconds": "0.5"}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        address = f"sftp://roi@127.0.0.1:{port}/a.csv"
        error, later = error_of(tmp_path, contract(address, **login))
        assert ("could not be read" in error, later) == (True, True)
        silent.listen()
        error, later = error_of(tmp_path, contract(address, **login))
        assert ("no answer within 0.5 s" in error, later) == (True, True)


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    location = contract("sftp://roi@h/a.csv", host_key="x", password_file="password")
    error, _ = error_of(tmp_path, location)
    assert "pip install 'roi-pipeline[sftp]'" in error
    assert sftp.is_sftp(FileLocation("sftp://roi@h/a.csv", "csv"))


class Downloads(BaseHTTPRequestHandler):
    """Answers of a server of downloads; every one in TLS."""

    def do_GET(self) -> None:
        body, status, length = CSV.encode(), 200, len(CSV)
        allowed = {f"Bearer {TOKEN}", "Basic " + base64.b64encode(b"me:" + TOKEN.encode()).decode()}
        match self.path.partition("?")[0]:
            case "/private.csv" if self.headers.get("Authorization") not in allowed:
                body, status, length = b"", 401, 0
            case "/half.csv":
                length += 10
            case "/busy.csv":
                status = 503
            case "/gone.csv":
                status = 404
            case "/away.csv":
                status = 302
            case "/open.csv":
                status = 301
            case _:
                pass
        self.send_response(status)
        target = {"/away.csv": "/calls.csv", "/open.csv": "http://127.0.0.1/calls.csv"}
        if self.path in target:
            self.send_header("Location", target[self.path])
            body, length = b"", 0
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing of it is printed."""


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Downloads)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}", path
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/calls.csv", "/away.csv", "/private.csv?day=1"])
def test_a_download_is_a_file_of_the_export(
    tmp_path: Path, downloads: tuple[str, Path], path: str
) -> None:
    address, authority = downloads
    (tmp_path / "token").write_text(f"{TOKEN}\n", "utf-8")
    for login in ({"token_file": "token"}, {"user": "me", "password_file": "token"}):
        given = contract(f"{address}{path}", ca_file=str(authority), **login)
        (found,) = delivered(tmp_path, given)
        assert (found.error, found.records) == ("", 2)
        assert found.path == f"{address}{path}".partition("?")[0]


@pytest.mark.parametrize(
    ("path", "change", "parts", "may_pass"),
    [
        ("/calls.csv", {"ca_file": None}, ("certificate is not trusted", "ca_file"), False),
        ("/private.csv", {}, ("refused the login (401)", "token_file"), False),
        ("/gone.csv", {}, ("answered 404", "glob"), False),
        ("/busy.csv", {}, ("answered 503", "tried again"), True),
        ("/half.csv", {}, ("could not be read", "tried again"), True),
        ("/open.csv", {}, ("without TLS",), False),
        ("/", {}, ("names no file",), False),
    ],
    ids=["not trusted", "no login", "gone", "busy", "half", "open", "no file"],
)
def test_a_download_that_fails_says_why_and_leaves_nothing(
    tmp_path: Path, downloads: tuple[str, Path],
    path: str, change: dict[str, str | None], parts: tuple[str, ...], *, may_pass: bool,
) -> None:  # fmt: skip
    address, authority = downloads
    options = {"ca_file": str(authority), "timeout_seconds": "5"} | change
    given = {name: value for name, value in options.items() if value is not None}
    error, later = error_of(tmp_path, contract(f"{address}{path}", **given))
    assert [part for part in parts if part not in error] == []
    assert later is may_pass


def test_a_larger_file_than_allowed_is_refused(tmp_path: Path, downloads: tuple[str, Path]) -> None:
    address, authority = downloads
    given = contract(f"{address}/calls.csv", ca_file=str(authority))
    assert isinstance(given.location, FileLocation)
    small = replace(given.location, limits=replace(given.location.limits, unpacked_bytes=8))
    error, _ = error_of(tmp_path, replace(given, location=small))
    assert "more than 8 bytes" in error
