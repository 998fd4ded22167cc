from dataclasses import replace
from datetime import date

from small_panels import METRIC, clinics, module_of

from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.baseline_lock import (
    BaselineLock,
    changed_parts,
    lock_baseline,
    lock_finding,
)

MODULE = module_of(clinics())
BASELINE = Window(date(2025, 1, 6), date(2025, 6, 2))


def lock(
    module=MODULE, *, baseline=BASELINE, earlier: tuple[BaselineLock, ...] = ()
) -> BaselineLock:
    return lock_baseline(
        module, METRIC, module.pool[0], baseline=baseline, as_of=date(2026, 1, 1), earlier=earlier
    )


def test_the_first_use_makes_version_one() -> None:
    first = lock()
    assert (first.version, len(first.sha256), first.locked_on) == (1, 64, date(2026, 1, 1))
    assert lock_finding(first).passed


def test_nothing_changed_keeps_the_lock_and_its_day() -> None:
    first = lock()
    again = lock_baseline(
        MODULE, METRIC, MODULE.pool[0], baseline=BASELINE, as_of=date(2026, 4, 1), earlier=(first,)
    )
    assert again == first


def test_a_moved_window_makes_a_new_version_that_says_what_changed() -> None:
    first = lock()
    moved = Window(date(2025, 2, 3), BASELINE.end)
    second = lock(baseline=moved, earlier=(first,))
    assert second.version == 2
    assert changed_parts(first, second) == ("baseline",)
    found = lock_finding(second, (first,))
    assert not found.passed
    assert found.message.values == {"changed": "baseline", "version": 2, "previous": 1}


def test_definition_units_and_selection_are_locked_too() -> None:
    first = lock()
    window = Window(date(2025, 5, 1), date(2025, 6, 1))
    chosen = replace(MODULE, selection_window=window, selection_reason="worst weeks")
    fewer = dict(list(MODULE.rollout.go_live.items())[1:])
    assert changed_parts(first, lock(chosen)) == ("selection_reason", "selection_window")
    other = lock(replace(MODULE, rollout=replace(MODULE.rollout, go_live=fewer)))
    assert changed_parts(first, other) == ("go_live", "units")
    filtered = lock(replace(MODULE, filters={"channel": ("wecom",)}))
    assert changed_parts(first, filtered) == ("filters",)


def test_the_order_in_which_things_are_written_does_not_matter() -> None:
    turned = dict(reversed(list(MODULE.rollout.go_live.items())))
    assert lock(replace(MODULE, rollout=replace(MODULE.rollout, go_live=turned))) == lock()


def test_locks_of_other_metrics_are_left_alone() -> None:
    other = replace(lock(), metric_id="reply_rate", version=7)
    assert lock(earlier=(other,)).version == 1
