"""The clinic's edition of the unit tests, rendered once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "reporting"))

from report_clinic import SENTENCES, clinic_edition

from roi_pipeline.reporting import render_edition


@pytest.fixture(scope="session")
def sections(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], list[str]]:
    """(language, module) → parts of its Markdown: the headline, then every section."""
    folder = tmp_path_factory.mktemp("golden")
    files = render_edition(clinic_edition(), folder, formats=["md"], sentences=SENTENCES)
    return {
        (str(file.language), file.module_id): (folder / file.path)
        .read_text(encoding="utf-8")
        .split("\n## ")
        for file in files
    }
