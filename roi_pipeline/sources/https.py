"""Fetches one file from an HTTPS address; whole or not at all, and never over an open connection."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import NeedsAHuman, RoiError, TryAgain
from roi_pipeline.domain.secrets import Secret, mask
from roi_pipeline.sources.addresses import filled
from roi_pipeline.sources.credentials import path_of, secret_in
from roi_pipeline.sources.folders import FoundFile

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

OPTIONS = frozenset({"ca_file", "token_file", "user", "password_file", "timeout_seconds"})
TIMEOUT_SECONDS = "30"
MOST_REDIRECTS = 5
OK, REDIRECTS, LATER = 200, frozenset({301, 302, 303, 307, 308}), frozenset({408, 425, 429})
SERVER_ERROR = 500
BLOCK = 1 << 20


def is_https(location: FileLocation) -> bool:
    """Whether the file is downloaded from an address."""
    return location.glob.startswith("https://")


def file_at_address(
    location: FileLocation, scratch: Path, *, folder: Path, environment: Mapping[str, str]
) -> FoundFile:
    """The file at the address, downloaded.

    Raises:
        TryAgain: the server does not answer, or the download broke off.
        NeedsAHuman: its certificate is not trusted, access is refused, or there is no such file.
    """
    import urllib3

    address = filled(location.glob, environment)
    login = _login(location.options, folder=folder, environment=environment)
    hidden = (*address.values_to_hide, *(each.reveal() for each in login.values()))
    authority = path_of(location.options, "ca_file", folder=folder, environment=environment)
    seconds = float(location.options.get("timeout_seconds", TIMEOUT_SECONDS))
    name = PurePosixPath(unquote(urlsplit(address.reveal()).path)).name
    if not name:
        raise NeedsAHuman(f"glob {address} in [location] names no file; write the whole address")
    target = scratch / name
    try:
        with urllib3.PoolManager(
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(authority) if authority else None,
            timeout=urllib3.Timeout(connect=seconds, read=seconds),
            retries=urllib3.Retry(2, redirect=False, status=0, backoff_factor=0.2),
        ) as pool:
            _download(pool, address, login, target, most=location.limits.unpacked_bytes)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _explained(error, address, hidden) from None
    return FoundFile(target, str(address).partition("?")[0])


def _login(
    options: Mapping[str, str], *, folder: Path, environment: Mapping[str, str]
) -> dict[str, Secret]:
    """The header that says who asks; empty where nobody has to."""
    import urllib3

    token = secret_in(options, "token_file", folder=folder, environment=environment)
    password = secret_in(options, "password_file", folder=folder, environment=environment)
    if token:
        return {"authorization": Secret(f"Bearer {token.reveal()}")}
    if password:
        user = filled(options.get("user", ""), environment).reveal()
        header = urllib3.make_headers(basic_auth=f"{user}:{password.reveal()}")
        return {"authorization": Secret(header["authorization"])}
    return {}


def _download(
    pool: "PoolManager", address: Secret, login: Mapping[str, Secret], target: Path, *, most: int
) -> None:
    url, headers = address.reveal(), {name: each.reveal() for name, each in login.items()}
    for _ in range(MOST_REDIRECTS + 1):
        answer = pool.request("GET", url, headers=headers, preload_content=False, redirect=False)
        try:
            if answer.status not in REDIRECTS:
                _keep(answer, address, target, most=most)
                return
            before, url = url, urljoin(url, answer.headers.get("location", ""))
        finally:
            answer.release_conn()
        if urlsplit(url).scheme != "https":
            raise NeedsAHuman(
                f"{address} leads to an address without TLS; correct glob in [location]"
            )
        if urlsplit(url).netloc != urlsplit(before).netloc:
            headers = {}  # a login is for the server it was given for
    raise NeedsAHuman(f"{address} leads from one address to another; correct glob in [location]")


def _keep(answer: "BaseHTTPResponse", address: Secret, target: Path, *, most: int) -> None:
    """Write what is sent; the library refuses fewer bytes than were announced."""
    if answer.status != OK:
        raise _refused(answer.status, address)
    kept = 0
    with target.open("wb") as file:
        for block in answer.stream(BLOCK, decode_content=False):
            kept += len(block)
            if kept > most:
                raise NeedsAHuman(
                    f"{address} has more than {most:,} bytes; expected at most unpacked_bytes of "
                    "[location.limits]; raise it if the file is right"
                )
            file.write(block)


def _refused(status: int, address: Secret) -> RoiError:
    if status in LATER or status >= SERVER_ERROR:
        return TryAgain(f"{address} answered {status}; it is tried again, else ask who runs it")
    if status in {401, 403}:
        return NeedsAHuman(
            f"{address} refused the login ({status}); correct token_file, or user and password_file, in "
            "[location.options]"
        )
    return NeedsAHuman(f"{address} answered {status}; correct glob in [location]")


def _explained(error: Exception, address: Secret, hidden: tuple[str, ...]) -> RoiError:
    """Whether it will stay so however often one asks."""
    first = mask(error, hidden).strip().partition("\n")[0][:300]
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "certificate verify failed" in str(error):
        return NeedsAHuman(
            f"{address}: the server's certificate is not trusted ({first}); name its authority by "
            "ca_file in [location.options], or correct the host"
        )
    return TryAgain(
        f"{address} could not be read ({first}); it is tried again, else check address and network"
    )
