"""The engine that computes facts and metrics: DuckDB in this process, or Spark where a study says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

EngineKind = Literal["duckdb", "spark"]


@dataclass(frozen=True, slots=True)
class Engine:
    """What computes the tables of a study; no figure depends on it.

    Attributes:
        master: where Spark's executors run: `local[*]`, `spark://host:7077`, `yarn`, `k8s://…`.
        conf: settings of Spark, over the product's own.
        warehouse: folder of Spark's tables, which this machine and every worker see under the same
            path; relative to the study. Empty: below the study's own output.
        memory_limit: the most memory DuckDB takes before it spills to disk, such as `4GB`.
    """

    kind: EngineKind = "duckdb"
    master: str = "local[*]"
    conf: Mapping[str, str] = field(default_factory=dict[str, str])
    warehouse: str = ""
    memory_limit: str | None = None

    @property
    def is_spark(self) -> bool:
        """Whether facts and metrics are computed by Spark."""
        return self.kind == "spark"
