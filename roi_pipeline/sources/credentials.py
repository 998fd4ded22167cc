"""Secrets of a server that stand in files of their own: read at the moment they are used."""

from collections.abc import Mapping
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.secrets import Secret
from roi_pipeline.sources.addresses import filled


def path_of(
    options: Mapping[str, str], option: str, *, folder: Path, environment: Mapping[str, str]
) -> Path | None:
    """The file an option names, relative to the study folder; None where the option is absent.

    Raises:
        NeedsAHuman: it is not there, or this user may not read it.
    """
    if option not in options:
        return None
    path = folder / filled(options[option], environment).reveal()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise NeedsAHuman(
            f"{option} = {options[option]!r} in [location.options]: {path} cannot be read "
            f"({error.strerror}); put the file there, readable by the user that runs roi"
        ) from error


def secret_in(
    options: Mapping[str, str], option: str, *, folder: Path, environment: Mapping[str, str]
) -> Secret | None:
    """What stands in the file an option names, without the line end; never shown."""
    path = path_of(options, option, folder=folder, environment=environment)
    return None if path is None else Secret(path.read_text("utf-8").strip("\r\n"))
