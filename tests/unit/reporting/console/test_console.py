"""What the command line prints: three languages, columns that line up, nothing without words."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from roi_pipeline.cli import commands
from roi_pipeline.domain.archives import (
    ChangedInput,
    EditionDiff,
    ModuleDiff,
    MoveCause,
    MovedFigure,
    Verdict,
)
from roi_pipeline.domain.contracts import ColumnType
from roi_pipeline.domain.editions import BridgeStep
from roi_pipeline.domain.selftests import SHAPES, DesignScore, Selftest
from roi_pipeline.domain.texts import LANGUAGES, Language, Message
from roi_pipeline.reporting.console.editions import diff_lines, verdict_lines
from roi_pipeline.reporting.console.selftests import selftest_lines, trying
from roi_pipeline.reporting.messages import shipped_sentences

PACKAGE = Path(__file__).parents[4] / "roi_pipeline"
CODE = re.compile(r"^console_\w+$")
CAUSES: tuple[MoveCause, ...] = (
    "new_data", "late_data", "method", "assumption", "definition", "standard", "day", "unknown",
)  # fmt: skip
GONE = ChangedInput("export", "exports/visits.csv", "0123456789abcdef", None)
SCORE = DesignScore("randomised", 400, 20, 200, 190, 191, 0.012, 0.01, 24, 20)


def no_code_is_left(text: str) -> bool:
    return "console" not in text and "cause" not in text.replace("cause unknown", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_verdict_is_worded_in_every_language(language: Language) -> None:
    bad = Verdict("2026-Q1/final-1", (GONE,), (GONE,), (GONE,), (GONE,), 9, "gone")
    good = Verdict("2026-Q1/final-1", (), (), (), (), 9)
    lines = [*verdict_lines(bad, language), *verdict_lines(good, language)]
    assert len(lines) == 7
    assert no_code_is_left("\n".join(lines))
    assert all("0123456789ab" in line for line in lines[2:6])
    assert "9" in lines[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_difference_is_worded_with_every_cause_in_every_language(language: Language) -> None:
    step = BridgeStep("late_data", Decimal("0.25"), Message("bridge_late_data"))
    diff = EditionDiff(
        "a", "b",
        (
            ModuleDiff("new", is_in_both=False),
            ModuleDiff("old", is_in_both=True, roi_before=Decimal(1), steps=(step,)),
            ModuleDiff("still", is_in_both=True),
        ),
        (GONE,),
        (MovedFigure("old.roi", "1", None, CAUSES),),
        (date(2026, 1, 1), date(2026, 4, 1)),
    )  # fmt: skip
    text = "\n".join(diff_lines(diff, language))
    assert no_code_is_left(text)
    assert "+0.2500" in text
    assert "2026-04-01" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_self_test_lines_up_in_every_language(language: Language) -> None:
    result = Selftest(date(2026, 4, 1), 7, 200, (SCORE, SCORE), 3, (), (("few", 3),))
    lines = list(selftest_lines(result, language))
    assert lines[2] == lines[3]
    assert no_code_is_left("\n".join(lines))
    assert SHAPES
    assert all(no_code_is_left(trying(shape, language)) for shape in SHAPES)


def test_the_language_comes_from_the_option_or_the_environment(tmp_path: Path) -> None:
    page = str(tmp_path / "page.md")
    asked = ["catalogue", "--write", page]
    english = CliRunner().invoke(commands, asked)
    option = CliRunner().invoke(commands, ["--language", "zh-TW", *asked])
    environment = CliRunner(env={"ROI_LANGUAGE": "zh-CN"}).invoke(commands, asked)
    assert english.output == f"written: {page}\n"
    assert option.output == f"已寫入：{page}\n"
    assert environment.output == f"已写入：{page}\n"


def test_every_sentence_of_the_console_is_used() -> None:
    source = "\n".join(
        path.read_text("utf-8")
        for folder in ("cli", "reporting/console", "usecases")
        for path in sorted((PACKAGE / folder).glob("*.py"))
    )
    facts = (PACKAGE / "reporting/evaluation.py").read_text("utf-8")
    source += facts
    codes = {code for code in shipped_sentences() if CODE.match(code)}
    assert len(codes) > 60
    made = {f"console_cause_{cause}" for cause in CAUSES}
    made |= {f"console_shape_{shape}" for shape in SHAPES}
    made |= {f"console_form_{kind}" for kind in get_args(ColumnType)}
    made |= {f"console_evaluate_{code}" for code in re.findall(r'\("(\w+)", ', facts)}
    columns = ("trials", "false_positives", "power", "coverage", "bias", "metrics", "units")
    made |= {f"console_selftest_{column}" for column in columns}
    unused = {
        code
        for code in codes - made
        if f'"{code}"' not in source and f'"{code.removeprefix("console_")}"' not in source
    }
    assert unused == set()
