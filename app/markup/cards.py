"""The card of a calculation: formula, what was put in, and the result.

Pure; all text is escaped.
"""

from __future__ import annotations

from html import escape

from app.wording import write_amount
from research.questions import Calculation, Operand


def render_calculation(calculation: Calculation) -> str:
    """Show a formula with its operands and where each comes from, and the result."""
    rows = "".join(_render_operand(operand) for operand in calculation.operands)
    state = "computed" if calculation.verified else "not verified"
    symbol = "\u2713" if calculation.verified else "?"
    failed = [check for check in calculation.checks if not check.passed]
    told = "".join(f'<p class="desk-why">{escape(check.detail)}</p>' for check in failed)
    style = "is-verified" if calculation.verified else "is-loose"
    return (
        f'<div class="desk-card desk-{style}"><div class="desk-row">'
        f'<code class="desk-formula">{escape(calculation.formula)}</code>'
        f'<span class="desk-state">{symbol} {state}</span></div>'
        f'<table class="desk-operands"><tbody>{rows}</tbody>'
        f'<tfoot><tr><th scope="row">Result</th><td>{escape(calculation.text)}</td><td></td></tr>'
        f"</tfoot></table>{told}"
        f'<details class="desk-program"><summary>Program</summary>'
        f"<pre>{escape(calculation.source)}</pre></details></div>"
    )


def _render_operand(operand: Operand) -> str:
    reference = escape(operand.reference or operand.name)
    named = (
        f'<button type="button" class="desk-link" data-label="{escape(operand.reference)}">'
        f"{reference}</button>"
        if operand.reference
        else reference
    )
    symbol = "\u2713" if operand.bound else "?"
    return (
        f'<tr class="desk-{"bound" if operand.bound else "loose"}">'
        f'<th scope="row">{named} <span class="desk-quiet">{escape(operand.label)}</span></th>'
        f"<td>{escape(write_amount(operand.value))}</td>"
        f'<td title="{escape(operand.detail)}">{symbol}</td></tr>'
    )
