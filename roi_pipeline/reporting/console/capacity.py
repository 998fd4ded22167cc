"""A projection of time, memory and disk in words for the command line, with what it rests on."""

from collections.abc import Iterator

from roi_pipeline.domain.capacity import Capacity
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.console.speech import console_voice, worded
from roi_pipeline.reporting.messages import Voice

MINUTE, HOUR = 60, 3600


def capacity_lines(plan: Capacity, language: Language = "en") -> Iterator[str]:
    """What a run on more data takes, line by line."""
    voice = console_voice(language)
    times = voice.numbers.number(plan.times)
    yield worded(voice, "capacity_head", times=times, rows=plan.rows, engine=plan.engine)
    yield worded(voice, "capacity_time", time=_time(voice, plan.seconds))
    yield worded(voice, "capacity_memory", size=_size(voice, plan.peak_bytes))
    yield worded(voice, "capacity_disk", size=_size(voice, plan.disk_bytes))
    if plan.spill_bytes:
        yield worded(voice, "capacity_spill", size=_size(voice, plan.spill_bytes))
    yield worded(voice, "capacity_basis", n=plan.runs)
    if plan.fixed_seconds is None:
        yield worded(voice, "capacity_one_size")
    if plan.engine == "spark":
        yield worded(voice, "capacity_workers")


def _time(voice: Voice, seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return worded(voice, "capacity_seconds", n=voice.numbers.number(seconds, digits=0))
    if seconds < 2 * HOUR:
        return worded(voice, "capacity_minutes", n=voice.numbers.number(seconds / MINUTE, digits=0))
    return worded(voice, "capacity_hours", n=voice.numbers.number(seconds / HOUR, digits=1))


def _size(voice: Voice, size: int) -> str:
    return f"{voice.numbers.number(size / 1e9, digits=1)} GB"
