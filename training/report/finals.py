"""Whether the whole answer stands in its tags and is the gold (P5). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from research.conclusion import parse_final_answer
from training.examples import Example
from training.report.answers import is_right

_END = "</answer>"


def score_final(example: Example, text: str) -> Mapping[str, bool]:
    """Judge what stands between the answer tags."""
    gold = read_final(example.completion) or example.completion
    golds = (gold, *example.gold.get("accepted", ()))
    return {"right": is_right(read_final(text) or "", golds)}


def score_final_format(_: Example, text: str) -> Mapping[str, bool]:
    """Tell whether something stands between answer tags, both written out."""
    return {"format": bool(parse_final_answer(text))}


def read_final(text: str) -> str | None:
    """Return what stands between the last answer tags; the desk stops before the closing one."""
    return parse_final_answer(text if _END in text else text + _END)
