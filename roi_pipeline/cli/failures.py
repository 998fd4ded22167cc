"""What a run says of what went wrong: deliveries kept out, steps that failed or were not reached, e-mails."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from roi_pipeline.cli.app import say, worded_as_asked
from roi_pipeline.domain.texts import Message

if TYPE_CHECKING:
    from roi_pipeline.defs.run import RunOutcome
    from roi_pipeline.usecases.refusals import KeptOut, Refusal, UnreadFile
    from roi_pipeline.usecases.send import Sent

MOST_REFUSALS = 5
MOST_FILES = 5
NO_VALUE = "—"


def report_failures(outcome: "RunOutcome") -> None:
    """What stopped, failed or was not reached; a delivery kept out with its cause, not its step."""
    from roi_pipeline.usecases.exports import READABLE
    from roi_pipeline.usecases.freshness import feed_message

    stopped = {asset for asset, _, is_error in outcome.failed_checks if is_error}
    for step in outcome.failed:
        if step.asset not in stopped:
            values = {"asset": step.asset, "reason": step.reason}
            say(Message("console_step_failed", values), err=True)
    _report_not_run(outcome)
    unread = {f"exports/{each.table}" for each in outcome.kept_out.unread}
    for asset, name, is_error in outcome.failed_checks:
        if is_error and name == READABLE and asset in unread:
            continue
        code = "console_check_stopped" if is_error else "console_check_warned"
        say(Message(code, {"asset": asset, "check": name}), err=True)
    _report_kept_out(outcome.kept_out)
    for feed in outcome.feeds:
        if feed.state != "arrived":
            say(feed_message(feed), err=True)


def _report_not_run(outcome: "RunOutcome") -> None:
    if outcome.skipped:
        values = {"assets": ", ".join(step.asset for step in outcome.skipped)}
        say(Message("console_steps_not_run", values), err=True)
    if outcome.without_figures:
        values = {"cycle": outcome.cycle_key, "modules": ", ".join(outcome.without_figures)}
        say(Message("console_no_figures", values), err=True)


def _report_kept_out(kept_out: "KeptOut") -> None:
    """Files nobody could read, then rejected deliveries, then the page with all of it."""
    for table in dict.fromkeys(each.table for each in kept_out.unread):
        files = [each for each in kept_out.unread if each.table == table]
        for each in files[:MOST_FILES]:
            _report_unread(each)
        if more := files[MOST_FILES:]:
            values = {"n": len(more), "asset": f"exports/{table}"}
            say(Message("console_files_not_read", values), err=True)
    for each in kept_out.rejected:
        for refusal in each.refusals[:MOST_REFUSALS]:
            _report_refusal(refusal)
        say(Message("console_delivery_kept", {"asset": f"exports/{each.table}"}), err=True)
    if kept_out.page is not None:
        say(Message("console_all_found", {"path": str(kept_out.page)}), err=True)


def _report_unread(each: "UnreadFile") -> None:
    code = "console_file_not_read_again" if each.has_earlier_rows else "console_file_not_read"
    say(Message(code, {"asset": f"exports/{each.table}", "error": each.error}), err=True)


def _report_refusal(refusal: "Refusal") -> None:
    column = refusal.column.name if refusal.column else NO_VALUE
    values = {"file": refusal.path, "column": column, "n": refusal.rows, "read": refusal.rows_read,
              "expected": worded_as_asked(refusal.expected()),
              "samples": ", ".join(refusal.samples) or NO_VALUE}  # fmt: skip
    say(Message("console_delivery_rejected", values), err=True)


def report_emails(emails: "Iterable[Sent]") -> bool:
    """Print the result of every e-mail; whether all were accepted."""
    are_sent = True
    for email in emails:
        values = {"state": email.state, "address": email.address, "answer": email.answer}
        say(Message("console_email", values))
        are_sent = are_sent and email.state == "accepted"
    return are_sent
