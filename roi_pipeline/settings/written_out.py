"""Passwords have no place in a study's files, which are copied, kept with every edition and shared.

They stand in the environment and are named here; what was written out is refused and not repeated.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from roi_pipeline.domain.errors import Problem
from roi_pipeline.domain.secrets import MASK, VARIABLE, is_secret_name, passwords_in
from roi_pipeline.settings.files import ConfigFile

OPEN_OPTIONS = frozenset(
    {
        "endpoint", "region", "virtual_hosted_style", "access_key_id",
        "host_key", "user", "key_file", "passphrase_file", "password_file", "token_file", "ca_file",
        "done_marker", "stable_seconds", "timeout_seconds",
    }
)  # fmt: skip
REMEDY = (
    "Put it into an environment variable and write ${NAME} here; change a password that was "
    "written out, because copies of this file may be kept."
)
NO_SETTING = (
    "Delete it: mail is set up by ROI_SMTP_… and chats by ROI_CHANNELS, both in the environment; "
    "an address of a database names variables as ${NAME}."
)


def written_out_in_address(file: ConfigFile, url: str, key: str = "url") -> Iterator[Problem]:
    """A password or key that stands in the address of a database or server."""
    if passwords_in(url):
        yield file.problem(("location", key), MASK, "a password by its variable", REMEDY)


def written_out_in_options(file: ConfigFile, options: Mapping[str, str]) -> Iterator[Problem]:
    """Keys of a bucket that are not named but written out."""
    for name, value in options.items():
        if name not in OPEN_OPTIONS and value and not VARIABLE.fullmatch(value):
            path = ("location", "options", name)
            yield file.problem(path, MASK, "a key by its variable", REMEDY)


def holds_secret(name: str, value: Any) -> bool:  # noqa: ANN401 - any TOML value
    """Whether a key nobody knows, or one below it, is named like a secret."""
    if isinstance(value, dict):
        return any(holds_secret(str(key), each) for key, each in value.items())
    if isinstance(value, list):
        return any(holds_secret(name, each) for each in value)
    return is_secret_name(name)
