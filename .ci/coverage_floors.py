"""Holds measured coverage against the floor of every room and prints both; exits 1 below a floor.

`target` is what the house asks for, `floor` what was reached: a floor is raised when more is
reached and never lowered. Reads the JSON that `coverage json` writes.
"""

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FLOORS = Path(__file__).with_suffix(".toml")
PACKAGE = "roi_pipeline"


@dataclass(frozen=True, slots=True)
class Room:
    """Lines and branches of one room, and how many of them ran."""

    name: str
    there: int
    ran: int

    @property
    def percent(self) -> float:
        """Share that ran, in percent, cut (not rounded) to one digit: 99.96 is not 100."""
        return int(self.ran * 1000 / self.there) / 10 if self.there else 100.0


def rooms_of(measured: Mapping[str, Mapping[str, Mapping[str, int]]]) -> list[Room]:
    """Rooms in the order of their names, from the `files` of coverage's JSON."""
    counts: dict[str, list[int]] = {}
    for path, file in measured.items():
        parts = Path(path).parts
        if PACKAGE not in parts:
            continue
        below = parts[parts.index(PACKAGE) + 1 :]
        room = counts.setdefault(below[0] if len(below) > 1 else PACKAGE, [0, 0])
        summary = file["summary"]
        room[0] += summary["num_statements"] + summary.get("num_branches", 0)
        room[1] += summary["covered_lines"] + summary.get("covered_branches", 0)
    return [Room(name, there, ran) for name, (there, ran) in sorted(counts.items())]


def report(rooms: list[Room], floors: Mapping[str, Mapping[str, float]]) -> tuple[str, bool]:
    """One line per room and whether every room reaches its floor; no room at all does not."""
    lines = [f"{'room':<14}{'ran':>8}{'floor':>8}{'target':>8}"]
    is_reached = bool(rooms)
    for room in rooms:
        wanted = {**floors["default"], **floors.get(room.name, {})}
        is_below = room.percent < wanted["floor"]
        is_reached = is_reached and not is_below
        note = "  below its floor" if is_below else ""
        note = note or ("  short of the target" if room.percent < wanted["target"] else "")
        lines.append(
            f"{room.name:<14}{room.percent:>8.1f}{wanted['floor']:>8.1f}{wanted['target']:>8.1f}{note}"
        )
    return "\n".join(lines), is_reached


def main(path: str) -> int:
    """Print the table; the exit status says whether every floor is reached."""
    measured = json.loads(Path(path).read_text("utf-8"))["files"]
    table, is_reached = report(rooms_of(measured), tomllib.loads(FLOORS.read_text("utf-8")))
    print(table)
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
