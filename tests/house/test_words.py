"""The words nobody in the field would search for stay out of code, sentences, templates and documents.

The list is that of the house: each pattern with the words to write instead. A pattern is searched in whole files, so
identifiers, docstrings and messages are held to it alike.
"""

import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELD = (
    "roi_pipeline/*.py", "report_templates", "catalogue", "sql", "docs", "studies/*.toml", "studies/*.md",
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
)  # fmt: skip
# Codes of sentences are stored in editions already published, which must stay readable.
STORED = (
    "effect_asks_for_a_second_look", "lift_grade_is_raised_by_a_lot", "lift_is_against_an_unkept_lot",
    "roi_asks_for_a_second_look",
)  # fmt: skip
FORMER_NAMES = ROOT / "roi_pipeline" / "domain" / "former_names.py"  # what was renamed, and to what
ENGLISH = {
    "by lot": "randomised, at random",
    "(?:the|a|one|no) lot": "randomisation, assignment",
    "lottery": "randomised",
    "hold-outs?": "holdout",
    "(?:kept|held) back": "held out, withheld",
    "spoke up": "raised a warning",
    "(?:below|above) the line": "numerator, denominator",
    "fake": "placebo date, simulated module",
    "the books": "load log",
    "not so:": "failed:",
    "is no day": "not a date",
    "(?:set|put) aside": "quarantined, excluded, skipped",
    "brought back": "returned",
    "pays for itself": "break-even, payback",
    "nobody watches": "not measured",
    "incoming losers": "superseded",
    "second look": "review",
    "left alone": "untreated, not reached",
    "told(?! apart)": "rendered, reported, described, stated",
    "luck": "chance",
    "dealt": "assigned",
    "became of|came of it": "result",
    "gross is not caused": "not everything that followed an action was caused by it",
}
CHINESE: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "抽签": "随机抽取",
        "无人关注": "尚未设置此类指标",
        "提出异议": "需留意",
        "分享后": "分摊后",
        "悄悄": "分开列示、不合并",
        "与零无法区分": "未见明显效果",
        "与波动区分": "显著",
        "目标路程": "目标完成度",
        "毛量": "总量",
        "随机留出": "随机保留组",
        "供应商自报": "厂商计数",
        "虚拟模块": "模拟模块",
    },
    "zh-TW": {
        "抽籤": "隨機抽取",
        "無人關注": "尚未設置此類指標",
        "提出異議": "需留意",
        "視窗": "期間",
        "窗口": "期間",
        "營收增長": "營收成長",
        "投訴": "客訴",
        "數據": "資料",
        "逐行": "逐列",
        "豎線": "垂直線",
        "基準值": "基準期",
        "基線": "基準期",
        "毛量": "總量",
        "軟件": "軟體",
        "信息": "資訊",
        "質量": "品質",
        "默認": "預設",
        "分享後": "分攤後",
    },
}
# A sentence longer than this is hard to read aloud; the few that list model parameters are named.
MOST_ENGLISH_WORDS, MOST_CHINESE_CHARACTERS = 25, 40
LONG = {
    "lifetime_value_of_everybody": "the parameters of two models, as one line for the analyst",
    "lifetime_value_of_treated": "the parameters of two models, as one line for the analyst",
    "lifetime_value_of_comparison": "the parameters of two models, as one line for the analyst",
}
SPLIT = re.compile(r"[.;:。；：](?=\s|$|[一-鿿{])")


def held_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", *HELD], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")  # fmt: skip
    text = (".py", ".toml", ".md", ".sql", ".j2", ".json")
    return sorted({ROOT / name for name in listed if name.endswith(text)} - {FORMER_NAMES})


def hits(path: Path, patterns: Mapping[str, str]) -> Iterator[str]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        judged = re.sub("|".join(map(re.escape, STORED)), "", line)
        for pattern, instead in patterns.items():
            if re.search(rf"(?<![a-z])(?:{pattern})(?![a-z])", judged, re.IGNORECASE):
                yield f"{path.relative_to(ROOT)}:{number}: {pattern} → {instead}: {line.strip()}"


def sentences(language: str) -> dict[str, str]:
    """Every text of a language that people read, by file and key."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "catalogue" / "messages").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text("utf-8")).items():
            found[code] = entry[language]
    words = tomllib.loads(
        (ROOT / "catalogue" / "languages" / f"{language}.toml").read_text("utf-8")
    )
    found |= {f"{part}.{key}": text for part, entry in words.items() for key, text in entry.items()}
    for path in sorted((ROOT / "catalogue" / "metrics").glob("*.toml")):
        metric = tomllib.loads(path.read_text("utf-8"))
        found |= {f"{path.stem}.{part}": metric[part][language] for part in ("name", "sentence")}
    for key, entry in tomllib.loads(
        (ROOT / "catalogue" / "glossary.toml").read_text("utf-8")
    ).items():
        found |= {f"glossary.{key}.{part}": entry[part][language] for part in ("term", "meaning")}
    for site in ("validation", "archive"):
        texts = tomllib.loads((ROOT / "report_templates" / site / "texts.toml").read_text("utf-8"))
        found |= {f"{site}.{key}": entry[language] for key, entry in texts.items()}
    return found


def test_no_odd_word_stands_in_code_or_documents() -> None:
    files = held_files()
    assert len(files) > 500
    found = [hit for path in files for hit in hits(path, ENGLISH)]
    assert found == []


@pytest.mark.parametrize("language", sorted(CHINESE))
def test_chinese_is_written_in_the_terms_of_the_place(language: str) -> None:
    texts = sentences(language)
    assert len(texts) > 1000
    found = [
        f"{key}: {word} → {instead}: {text}"
        for key, text in texts.items()
        for word, instead in CHINESE[language].items()
        if word in text
    ]
    assert found == []


def plain(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", text)


def test_no_english_sentence_is_too_long_to_read_aloud() -> None:
    texts = sentences("en")
    assert len(texts) > 1000
    counts = {
        key: max(len(part.split()) for part in SPLIT.split(plain(text)))
        for key, text in texts.items()
    }
    assert {key: n for key, n in counts.items() if n > MOST_ENGLISH_WORDS and key not in LONG} == {}


@pytest.mark.parametrize("language", sorted(CHINESE))
def test_no_chinese_sentence_is_too_long_to_read_aloud(language: str) -> None:
    texts = sentences(language)
    assert len(texts) > 1000
    counts = {
        key: max(len(re.findall(r"[一-鿿]", part)) for part in SPLIT.split(plain(text)))
        for key, text in texts.items()
    }
    assert {
        key: n for key, n in counts.items() if n > MOST_CHINESE_CHARACTERS and key not in LONG
    } == {}
