"""The progress bar of `roi run`, on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from roi_pipeline.cli.app import language_asked

if TYPE_CHECKING:
    from roi_pipeline.defs.one_writer import DeadRun
    from roi_pipeline.engines.writer_lock import Holder
    from roi_pipeline.reporting.messages import Voice


@dataclass(frozen=True, slots=True)
class CycleBar:
    """One bar for one cycle: which asset is being made, how many are done, what failed."""

    progress: Progress
    task: TaskID
    voice: "Voice"

    def expect(self, steps: int) -> None:
        """Set the length of the bar."""
        self.progress.update(self.task, total=steps)

    def report(self, asset: str, event: str) -> None:
        """Move on when a step ends, and name it when it begins or fails."""
        if event == "start":
            self._describe(asset)
        elif event != "retry":
            self.progress.advance(self.task)
        if event == "failed":
            failed = self._worded("bar_failed", asset=asset)
            self.progress.console.print(f"[red]{escape(failed)}[/red]")

    def waiting(self, holder: "Holder", waited: float) -> None:
        """Show who is being waited for and how long already."""
        self._describe(self._worded("bar_waiting", seconds=f"{waited:.0f}", holder=str(holder)))

    def ended(self, dead: "DeadRun") -> None:
        """Say which run was found cut off."""
        values = {"run": dead.run_id[:8], "job": dead.job, "cycle": dead.partition}
        code = "dead_run_of_cycle" if dead.partition else "dead_run"
        self.progress.console.print(escape(self._worded(code, **values)))

    def say(self, code: str) -> None:
        """Show a sentence of the console beside the bar."""
        self._describe(self._worded(code))

    def _describe(self, text: str) -> None:
        self.progress.update(self.task, description=escape(text))

    def _worded(self, code: str, **values: str) -> str:
        from roi_pipeline.reporting.console.speech import worded

        return worded(self.voice, code, **values).rstrip()


@contextmanager
def progress_bar(cycle_key: str) -> Iterator[CycleBar]:
    """Show a bar while the block runs, in the language of the command."""
    from roi_pipeline.reporting.console.speech import console_voice

    columns = (
        TextColumn("{task.fields[cycle]}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None, cycle=cycle_key)
        bar = CycleBar(progress, task, console_voice(language_asked()))
        bar.say("bar_starting")
        yield bar
        bar.say("bar_done")
