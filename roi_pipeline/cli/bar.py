"""The progress bar of `roi run`, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

if TYPE_CHECKING:
    from roi_pipeline.defs.one_writer import DeadRun
    from roi_pipeline.engines.writer_lock import Holder


@dataclass(frozen=True, slots=True)
class CycleBar:
    """One bar for one cycle: which asset is being made, how many are done, what failed."""

    progress: Progress
    task: TaskID

    def expect(self, steps: int) -> None:
        """Set the length of the bar."""
        self.progress.update(self.task, total=steps)

    def report(self, asset: str, event: str) -> None:
        """Move on when a step ends, and name it when it begins or fails."""
        if event == "start":
            self.progress.update(self.task, description=asset)
        elif event != "retry":
            self.progress.advance(self.task)
        if event == "failed":
            self.progress.console.print(f"[red]failed[/red] {asset}")

    def waiting(self, holder: "Holder", waited: float) -> None:
        """Show who is being waited for and how long already."""
        self.progress.update(self.task, description=f"waiting {waited:.0f} s for {holder}")

    def ended(self, dead: "DeadRun") -> None:
        """Say which run was found cut off."""
        self.progress.console.print(str(dead))


@contextmanager
def progress_bar(cycle_key: str) -> Iterator[CycleBar]:
    """Show a bar while the block runs."""
    columns = (
        TextColumn("{task.fields[cycle]}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = CycleBar(progress, progress.add_task("starting", total=None, cycle=cycle_key))
        yield bar
        progress.update(bar.task, description="done")
