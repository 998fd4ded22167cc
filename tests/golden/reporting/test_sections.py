"""What every section of a report says; `make golden` rewrites, the difference is reviewed."""

import pytest
from syrupy.assertion import SnapshotAssertion

REPORTS = [
    ("zh-CN", "content_push", 15),
    ("zh-TW", "smart_assistant", 13),
    ("en", "follow_up", 12),
    ("en", "script_generation", 12),
    ("zh-CN", "portfolio", 11),
]


@pytest.mark.parametrize(
    ("language", "module", "number"),
    [
        pytest.param(language, module, number, id=f"{language}-{module}-{number:02}")
        for language, module, count in REPORTS
        for number in range(count)
    ],
)
def test_section(
    sections: dict[tuple[str, str], list[str]],
    snapshot: SnapshotAssertion,
    language: str,
    module: str,
    number: int,
) -> None:
    assert sections[language, module][number].strip() == snapshot


@pytest.mark.parametrize(("language", "module", "count"), REPORTS)
def test_no_section_is_left_out_of_the_snapshots(
    sections: dict[tuple[str, str], list[str]], language: str, module: str, count: int
) -> None:
    assert len(sections[language, module]) == count
