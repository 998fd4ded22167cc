"""Every reason and finding of the panel half has its sentence in three languages."""

import re
import tomllib
from pathlib import Path

import pytest

from roi_pipeline.domain.findings import SEVERITIES
from roi_pipeline.stats.choice import ORDER
from roi_pipeline.stats.diagnostics import WORDED_IN_POINTS

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "roi_pipeline" / "stats"
CODE = re.compile(
    r'(?:refusal|Message)\(\s*"([a-z_0-9]+)"'
    r'|^\s+(?:subject|module\.id),\s*"([a-z_]+)"(?:\s+if .*? else\s+"([a-z_]+)")?'
    r'|code = "([a-z_]+)"',
    re.MULTILINE | re.DOTALL,
)


def sentences() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "catalogue" / "messages").glob("stats*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def codes() -> set[str]:
    used = {f"chosen_{design}" for design in ORDER if design != "matched_comparison"}
    for path in ROOM.rglob("*.py"):
        for groups in CODE.findall(path.read_text(encoding="utf-8")):
            used |= {code for code in groups if code}
    return used - set(SEVERITIES) | {f"{code}_in_points" for code in WORDED_IN_POINTS}


def test_every_code_has_a_sentence() -> None:
    assert len(codes()) > 60
    assert codes() - set(sentences()) == set()


@pytest.mark.parametrize("code", sorted(sentences()))
def test_the_three_languages_fill_the_same_gaps(code: str) -> None:
    texts = sentences()[code]
    assert set(texts) == {"en", "zh-CN", "zh-TW"}
    gaps = {language: sorted(re.findall(r"{(\w+)", text)) for language, text in texts.items()}
    assert set(gaps["zh-CN"]) == set(gaps["zh-TW"])
    assert set(gaps["zh-CN"]) <= set(gaps["en"]) | set(gaps["zh-CN"])
    assert set(gaps["en"]) == set(gaps["zh-CN"])
