"""Small memories below `out`: what was found, under the fingerprint of everything it was found from.

A memory that is lost or torn, or of another fingerprint, costs finding it again and nothing else.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from roi_pipeline.files import write_whole

FINGERPRINT, FOUND = "fingerprint", "found"


def recall(path: Path, fingerprint: str) -> Any:  # noqa: ANN401 - what JSON holds
    """What was remembered under this very fingerprint; None when it is not known."""
    try:
        noted = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(noted, dict) and noted.get(FINGERPRINT) == fingerprint
    return noted.get(FOUND) if is_ours else None


def remember(path: Path, fingerprint: str, found: object) -> None:
    """Keep it, where there is room to."""
    with suppress(OSError):
        text = json.dumps({FINGERPRINT: fingerprint, FOUND: found})
        write_whole(path, f"{text}\n", is_private=True)
