"""Reports people read and trust: describe, build, render.

`sections` decide and word, `numbers` alone rounds, templates and charts lay out. A figure that could
not be estimated appears with its reason, never as zero. Importing the room is cheap.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roi_pipeline.reporting.drawings import charts_kept_in
    from roi_pipeline.reporting.editions import FORMATS, render_edition
    from roi_pipeline.reporting.fonts import font_problems
    from roi_pipeline.reporting.mail import edition_id, reader_attachments, render_email
    from roi_pipeline.reporting.pdf import render_board_pdf, render_pdf

__all__ = [
    "FORMATS",
    "charts_kept_in",
    "edition_id",
    "font_problems",
    "reader_attachments",
    "render_board_pdf",
    "render_edition",
    "render_email",
    "render_pdf",
]

HOMES = {
    "FORMATS": "editions",
    "charts_kept_in": "drawings",
    "edition_id": "mail",
    "font_problems": "fonts",
    "reader_attachments": "mail",
    "render_board_pdf": "pdf",
    "render_edition": "editions",
    "render_email": "mail",
    "render_pdf": "pdf",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the names have their own types above
    if name not in HOMES:
        msg = f"roi_pipeline.reporting has no {name!r}; it offers {', '.join(__all__)}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
