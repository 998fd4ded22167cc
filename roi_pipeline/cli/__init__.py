"""`roi …`: the same asset graph and the same use cases from the command line.

One file per group of commands, over `app`; everything heavy is imported inside the command that needs
it, so that `roi --help` answers at once. What is printed is worded in `reporting.console`.
"""

from roi_pipeline.cli import editions, runs, studies, trials
from roi_pipeline.cli.app import commands

__all__ = ["commands", "editions", "main", "runs", "studies", "trials"]


def main() -> None:
    """Entry point of the `roi` command."""
    commands(prog_name="roi")
