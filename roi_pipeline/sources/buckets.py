"""Fetches the files of a contract from an S3-compatible bucket into a scratch folder."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import NeedsAHuman, RoiError, TryAgain
from roi_pipeline.domain.secrets import Secret, mask
from roi_pipeline.sources.addresses import filled
from roi_pipeline.sources.folders import FoundFile

if TYPE_CHECKING:
    from obstore.store import S3Config

# Option of [location.options] → environment variable read when the option is absent.
OPTIONS = {
    "endpoint": "AWS_ENDPOINT_URL",
    "region": "AWS_REGION",
    "access_key_id": "AWS_ACCESS_KEY_ID",
    "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "session_token": "AWS_SESSION_TOKEN",
}
ENDPOINT = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/\S*)?")
OPEN_OPTIONS = frozenset({"endpoint", "region"})
WILDCARDS = "*?["
# Errors and answers that stay the same however often one asks.
FINAL_ANSWER = re.compile(
    "PermissionDenied|Unauthenticated|UnknownConfigurationKey|NotFound|40[0134] |NoSuchBucket|AccessDenied"
)
RETRY = timedelta(seconds=10)


def is_bucket(location: FileLocation) -> bool:
    """Whether the files lie in a bucket."""
    return location.glob.startswith("s3://")


def files_in_bucket(
    location: FileLocation, scratch: Path, *, environment: Mapping[str, str]
) -> list[FoundFile]:
    """Files of the bucket that the glob matches, downloaded, sorted by name.

    Raises:
        TryAgain: the bucket does not answer.
        NeedsAHuman: access is refused, the bucket is missing or nothing matches.
    """
    from obstore import exceptions

    address = urlsplit(location.glob)
    pattern = address.path.lstrip("/")
    options = _options(location.options, environment)
    hidden = [
        text
        for option, given in options.items()
        if option not in OPEN_OPTIONS
        for text in given.values_to_hide
    ]
    try:
        store = _open_bucket(address.netloc, location.options, options)
        keys = _matching_keys(store, pattern)
        files = [_fetch(store, key, scratch, address.netloc) for key in keys]
    except (exceptions.BaseError, OSError) as error:
        raise _explained(error, location.glob, address.netloc, hidden) from None
    if not files:
        raise NeedsAHuman(
            f"no object matches {location.glob}; deliver the export there, or correct the glob"
        )
    return files


def _explained(error: Exception, glob: str, bucket: str, hidden: Sequence[str]) -> RoiError:
    """Whether the bucket will never give the files, or did not answer this time."""
    first = mask(_first_line(error), hidden)[:200]
    if FINAL_ANSWER.search(f"{type(error).__name__} {error}"):
        return NeedsAHuman(
            f"bucket {bucket} refused {glob} ({first}); "
            "correct the bucket or the keys in [location.options] or the environment"
        )
    return TryAgain(
        f"bucket {bucket} could not be read for {glob} ({first}); "
        "it is tried again, else check endpoint and network"
    )


def _options(options: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, Secret]:
    """What the bucket is opened with: of the contract, else of the environment."""
    return {
        option: _option(option, options.get(option, f"${{{name}}}"), environment)
        for option, name in OPTIONS.items()
        if option in options or name in environment
    }


def _option(option: str, text: str, environment: Mapping[str, str]) -> Secret:
    given = filled(text, environment)
    if option == "endpoint" and not ENDPOINT.fullmatch(given.reveal()):
        raise NeedsAHuman(
            f"the bucket's endpoint {given} is no address; write it as https://host:port, without a "
            "login, in [location.options] or AWS_ENDPOINT_URL"
        )
    return given if option in OPEN_OPTIONS else Secret(given.reveal())


def _open_bucket(bucket: str, options: Mapping[str, str], secrets: Mapping[str, Secret]) -> Any:  # noqa: ANN401 - obstore's store
    from obstore.store import S3Store

    settings: dict[str, Any] = {option: secret.reveal() for option, secret in secrets.items()}
    endpoint = settings.get("endpoint", "")
    settings.setdefault("region", "us-east-1")
    settings["virtual_hosted_style_request"] = options.get("virtual_hosted_style") == "true"
    return S3Store(
        bucket,
        config=cast("S3Config", settings),
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
        retry_config={"max_retries": 3, "retry_timeout": RETRY},
    )


def _matching_keys(store: Any, pattern: str) -> list[str]:  # noqa: ANN401 - obstore's store
    fixed = pattern[
        : min((pattern.find(sign) for sign in WILDCARDS if sign in pattern), default=len(pattern))
    ]
    prefix = fixed.rpartition("/")[0]
    keys = [entry["path"] for batch in store.list(prefix=prefix or None) for entry in batch]
    return sorted(key for key in keys if _matches(key, pattern))


def _matches(key: str, pattern: str) -> bool:
    """As in a folder, `*` stays inside one level and `**` does not."""
    if "**" in pattern:
        return fnmatch.fnmatchcase(key, pattern.replace("**/", "*"))
    parts, patterns = key.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


def _fetch(store: Any, key: str, scratch: Path, bucket: str) -> FoundFile:  # noqa: ANN401 - obstore's store
    target = scratch / f"{len(list(scratch.iterdir()))}_{PurePosixPath(key).name}"
    with target.open("wb") as file:
        for chunk in store.get(key).stream(min_chunk_size=1 << 22):
            file.write(chunk)
    return FoundFile(target, f"s3://{bucket}/{key}")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
