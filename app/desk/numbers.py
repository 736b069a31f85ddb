"""The numbers of an answer, each linked to the step that it comes from.

Pure: from a result to HTML, all text escaped. A number that no grounded step bears, in an answer
that is not settled, is struck through: it must never look like one that is checked.
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
    is_settled = result.verdict.label != "NOT_ENOUGH_INFO"
    parts: list[str] = []
    at = 0
    for match in _NUMBER.finditer(text):
        parts.append(escape(text[at : match.start()]))
        parts.append(_render_number(match[0], result, is_settled=is_settled))
        at = match.end()
    return "".join([*parts, escape(text[at:])])


def _render_number(number: str, result: ResearchResult, *, is_settled: bool) -> str:
    shown = escape(number)
    if _YEAR.fullmatch(number):
        return shown
    source = _find_source(number, result)
    if source is not None:
        return (
            f'<button type="button" class="desk-link desk-number" data-label="{source.label}" '
            f'title="From {source.label}: {escape(source.question)}">{shown}</button>'
        )
    if is_settled:  # a count, or a figure of the calculation below
        return shown
    return f'<s title="Not verified: no evidence was found for it">{shown}</s>'


def _find_source(number: str, result: ResearchResult) -> SubAnswer | None:
    """Return the grounded step whose answer prints the number; the last one of several."""
    bare = number.strip("$%")
    whole = re.compile(rf"(?<![\d.,]){re.escape(bare)}(?![\d]|[.,]\d)")
    return next(
        (
            answer
            for answer in reversed(result.sub_answers)
            if answer.grounded and whole.search(answer.answer)
        ),
        None,
    )
