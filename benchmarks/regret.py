"""Regret of the advice: 2,000 modules of known value, eight cycles, against three rules of thumb.

Run: `python benchmarks/regret.py [modules] [seed]`; without a seed a fresh one is drawn and printed.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "recovery"))

from simulated_decisions import Regrets, simulate

MODULES = 2_000
COLUMNS = ("way of deciding", "net lost per module", "of the best rule's", "stopped", "worth keeping",
           "expanded", "losing")  # fmt: skip


def table(found: Regrets) -> str:
    """One row for each way of deciding, as in docs/advice.md."""
    rules = {name: found.loss(name) for name in found.tallies if name != "advice"}
    best = min(rules.values())
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for name, tally in found.tallies.items():
        loss = found.loss(name)
        cells = (
            name, f"{loss:,.0f}", f"{loss / best:.0%}", f"{tally.stopped}",
            f"{tally.stopped_worth_keeping} ({tally.stopped_worth_keeping / found.n:.1%})",
            f"{tally.expanded}", f"{tally.expanded_losing} ({tally.expanded_losing / found.n:.1%})",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else MODULES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), "big")
    found = simulate(size, seed)
    kept = f"{found.worth_keeping} earn their costs to the end"
    sys.stdout.write(f"seed {seed}: {size} modules, {kept}\n{table(found)}\n")
