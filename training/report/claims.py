"""Whether a claim was rightly accepted or refused (P4, P6). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from research.solving import clean_answer
from training.examples import Example
from training.report.finals import read_final

_YES, _NO = "yes", "no"


def score_sub_claim(example: Example, text: str) -> Mapping[str, bool]:
    """Judge a bare Yes or No."""
    return _score(clean_answer(example.completion), clean_answer(text))


def score_verdict(example: Example, text: str) -> Mapping[str, bool]:
    """Judge the Yes or No between the answer tags."""
    return _score(read_final(example.completion) or "", read_final(text) or "")


def score_verdict_format(_: Example, text: str) -> Mapping[str, bool]:
    """Tell whether Yes or No stands between answer tags, both written out."""
    said = read_final(text) if "</answer>" in text else None
    return {"format": said is not None and said.strip().lower() in (_YES, _NO)}


def _score(gold: str, said: str) -> Mapping[str, bool]:
    truth, verdict = gold.strip().lower(), said.strip().lower()
    if truth == _NO:
        return {"accuracy": verdict == _NO, "false accepted": verdict == _YES}
    return {"accuracy": verdict == _YES, "true refused": verdict == _NO}
