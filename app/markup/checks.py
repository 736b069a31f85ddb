"""What was checked of an answer, and what each check found."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from research.questions import Check


def render_checks(
    checks: Sequence[Check], key: str = "checks", told: str = "{} checks passed"
) -> str:
    """List checks, folded away under how many have passed ("7 of 8"), which `told` puts in words.

    `key` names the fold, so that it stays open when the page is drawn anew.
    """
    if not checks:
        return ""
    count = f"{sum(check.passed for check in checks)} of {len(checks)}"
    items = "".join(
        f'<li class="desk-check-{"passed" if check.passed else "open"}">'
        f"<b>{escape(check.name)}</b> {escape(check.detail)}</li>"
        for check in checks
    )
    return (
        f'<details class="desk-checks" data-key="{escape(key)}">'
        f"<summary>{escape(told.format(count))}</summary><ul>{items}</ul></details>"
    )
