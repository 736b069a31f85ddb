"""Plain text tables for a terminal, and how numbers look in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def render_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[str] = ()
) -> str:
    """Return rows under their header; the first column and those in `left` stand left."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    is_left = [index == 0 or name in left for index, name in enumerate(header)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if stands_left else cell.rjust(width)
            for cell, width, stands_left in zip(line, widths, is_left, strict=True)
        ).rstrip()
        for line in lines
    )


def render_share(share: float | None) -> str:
    """Return "62.5%", or a dash where there is nothing to divide."""
    return "-" if share is None else f"{share:.1%}"


def render_number(number: float | None, digits: int = 1) -> str:
    """Return a number with that many decimals, or a dash where there is none."""
    return "-" if number is None else f"{number:,.{digits}f}"
