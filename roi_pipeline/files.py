"""Files written whole or not at all, for every room that leaves one behind."""

import os
from pathlib import Path

OWN_FOLDER, OWN_FILE = 0o700, 0o600


def write_whole(path: Path, text: str, *, is_private: bool = False) -> Path:
    """Write `text` beside `path` and put it in its place in one step, so that nobody reads half a file.

    Args:
        path: the file; its folder is made if need be.
        text: all of it; lines end with a line feed on every system.
        is_private: nobody else on the machine may read it.
    """
    path.parent.mkdir(mode=OWN_FOLDER if is_private else 0o777, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        if is_private:
            beside.chmod(OWN_FILE)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
