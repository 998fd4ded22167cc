"""Places outside the study folder that hold files: buckets, SFTP servers, HTTPS addresses."""

from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.sources.buckets import files_in_bucket, is_bucket
from roi_pipeline.sources.folders import FoundFile
from roi_pipeline.sources.https import file_at_address, is_https
from roi_pipeline.sources.sftp import files_on_server, is_sftp


def is_remote(location: FileLocation) -> bool:
    """Whether the files have to be fetched before they can be read."""
    return is_bucket(location) or is_sftp(location) or is_https(location)


def fetch_remote(
    location: FileLocation, scratch: Path, *, folder: Path, environment: Mapping[str, str]
) -> list[FoundFile]:
    """The files of a place outside, downloaded into `scratch`, sorted by name.

    Args:
        location: where they are.
        scratch: an empty folder.
        folder: the study folder; key, password and CA files may be named relative to it.
        environment: variables that address and options may name.

    Raises:
        TryAgain: the other side does not answer, or nothing there is finished yet.
        NeedsAHuman: access is refused, the server is another one, or nothing matches.
    """
    if is_bucket(location):
        return files_in_bucket(location, scratch, environment=environment)
    if is_sftp(location):
        return files_on_server(location, scratch, folder=folder, environment=environment)
    return [file_at_address(location, scratch, folder=folder, environment=environment)]
