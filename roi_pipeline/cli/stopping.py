"""Ends a command within seconds of Ctrl-C or SIGTERM."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

GRACE_SECONDS = 5.0
BY_SIGNAL = 128


@contextmanager
def stoppable(
    farewell: Callable[[], None], *, grace_seconds: float = GRACE_SECONDS
) -> Iterator[None]:
    """Let SIGINT and SIGTERM end this process: at once where it can be, else after the grace.

    The farewell says so, where the process could be ended at once.

    Handlers written in Python wait for the call into a library that is under way. The wake-up file
    descriptor is written by the interpreter's own handler, whatever it is doing, so a thread sees
    the signal and ends the process when the grace is over. Nothing is lost by that: what a run had
    not finished is done again by the next one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    terminating = signal.signal(signal.SIGTERM, _raise)
    received, is_known = list[int](), threading.Event()
    watching = threading.Thread(
        target=_watch, args=(reading, grace_seconds, received, is_known), daemon=True
    )
    watching.start()
    try:
        yield
    finally:
        # Whatever the command made of it: a step that was interrupted looks like one that failed.
        signal.signal(signal.SIGTERM, terminating)
        signal.set_wakeup_fd(before)
        os.close(writing)
        is_known.wait()  # the command may have ended before the thread came to read the signal
        if not received:
            watching.join()
            os.close(reading)
        else:
            farewell()
            sys.exit(BY_SIGNAL + received[0])


def _raise(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(number)


def _watch(
    reading: int, grace_seconds: float, received: list[int], is_known: threading.Event
) -> None:
    """Wait for the number of a signal; after it the process has the grace to end by itself."""
    number = os.read(reading, 1)
    while number and number[0] not in {signal.SIGINT, signal.SIGTERM}:
        number = os.read(reading, 1)
    received.extend(number)
    is_known.set()
    if number:
        threading.Event().wait(grace_seconds)
        os._exit(BY_SIGNAL + number[0])
