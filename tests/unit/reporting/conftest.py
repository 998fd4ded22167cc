"""The clinic's edition, its sentences, and one voice per language."""

import pytest
from report_clinic import SENTENCES, clinic_edition

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.reporting.messages import Sentences, shipped_sentences


@pytest.fixture(scope="session")
def edition() -> EditionInputs:
    return clinic_edition()


@pytest.fixture(scope="session")
def sentences() -> Sentences:
    return {**shipped_sentences(), **SENTENCES}
