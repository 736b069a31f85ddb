"""One bar on standard error, for whatever goes on. Knows no command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn

# Told a description, and how much of how much is done.
Update = Callable[[str, int, int | None], None]


@contextmanager
def open_bar(*columns: ProgressColumn) -> Iterator[tuple[Console, Update]]:
    """Show a bar, with `columns` behind it, where standard error is a terminal; gone in the end."""
    console = Console(stderr=True)
    described = TextColumn("{task.description}", markup=False)
    with Progress(
        described,
        BarColumn(),
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None, visible=False)

        def update(description: str, done: int, total: int | None) -> None:
            bar.update(task, description=description, completed=done, total=total, visible=True)

        yield console, update
