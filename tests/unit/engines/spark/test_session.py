"""What is missing for Spark is named with its remedy, before anything is computed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.spark.session import (
    first_sentence,
    missing_for_spark,
    session_of,
    stop_session,
)

HAS_PYSPARK = find_spec("pyspark") is not None


@pytest.fixture
def without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.mark.usefixtures("without_java")
def test_a_machine_without_java_is_told_how_to_get_it() -> None:
    missing = dict(missing_for_spark())
    assert "default-jre-headless" in missing["Java 17 or newer"]
    assert ("pyspark" in missing) is not HAS_PYSPARK


@pytest.mark.usefixtures("without_java")
def test_java_may_stand_in_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "jdk/bin/java"
    java.parent.mkdir(parents=True)
    java.write_text("", "utf-8")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert "Java 17 or newer" not in dict(missing_for_spark())


@pytest.mark.usefixtures("without_java")
def test_a_session_is_refused_with_the_setting_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(NeedsAHuman, match=r"engine\.kind .* is missing\. Install"):
        session_of(Engine("spark"), tmp_path)


def test_stopping_what_never_started_does_nothing() -> None:
    stop_session()


def test_an_error_is_said_without_its_stack_trace() -> None:
    error = RuntimeError(
        "[TABLE_NOT_FOUND] no table\n\n  at line 3\n  hint\n  at org.apache.spark.X"
    )
    assert first_sentence(error) == "[TABLE_NOT_FOUND] no table at line 3 hint"
