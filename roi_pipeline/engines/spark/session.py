"""Starts Spark when the first table wants it, and stops it when the run ends.

PySpark is an extra and Spark a program in Java: what is missing is said with its remedy before
anything is computed. One session serves a process; it always reckons in UTC, by ANSI rules.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import NeedsAHuman, TryAgain

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports] - an extra

LOOPBACK = "127.0.0.1"
SETTINGS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.catalogImplementation": "in-memory",
}
# What results depend on: a study's own settings cannot change these.
FIXED: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
QUIET_LOG = """rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
logger.queries.name = SQLQueryContextLogger
logger.queries.level = off
"""


def missing_for_spark() -> tuple[tuple[str, str], ...]:
    """What this machine lacks to run Spark, each with its remedy."""
    missing = list[tuple[str, str]]()
    if find_spec("pyspark") is None:
        missing.append(("pyspark", "Install it: pip install 'roi-pipeline[spark]'."))
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").is_file()):
        missing.append(
            ("Java 17 or newer", "Install one (Debian: default-jre-headless) or set JAVA_HOME.")
        )
    return tuple(missing)


def session_of(engine: Engine, work: Path) -> "SparkSession":
    """The session of this process, started with the study's settings where none runs.

    Args:
        engine: master and settings.
        work: an existing folder for the session's log settings.

    Raises:
        NeedsAHuman: PySpark or Java is missing, or a setting is wrong.
        TryAgain: the master does not answer.
    """
    if missing := missing_for_spark():
        named = "; ".join(f"{what} is missing. {remedy}" for what, remedy in missing)
        raise NeedsAHuman(f'study.toml: engine.kind = "spark" cannot be used here: {named}')
    from pyspark.errors import PySparkException  # pyright: ignore[reportMissingImports] - an extra
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports] - an extra

    active = SparkSession.getActiveSession()
    if active is not None and _is_alive(active):
        return active
    stop_session()
    is_local = engine.master.startswith("local")
    if is_local:
        os.environ["SPARK_LOCAL_IP"] = LOOPBACK
    log = work / "log4j2.properties"
    log.write_text(QUIET_LOG, "utf-8")
    builder = SparkSession.builder.master(engine.master).appName("roi")
    for name, value in {**_settings(log, is_local=is_local), **engine.conf, **FIXED}.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkException as error:
        raise NeedsAHuman(f"study.toml: Spark does not start: {first_sentence(error)}") from error
    except Exception as error:
        raise TryAgain(
            f"Spark does not start at {engine.master!r} (study.toml: engine.master): "
            f"{first_sentence(error)}"
        ) from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _settings(log: Path, *, is_local: bool) -> dict[str, str]:
    own = {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK} if is_local else {}
    java = f"-Dlog4j2.configurationFile={log.resolve().as_uri()}"
    return {**SETTINGS, **own, "spark.driver.extraJavaOptions": java}


def _is_alive(session: "SparkSession") -> bool:
    try:
        return not session.sparkContext._jsc.sc().isStopped()  # noqa: SLF001 - PySpark offers no other way
    except Exception:  # noqa: BLE001 - whatever a broken gateway raises
        return False


def stop_session() -> None:
    """Stop Spark, where it was started."""
    sql = sys.modules.get("pyspark.sql")
    if sql is None:
        return
    session = sql.SparkSession.getActiveSession()
    if session is not None:
        try:
            session.stop()
        except Exception:  # noqa: BLE001 - a session that lost its Java process has nothing to stop
            sql.SparkSession._instantiatedSession = None  # noqa: SLF001


@contextmanager
def stopped_afterwards() -> Iterator[None]:
    """Let no session outlive the block."""
    try:
        yield
    finally:
        stop_session()


def first_sentence(error: BaseException) -> str:
    """What an error of Spark says, without its stack trace."""
    java = getattr(error, "java_exception", None)
    text = str(java.getMessage() if java is not None else error) or type(error).__name__
    lines = [line for line in text.splitlines() if line.strip()]
    return " ".join(line.strip() for line in lines[:3])[:600]
