"""The numbers of an answer, each linked to the step that it comes from.

Pure: from a result to HTML, all text escaped. A number of a step that is not grounded is struck
through: it must never look like one that is checked. What the desk counts itself ("113 passages on
50 pages") is left as it is.
"""

from __future__ import annotations

import re
from html import escape

from research.questions import ResearchResult, SubAnswer

# "$1,284.7 million", "(12.5)", "6.30%": the digits, with what is printed at them.
_NUMBER = re.compile(r"(?<![\w#.,])[-\u2212]?\$?\d[\d,]*(?:\.\d+)?%?(?![\w])")
_YEAR = re.compile(r"(?:19|20)\d\d")


def link_numbers(result: ResearchResult) -> str:
    """Return the answer's text, in which each number opens the evidence that it comes from."""
    text = result.answer.text
    parts: list[str] = []
    at = 0
    for match in _NUMBER.finditer(text):
        parts.append(escape(text[at : match.start()]))
        parts.append(_render_number(match[0], result))
        at = match.end()
    return "".join([*parts, escape(text[at:])])


def _render_number(number: str, result: ResearchResult) -> str:
    shown = escape(number)
    if _YEAR.fullmatch(number):
        return shown
    source = _find_source(number, result, is_grounded=True)
    if source is not None:
        return (
            f'<button type="button" class="desk-link desk-number" data-label="{source.label}" '
            f'title="From {source.label}: {escape(source.question)}">{shown}</button>'
        )
    if _find_source(number, result, is_grounded=False) is not None:
        return f'<s title="Not verified: no evidence was found for it">{shown}</s>'
    return shown


def _find_source(number: str, result: ResearchResult, *, is_grounded: bool) -> SubAnswer | None:
    """Return the step, grounded or not, whose answer prints the number; the last of several."""
    bare = number.strip("$%")
    whole = re.compile(rf"(?<![\d.,]){re.escape(bare)}(?![\d]|[.,]\d)")
    return next(
        (
            answer
            for answer in reversed(result.sub_answers)
            if answer.grounded is is_grounded and whole.search(answer.answer)
        ),
        None,
    )
