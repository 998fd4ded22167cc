"""What a run says of what went wrong in it: rejected deliveries, failed steps, steps not reached."""

from typing import TYPE_CHECKING

from roi_pipeline.cli.app import say, worded_as_asked
from roi_pipeline.domain.texts import Message

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.usecases.refusals import Refusal

MOST_REFUSALS = 5
NO_VALUE = "—"


def report_failures(outcome: "RunOutcome") -> None:
    """What stopped, failed or was not reached; a rejected delivery with its columns, not its step."""
    from roi_pipeline.usecases.freshness import feed_message

    rejected = {f"exports/{each.table}": each for each in outcome.rejected}
    for step in outcome.failed:
        if step.asset not in rejected:
            values = {"asset": step.asset, "reason": step.reason}
            say(Message("console_step_failed", values), err=True)
    for step in outcome.skipped:
        values = {"asset": step.asset, "reason": step.reason}
        say(Message("console_step_skipped", values), err=True)
    for asset, name, is_error in outcome.failed_checks:
        code = "console_check_stopped" if is_error else "console_check_warned"
        say(Message(code, {"asset": asset, "check": name}), err=True)
    for asset, each in rejected.items():
        for refusal in each.refusals[:MOST_REFUSALS]:
            _report_refusal(refusal)
        say(Message("console_delivery_kept", {"asset": asset, "path": str(each.page)}), err=True)
    for feed in outcome.feeds:
        if feed.state != "arrived":
            say(feed_message(feed), err=True)


def _report_refusal(refusal: "Refusal") -> None:
    column = refusal.column.name if refusal.column else NO_VALUE
    values = {"file": refusal.path, "column": column, "n": refusal.rows, "read": refusal.rows_read,
              "expected": worded_as_asked(refusal.expected()),
              "samples": ", ".join(refusal.samples) or NO_VALUE}  # fmt: skip
    say(Message("console_delivery_rejected", values), err=True)
