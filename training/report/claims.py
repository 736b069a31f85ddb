"""Whether a claim was rightly accepted or refused (P4, P6). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from research.solving import clean_answer
from training.errors import DataError
from training.examples import Example
from training.report.finals import read_final

_VERDICTS = ("yes", "no")


def score_sub_claim(example: Example, text: str) -> Mapping[str, bool]:
    """Judge a bare Yes or No.

    Raises:
        DataError: the example's own completion is neither.
    """
    return _score(example, clean_answer(example.completion), clean_answer(text))


def score_verdict(example: Example, text: str) -> Mapping[str, bool]:
    """Judge the Yes or No between the answer tags.

    Raises:
        DataError: the example's own completion holds neither.
    """
    return _score(example, read_final(example.completion) or "", read_final(text) or "")


def score_verdict_format(_: Example, text: str) -> Mapping[str, bool]:
    """Tell whether Yes or No stands between answer tags, both written out."""
    said = read_final(text) if "</answer>" in text else None
    return {"format": said is not None and _flatten(said) in _VERDICTS}


def _score(example: Example, gold: str, said: str) -> Mapping[str, bool]:
    truth, verdict = _flatten(gold), _flatten(said)
    if truth not in _VERDICTS:
        raise DataError(
            f"A claim of {example.document} ({example.source}) is answered with {gold!r}, neither "
            "Yes nor No. Build the data again: `acedesk train data`."
        )
    if truth == "no":
        return {"accuracy": verdict == "no", "false accepted": verdict == "yes"}
    return {"accuracy": verdict == "yes", "true refused": verdict == "no"}


def _flatten(text: str) -> str:
    return text.strip().rstrip(".").lower()
