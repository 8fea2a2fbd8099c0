"""Long work, as it is seen in a terminal: a bar where there is one, else a plain line now and then."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import OperationalError

from app.errors import AppError, Unavailable
from app.models import WorkState

LOOK_SECONDS = 0.2
LINE_SECONDS = 5.0
STILL_SECONDS = 60.0
ENDED = (WorkState.DONE, WorkState.FAILED)


@dataclass(frozen=True)
class Look:
    """How far some work is: its state, the finished share, and that in words."""

    state: str
    share: float
    words: str
    reason: str = ""


class View(Protocol):
    """Shows looks as they come."""

    def __call__(self, look: Look) -> None: ...


def watch(title: str, look: Callable[[], Look], work: Callable[[], None] | None = None) -> Look:
    """Show work until it has ended, and do it meanwhile if `work` is given; a worker may have taken it first.

    Raises AppError with the reason when it failed, Unavailable when nobody works on it.
    """
    doing = threading.Thread(target=work, daemon=True) if work else None
    if doing is not None:
        doing.start()
    with _view(title) as show:
        last, moved_at = look(), time.monotonic()
        while last.state not in ENDED:
            show(last)
            time.sleep(LOOK_SECONDS)
            before, last = last, _look_again(look, last)
            if last != before or (doing is not None and doing.is_alive()):
                moved_at = time.monotonic()
            if time.monotonic() - moved_at > STILL_SECONDS:
                raise Unavailable("Nobody works on it. Is everything running? See: regulars check")
        show(last)
    if doing is not None:
        doing.join()
    if last.state == WorkState.FAILED:
        raise AppError(f"{title} failed. {last.reason}")
    return last


def _look_again(look: Callable[[], Look], last: Look) -> Look:
    """Look once more; a database that is being started again is waited for, as one waits for work that stands still."""
    try:
        return look()
    except OperationalError:
        return last


@contextmanager
def _view(title: str) -> Iterator[View]:
    console = Console()
    if not console.is_terminal:
        yield _Lines(title)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=1.0, words="")
        yield lambda look: progress.update(task, completed=look.share, words=look.words)


class _Lines:
    """A line when there is news, but not more often than one reads."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._next_at = 0.0
        self._said = ""

    def __call__(self, look: Look) -> None:
        line = f"{self._title}: {look.share:4.0%}  {look.words}"
        is_due = time.monotonic() >= self._next_at or look.state in ENDED
        if is_due and line != self._said:
            print(line, flush=True)  # noqa: T201 - a terminal, or a file that stands for one
            self._said, self._next_at = line, time.monotonic() + LINE_SECONDS
