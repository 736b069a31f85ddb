"""Whether a short answer is right (P3): as a text, as a number, and as a refusal.

Pure. What else than the completion is right stands in an example's `gold["accepted"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ingestion.figures import Figure, find_figures, parse_figure
from research.solving import clean_answer
from training.examples import NOT_DISCLOSED, Example

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
# A bracket before a number says that it is negative, as filings print it.
_MINUS = re.compile(r"[\u2010-\u2014\u2212]|\(\s*(?=[\d.])")
# Kept are letters, digits, the point before a digit, the sign before a number, and percent.
_NOISE = re.compile(r"\.(?!\d)|-(?![\d.])|(?<=\w)-|[^\w.%\-]")


def score_answer(example: Example, text: str) -> Mapping[str, bool]:
    """Judge what the Solver wrote to a sub-question."""
    said = clean_answer(text)
    refused = is_refusal(said)
    if is_refusal(example.completion):
        return {"right": refused, "refusal": refused}
    golds = (example.completion, *example.gold.get("accepted", ()))
    exact = is_same_text(said, golds)
    scores = {"exact": exact, "false refusal": refused}
    if parse_figure(example.completion) is not None:
        scores["number"] = is_same_number(said, golds)
    return {"right": exact or scores.get("number", False), **scores}


def is_refusal(text: str) -> bool:
    """Whether an answer says that the passages do not hold it."""
    return normalise(text) == normalise(NOT_DISCLOSED)


def is_right(said: str, golds: Iterable[str]) -> bool:
    """Whether an answer is one of the golds, as a text or as the same number."""
    known = tuple(golds)
    return is_same_text(said, known) or is_same_number(said, known)


def is_same_text(said: str, golds: Iterable[str]) -> bool:
    """Whether an answer is one of the golds but for case, spaces, articles, "$" and commas."""
    own = normalise(said)
    return bool(own) and any(own == normalise(gold) for gold in golds)


def is_same_number(said: str, golds: Iterable[str]) -> bool:
    """Whether an answer's only number has value, scale and percent of one of the golds.

    A year beside the number is passed over: "$5 million in 2019" says one number.
    """
    own = tuple(find_figures(said))
    if len(own) > 1:
        own = tuple(figure for figure in own if not figure.is_year)
    if len(own) != 1:
        return False
    figures = filter(None, map(parse_figure, golds))
    return any(_is_same(own[0], figure) for figure in figures)


def normalise(text: str) -> str:
    """Return a text for comparing: SQuAD's rules, but a number keeps point, sign and percent."""
    plain = _ARTICLES.sub(" ", text.lower()).replace(",", "").replace("$", "")
    return _NOISE.sub("", _MINUS.sub("-", plain))


def _is_same(one: Figure, other: Figure) -> bool:
    if (one.value, one.scale) != (other.value, other.scale):
        return False
    # A currency may be left out; a percent sign may not.
    units = {one.unit, other.unit}
    return len(units - {None}) < 2 and (one.unit == other.unit or "percent" not in units)
