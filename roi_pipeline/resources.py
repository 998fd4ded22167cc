"""Where the files that ship with the product are: SQL, templates, the catalogue, example studies.

In a checkout they stand at the top level; in an installed wheel they stand inside the package.
"""

from pathlib import Path

PACKAGE = Path(__file__).parent
SHIPPED = PACKAGE / "_shipped"
CHECKOUT = PACKAGE.parent


def shipped_folder(name: str) -> Path:
    """Folder `sql`, `report_templates`, `catalogue` or `studies`."""
    inside = SHIPPED / name
    return inside if inside.is_dir() else CHECKOUT / name
