"""The few lines of script a page may run, named by their hash so that no others can.

A page says the same without them: they order rows and hide what was not searched for.
"""

import base64
import hashlib
from functools import cache
from typing import Literal

from markupsafe import Markup

from roi_pipeline.resources import shipped_folder

Name = Literal["sort", "search"]
# Nothing is fetched, nothing is sent, and of scripts only the one named runs.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; script-src '{script}'"
)


@cache
def script(name: Name) -> Markup:
    """The script as an element, to stand at the end of a page."""
    return Markup("<script>{}</script>").format(Markup(_text(name)))  # noqa: S704 - our own file


@cache
def policy(name: Name) -> str:
    """What a page with this script may do, for its head."""
    digest = base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()
    return POLICY.format(script=f"sha256-{digest}")


def without_script(html: str, name: Name) -> str:
    """The page without our script: whatever is left of scripts is somebody else's."""
    return html.replace(script(name), "", 1)


def _text(name: Name) -> str:
    path = shipped_folder("report_templates") / "scripts" / f"{name}.js"
    return path.read_text(encoding="utf-8")
