"""The table `[engine]` of study.toml: what computes facts and metrics, and how much memory it takes."""

from typing import Annotated

from pydantic import Field

from roi_pipeline.domain.engine import Engine, EngineKind
from roi_pipeline.settings.entries.entry import Entry, Words, build

Memory = Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")]


class EngineEntry(Entry):
    """The whole table."""

    kind: EngineKind | None = None
    master: Words | None = None
    conf: dict[str, str] | None = None
    warehouse: Words | None = None
    memory_limit: Memory | None = None

    def to_domain(self) -> Engine:
        """The engine."""
        return build(Engine, self)
