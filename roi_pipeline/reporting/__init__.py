"""Reports people read and trust: describe, build, render.

`sections` decide and word, `numbers` alone rounds, templates and charts lay out. A figure that could
not be estimated appears with its reason, never as zero.
"""

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
