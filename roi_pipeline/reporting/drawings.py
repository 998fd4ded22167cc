"""Charts that were drawn before: by what they show, in this process and in a folder.

The name of a drawing is a hash of everything it is made from: the chart without its id and title, which
stand outside the picture, our own code, the typefaces and the libraries that draw.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from roi_pipeline.files import write_whole
from roi_pipeline.reporting.fonts import FOLDER
from roi_pipeline.reporting.model import Chart

LIBRARIES = ("altair", "vl-convert-python")
CODE = ("chart_texts.py", "charts.py", "fonts.py", "model.py")
MOST_KEPT = 2000
_folder: ContextVar[Path | None] = ContextVar("folder of kept charts", default=None)
_drawn = dict[str, str]()


@contextmanager
def charts_kept_in(folder: Path) -> Iterator[None]:
    """Take charts from this folder where they are in it already, and put new ones into it.

    Of more than two thousand the ones least recently asked for are removed at the end.
    """
    before = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(before)
        _drawn.clear()
        with suppress(OSError):
            _forget_oldest(folder)


def drawn_once(chart: Chart, draw: Callable[[Chart], str]) -> str:
    """The drawing of a chart, drawn only when it is not kept; outside `charts_kept_in` always."""
    folder = _folder.get()
    if folder is None:
        return draw(chart)
    name = name_of(chart)
    if name not in _drawn:
        _drawn[name] = _read(folder / name) or _kept(folder / name, draw(chart))
    return _drawn[name]


def name_of(chart: Chart) -> str:
    """File name of a drawing."""
    shown = f"{_drawn_by()} {replace(chart, id='', title='')!r}"
    return f"{hashlib.sha256(shown.encode()).hexdigest()}.svg"


@cache
def _drawn_by() -> str:
    here = Path(__file__).parent
    code = [hashlib.sha256((here / name).read_bytes()).hexdigest() for name in CODE]
    fonts = [f"{path.name} {path.stat().st_size}" for path in sorted(FOLDER.iterdir())]
    return " ".join([*code, *fonts, *(f"{name} {version(name)}" for name in LIBRARIES)])


def _read(path: Path) -> str | None:
    """A kept drawing; a torn one is no drawing."""
    try:
        text = path.read_text("utf-8")
        os.utime(path)
    except (OSError, UnicodeDecodeError):
        return None
    return text if text.rstrip().endswith("</svg>") else None


def _kept(path: Path, text: str) -> str:
    with suppress(OSError):
        write_whole(path, text)
    return text


def _forget_oldest(folder: Path) -> None:
    kept = list(folder.glob("*.svg"))
    if len(kept) > MOST_KEPT:
        newest_first = sorted(kept, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for path in newest_first[MOST_KEPT:]:
            path.unlink(missing_ok=True)
