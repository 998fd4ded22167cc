from dataclasses import replace
from datetime import date

from small_panels import METRIC, clinics, module_of

from roi_pipeline.domain.baselines import BaselineLock
from roi_pipeline.domain.windows import Window
from roi_pipeline.stats.baseline_lock import (
    as_locked,
    baseline_in_use,
    changed_parts,
    lock_baseline,
    lock_finding,
    versions_to_show,
    without_newly_live,
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
    assert found.message.values == {
        "changed": "baseline",
        "version": 2,
        "previous": 1,
        "locked_on": date(2026, 1, 1),
    }


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


def test_a_lock_puts_module_and_metric_back_as_they_were() -> None:
    window = Window(date(2025, 5, 1), date(2025, 6, 1))
    declared = replace(
        MODULE,
        selection_window=window,
        selection_reason="worst weeks",
        filters={"channel": ("wecom", "phone")},
        design=replace(MODULE.design, dropped_periods=(date(2025, 2, 3),), ramp_days=7),
    )
    first = lock(declared)
    moved = replace(declared, baseline=Window(date(2025, 3, 3), BASELINE.end), filters={})
    then, metric = as_locked(first, moved, replace(METRIC, numerator="other", version=9))
    assert metric == METRIC
    assert (
        lock_baseline(
            then, metric, then.pool[0], baseline=BASELINE, as_of=date(2027, 1, 1), earlier=(first,)
        )
        == first
    )


def test_the_window_held_to_is_what_was_declared_or_all_before_go_live() -> None:
    start = date(2025, 1, 6)
    open_window = baseline_in_use(MODULE, history_start=start)
    assert open_window == Window(start, MODULE.rollout.first_day)
    chosen = replace(MODULE, selection_window=Window(date(2025, 3, 3), date(2025, 4, 7)))
    assert baseline_in_use(chosen, history_start=start) == Window(start, date(2025, 3, 3))
    assert baseline_in_use(MODULE, history_start=date(2030, 1, 1)) is None


def test_a_roll_out_that_goes_on_is_a_note_and_its_units_are_controls_no_longer() -> None:
    first = lock()
    later = {**MODULE.rollout.go_live, "new": date(2026, 3, 2)}
    more = replace(MODULE, rollout=replace(MODULE.rollout, go_live=later))
    found = lock_finding(lock(more, earlier=(first,)), (first,))
    assert (found.message.code, found.severity, found.passed) == ("roll_out_went_on", "note", False)
    backdated = {**MODULE.rollout.go_live, "new": date(2025, 9, 1)}
    moved = replace(MODULE, rollout=replace(MODULE.rollout, go_live=backdated))
    assert lock_finding(lock(moved, earlier=(first,)), (first,)).message.code == "baseline_changed"

    panel = clinics()
    never = next(i for i, day in enumerate(panel.go_live) if day is None)
    days = tuple(date(2026, 3, 2) if i == never else day for i, day in enumerate(panel.go_live))
    left = without_newly_live(panel, replace(panel, go_live=days))
    assert set(panel.unit_ids) - set(left.unit_ids) == {panel.unit_ids[never]}
    assert len(left.numerators) == len(left.unit_ids) * len(left.period_starts)
    assert without_newly_live(panel, panel) is panel


def test_the_first_and_the_previous_version_are_shown_but_never_the_one_in_force() -> None:
    windows = [Window(date(2025, month, 3), BASELINE.end) for month in (1, 2, 3, 4)]
    locks: tuple[BaselineLock, ...] = ()
    for window in windows:
        locks += (lock(baseline=window, earlier=locks),)
    assert [one.version for one in versions_to_show(locks[-1], locks)] == [1, 3]
    back = lock(baseline=windows[0], earlier=locks)
    assert back.version == 5
    assert [one.version for one in versions_to_show(back, locks)] == [2, 4]
    assert versions_to_show(locks[0], locks) == ()
