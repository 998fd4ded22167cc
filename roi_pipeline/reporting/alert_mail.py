"""Words the message about a night: what is new, what is over, what still holds."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from roi_pipeline.domain.alerts import Alert, NightChanges, OpenAlert
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language, Message
from roi_pipeline.reporting.console.speech import console_voice
from roi_pipeline.reporting.messages import Voice, names_of, plain


def alert_email(
    study: Study, changes: NightChanges, address: str, *, language: Language, page: str
) -> Email:
    """One message about a night to one address; the same changes make the same bytes.

    Args:
        study: whose night it was.
        changes: what is new, over, and still open.
        address: of the receiver, or the variable that holds a channel.
        language: of the message.
        page: where the status page lies.
    """
    say = service_voice(language, study)
    company = plain(study.company.into(language)) or study.id
    counts = {
        "company": company, "as_of": changes.as_of, "new": len(changes.new),
        "resolved": len(changes.resolved), "open": len(changes.still_open),
    }  # fmt: skip
    subject = one_line(say.sentence(Message(_subject_code(changes), counts)))
    parts = [*_parts(changes, say)]
    foot = say.sentence(Message("alert_mail_foot", {"page": page}))
    text = [subject, ""]
    html = [f"<p><b>{escape(subject)}</b></p>"]
    for title, lines in parts:
        text += [title, *(f"- {line}" for line in lines), ""]
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        html.append(f"<p>{escape(title)}</p><ul>{items}</ul>")
    short = [subject, *(line for _, lines in parts[:2] for line in lines)]
    return Email(
        edition_id=f"{study.id}/alerts/{changes.number}",
        address=address,
        subject=subject,
        text="\n".join([*text, foot, ""]),
        html=f'<html lang="{language}"><body>{"".join(html)}<p>{escape(foot)}</p></body></html>',
        dated=changes.as_of,
        short_text="\n".join(short),
    )


def one_line(text: str) -> str:
    """The text without line breaks: in a subject one would begin another header."""
    return " ".join(text.split())


def alert_line(alert: Alert, say: Voice) -> str:
    """An alert as one line: how bad it is, and the sentence."""
    severity = say.sentence(Message(f"alert_{alert.severity}"))
    values = {"severity": severity, "sentence": say.sentence(alert.message)}
    return say.sentence(Message("alert_line", values))


def service_voice(language: Language, study: Study) -> Voice:
    """The voice of what leaves the console: modules and metrics go by the names the study gives."""
    return replace(console_voice(language, study), names=names_of(study, language))


def _subject_code(changes: NightChanges) -> str:
    if changes.is_test:
        return "alert_mail_test"
    if changes.is_sign_of_life:
        return "alert_mail_quiet"
    return "alert_mail_subject"


def _parts(changes: NightChanges, say: Voice) -> Iterator[tuple[str, list[str]]]:
    if changes.new:
        yield say.sentence(Message("alert_mail_new")), [alert_line(a, say) for a in changes.new]
    if changes.resolved:
        lines = [_since(each, say) for each in changes.resolved]
        yield say.sentence(Message("alert_mail_resolved")), lines
    if changes.still_open:
        lines = [_since(each, say) for each in changes.still_open]
        yield say.sentence(Message("alert_mail_open")), lines


def _since(each: OpenAlert, say: Voice) -> str:
    values = {"line": alert_line(each.alert, say), "since": each.since}
    return say.sentence(Message("alert_since", values))
