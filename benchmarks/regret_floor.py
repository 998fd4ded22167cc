"""How little regret can be had: a dynamic program that knows the prior and the last day.

Run: `python benchmarks/regret_floor.py [modules] [seed]`. True benefits are taken as N(100, 100²); on a
grid of posterior means the best of stopping, going on and expanding is found backwards from the last
report, with the data that each report to come is expected to bring. No advice that has to do without the
last day and the prior can be asked to lose less; docs/advice.md has the figures.
"""

import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "recovery"))

from scipy.stats import norm
from simulated_decisions import (
    CYCLES,
    DAYS,
    HORIZON,
    LIVE,
    Course,
    SimulatedModule,
    Tally,
    best_net,
    draw_modules,
    edition_day,
    fees_by_day,
    plain_before_after,
    play,
)

from roi_pipeline.domain.standards import Action
from roi_pipeline.finance.terms import first_free_day

MEAN, DEVIATION = 100.0, 100.0
GRID = np.linspace(-400, 600, 121)
EDGES = np.concatenate([[-np.inf], (GRID[1:] + GRID[:-1]) / 2, [np.inf]])


def variance(module: SimulatedModule, cycle: int) -> float:
    """Of the true benefit, after the data of so many cycles."""
    return 1 / (1 / DEVIATION**2 + cycle / module.error**2)


def posterior_mean(module: SimulatedModule, cycle: int) -> float:
    """Of the true benefit, after the data of so many cycles."""
    seen = MEAN / DEVIATION**2 + cycle * module.seen[cycle - 1] / module.error**2
    return variance(module, cycle) * seen


class Program:
    """The best action for each report, whether expanded or not, and posterior mean."""

    def __init__(self, module: SimulatedModule, fees: np.ndarray) -> None:
        self.module, self.fees = module, fees
        self.choices: dict[tuple[int, bool], tuple[tuple[Action, ...], np.ndarray]] = {}
        ahead = {is_expanded: np.zeros(len(GRID)) for is_expanded in (False, True)}
        for cycle in range(CYCLES - 1, 0, -1):
            ahead = self._values(cycle, ahead)

    def __call__(self, module: SimulatedModule, cycle: int, course: Course) -> Action:
        """The action, as the simulation asks for it."""
        actions, values = self.choices[cycle, course.expanded is not None]
        at = int(np.abs(GRID - posterior_mean(module, cycle)).argmin())
        return actions[int(values[:, at].argmax())]

    def _values(self, cycle: int, ahead: dict[bool, np.ndarray]) -> dict[bool, np.ndarray]:
        module, start = self.module, cycle * DAYS
        learnt = max(variance(module, cycle) - variance(module, cycle + 1), 1e-9) ** 0.5
        moves = np.diff(norm.cdf((EDGES[None, :] - GRID[:, None]) / learnt), axis=1)
        free = (first_free_day(module.contract, edition_day(cycle)) - LIVE).days
        left, once = min(free, HORIZON), 1 + module.room
        flow = DAYS * (GRID - module.other) - self.fees[start : start + DAYS].sum()
        stopped = np.maximum(0, GRID - module.other) * max(0, left - start)
        stopped = stopped - self.fees[start:left].sum()
        going = flow + moves @ ahead[False], once * flow + moves @ ahead[True]
        found = {False: [stopped, going[0]], True: [once * stopped, going[1]]}
        if module.room:
            found[False].append(going[1] - module.rollout)
        names: tuple[Action, ...] = ("stop", "continue", "expand")
        best: dict[bool, np.ndarray] = {}
        for is_expanded, values in found.items():
            stacked = np.array(values)
            self.choices[cycle, is_expanded] = (names[: len(values)], stacked)
            best[is_expanded] = stacked.max(axis=0)
        return best


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), "big")
    best, plain, ideal = 0.0, Tally(), Tally()
    for module in draw_modules(size, seed):
        fees = fees_by_day(module)
        best += best_net(module, fees)
        play(module, plain_before_after, plain, fees)
        play(module, Program(module, fees), ideal, fees)
    share = (best - ideal.net) / (best - plain.net)
    wrong = ideal.stopped_worth_keeping / size
    sys.stdout.write(
        f"seed {seed}: {size} modules, {share:.1%} of the loss of plain before/after, "
        f"{wrong:.1%} stopped although worth keeping\n"
    )
