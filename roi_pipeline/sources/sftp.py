"""Fetches the finished files of a contract from an SFTP server into a scratch folder.

The server's key is pinned in the contract. A file is finished when it has no name of an upload under
way, its marker is there where one is declared, and its size and time stay the same between two looks.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import NeedsAHuman, RoiError, TryAgain
from roi_pipeline.domain.secrets import Secret
from roi_pipeline.sources.addresses import filled
from roi_pipeline.sources.credentials import path_of, secret_in
from roi_pipeline.sources.folders import FoundFile

if TYPE_CHECKING:
    import asyncssh

ADDRESS = re.compile(
    r"sftp://(?P<user>[^@/:]+)@(?P<host>[^@/:]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d+))?(?P<path>/.+)"
)
OPTIONS = frozenset(
    {"host_key", "key_file", "passphrase_file", "password_file", "done_marker", "stable_seconds",
     "timeout_seconds"}
)  # fmt: skip
UNDER_WAY = (".part", ".filepart", ".tmp", ".uploading", ".crdownload")
STABLE_SECONDS, TIMEOUT_SECONDS = "2", "30"
PORT, REGULAR = 22, 1
Attributes = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class _Server:
    """Where to log in, as whom, and whose key has to be there."""

    shown: str
    host: str
    port: int
    user: str
    pattern: str
    host_key: "asyncssh.SSHKey"
    key: "asyncssh.SSHKey | None"
    password: Secret | None
    done_marker: str
    stable_seconds: float
    timeout_seconds: float


def is_sftp(location: FileLocation) -> bool:
    """Whether the files lie on an SFTP server."""
    return location.glob.startswith("sftp://")


def files_on_server(
    location: FileLocation, scratch: Path, *, folder: Path, environment: Mapping[str, str]
) -> list[FoundFile]:
    """Finished files that the glob matches, downloaded, sorted by name.

    Raises:
        TryAgain: the server does not answer, or no file is finished yet.
        NeedsAHuman: its key is not the pinned one, access is refused, or nothing matches.
    """
    server = _server(location, folder=folder, environment=environment)
    return asyncio.run(_fetch(server, scratch))


def _server(location: FileLocation, *, folder: Path, environment: Mapping[str, str]) -> _Server:
    address = filled(location.glob, environment)
    parts = ADDRESS.fullmatch(address.reveal())
    if parts is None:
        raise NeedsAHuman(
            f"glob {address} in [location] is no address of an SFTP server; "
            "write sftp://user@host:port/folder/*.csv, the password in a file (password_file)"
        )
    options = location.options
    key = _own_key(options, folder=folder, environment=environment)
    password = secret_in(options, "password_file", folder=folder, environment=environment)
    if key is None and password is None:
        raise NeedsAHuman(
            f"{address} has neither key_file nor password_file in [location.options]; add one"
        )
    path = parts["path"]
    return _Server(
        shown=str(address),
        host=parts["host"].strip("[]"),
        port=int(parts["port"] or PORT),
        user=parts["user"],
        pattern=path.removeprefix("/~/") if path.startswith("/~/") else path,
        host_key=_pinned(address, options, environment),
        key=key,
        password=password,
        done_marker=options.get("done_marker", ""),
        stable_seconds=float(options.get("stable_seconds", STABLE_SECONDS)),
        timeout_seconds=float(options.get("timeout_seconds", TIMEOUT_SECONDS)),
    )


def _library() -> Any:  # noqa: ANN401 - a module
    try:
        import asyncssh
    except ImportError as error:
        raise NeedsAHuman(
            "sources on SFTP servers need asyncssh; pip install 'roi-pipeline[sftp]'"
        ) from error
    return asyncssh


def _pinned(
    address: Secret, options: Mapping[str, str], environment: Mapping[str, str]
) -> "asyncssh.SSHKey":
    asyncssh, text = _library(), options.get("host_key", "")
    if not text:
        raise NeedsAHuman(
            f"{address} is an unknown host: host_key in [location.options] is missing; ask whoever runs "
            "the server for its public key and write it as 'ssh-ed25519 AAAA…'"
        )
    try:
        return asyncssh.import_public_key(filled(text, environment).reveal())
    except (asyncssh.KeyImportError, ValueError):
        raise NeedsAHuman(
            f"host_key of {address} in [location.options] is no public key; "
            "write it as in known_hosts without the host: 'ssh-ed25519 AAAA…'"
        ) from None


def _own_key(
    options: Mapping[str, str], *, folder: Path, environment: Mapping[str, str]
) -> "asyncssh.SSHKey | None":
    asyncssh = _library()
    path = path_of(options, "key_file", folder=folder, environment=environment)
    if path is None:
        return None
    phrase = secret_in(options, "passphrase_file", folder=folder, environment=environment)
    try:
        return asyncssh.read_private_key(path, phrase.reveal() if phrase else None)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        raise NeedsAHuman(
            f"key_file {options['key_file']!r} in [location.options] holds no private key that can be "
            "read; deliver an OpenSSH key, and its passphrase by passphrase_file"
        ) from None


async def _fetch(server: _Server, scratch: Path) -> list[FoundFile]:
    asyncssh, fetched = _library(), list[FoundFile]()
    try:
        async with asyncio.timeout(server.timeout_seconds):
            connection = await _connected(server)
        async with connection, connection.start_sftp_client() as sftp:
            finished = await _finished(sftp, server)
            fetched = [
                await _downloaded(sftp, name, size, scratch / str(number), server)
                for number, (name, size) in enumerate(sorted(finished.items()))
            ]
    except (OSError, TimeoutError, asyncssh.Error) as error:
        raise _explained(error, server) from None
    return fetched


async def _connected(server: _Server) -> "asyncssh.SSHClientConnection":
    """Nothing of the user's own SSH set-up is used: neither keys, agent, configuration nor known hosts."""
    return await _library().connect(
        server.host,
        server.port,
        username=server.user,
        known_hosts=([server.host_key], [], []),
        server_host_key_algs=[name.decode() for name in server.host_key.sig_algorithms],
        client_keys=[server.key] if server.key else None,
        password=server.password.reveal() if server.password else None,
        agent_path=None,
        config=None,
        keepalive_interval=server.timeout_seconds / 3,
    )


