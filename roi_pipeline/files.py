"""Files written whole or not at all, for every room that leaves a page behind."""

from pathlib import Path


def write_whole(path: Path, text: str) -> Path:
    """Write `text` beside `path` and put it in its place in one step, so that nobody reads half a file.

    Args:
        path: the file; its folder is made if need be.
        text: all of it; lines end with a line feed on every system.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)
    return path
