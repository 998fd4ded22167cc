"""Reports people read and trust: describe, build, render.

`sections` decide and word, `numbers` alone rounds, templates and charts lay out. A figure that could
not be estimated appears with its reason, never as zero.
"""

from roi_pipeline.reporting.editions import FORMATS, Format, RenderedFile, render_edition
from roi_pipeline.reporting.fonts import font_problems

__all__ = ["FORMATS", "Format", "RenderedFile", "font_problems", "render_edition"]