async def _finished(sftp: "asyncssh.SFTPClient", server: _Server) -> dict[str, Attributes]:
    """Path → size and time of the files that are whole."""
    before = await _listed(sftp, server)
    if not before:
        await sftp.listdir(_fixed_folder(server.pattern))  # says why, where it cannot be listed
        raise NeedsAHuman(
            f"no file matches {server.shown}; deliver the export there, or correct glob in [location]"
        )
    await asyncio.sleep(server.stable_seconds)
    after = await _listed(sftp, server)
    same = {name: found for name, found in after.items() if before.get(name) == found}
    marked = {name: found for name, found in same.items() if await _is_marked(sftp, name, server)}
    if not marked:
        what = f"has no {server.done_marker}" if same else "is still growing"
        raise TryAgain(
            f"{server.shown}: {len(after)} files are there and each {what}; nothing is taken before it is "
            "finished, and it is tried again"
        )
    return marked


async def _listed(sftp: "asyncssh.SFTPClient", server: _Server) -> dict[str, Attributes]:
    """Files that match and have no name of an upload under way or of a marker."""
    found = dict[str, Attributes]()
    for each in await sftp.glob_sftpname(server.pattern, error_handler=_no_match):
        path = PurePosixPath(str(each.filename))
        is_marker = server.done_marker and path.match(server.done_marker)
        if path.name.startswith(".") or path.name.endswith(UNDER_WAY) or is_marker:
            continue
        if each.attrs.type == REGULAR:
            found[str(path)] = (each.attrs.size, each.attrs.mtime)
    return found


def _fixed_folder(pattern: str) -> str:
    """The folder before the first wildcard.

    >>> _fixed_folder("/out/calls/*/2026.csv"), _fixed_folder("calls/a.csv"), _fixed_folder("*.csv")
    ('/out/calls', 'calls', '.')
    """
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return fixed.rpartition("/")[0] or ("/" if pattern.startswith("/") else ".")


def _no_match(error: Exception) -> None:
    """A pattern that nothing matches is an empty list; everything else is said."""
    if not isinstance(error, _library().SFTPNoSuchFile):
        raise error


async def _is_marked(sftp: "asyncssh.SFTPClient", name: str, server: _Server) -> bool:
    """Whether the marker is there: of the folder (`_DONE`), or of the file (`*.done`)."""
    if not server.done_marker:
        return True
    path = PurePosixPath(name)
    return await sftp.exists(str(path.with_name(server.done_marker.replace("*", path.name))))


async def _downloaded(
    sftp: "asyncssh.SFTPClient", name: str, before: Attributes, folder: Path, server: _Server
) -> FoundFile:
    folder.mkdir()  # noqa: ASYNC240 - one file at a time; nothing else waits in this loop
    path = folder / PurePosixPath(name).name
    await sftp.get(name, path)
    now = await sftp.stat(name)
    if (now.size, now.mtime) != before or path.stat().st_size != now.size:
        raise TryAgain(f"{server.shown}: {name} changed while it was fetched; it is tried again")
    port = "" if server.port == PORT else f":{server.port}"
    return FoundFile(path, f"sftp://{server.host}{port}/{name.removeprefix('/')}")


def _explained(error: Exception, server: _Server) -> RoiError:
    """Whether the server will never give the files, or did not answer this time."""
    asyncssh, name = _library(), server.shown
    said = server.password.mask(error) if server.password else str(error)
    first = (said.strip() or type(error).__name__).splitlines()[0][:200]
    if isinstance(error, asyncssh.HostKeyNotVerifiable | asyncssh.KeyExchangeFailed):
        return NeedsAHuman(
            f"{name}: the server's key is not host_key of [location.options] "
            f"({server.host_key.get_fingerprint()}); nothing was sent. Ask whoever runs the server whether "
            "the key was changed, and only then write the new one"
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return NeedsAHuman(
            f"{name} refused the login ({first}); correct the user in glob, or key_file or password_file "
            "in [location.options]"
        )
    if isinstance(error, asyncssh.SFTPPermissionDenied):
        return NeedsAHuman(
            f"{name}: this user may not read there ({first}); have the folder opened to it, or correct "
            "glob in [location]"
        )
    if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
        return NeedsAHuman(f"{name}: there is no such folder ({first}); correct glob in [location]")
    if isinstance(error, TimeoutError):
        first = f"no answer within {server.timeout_seconds:g} s"
    return TryAgain(
        f"{name} could not be read ({first}); it is tried again, else check host, port and network"
    )
