"""Exact match and F1 of short answers by SQuAD's rules; an empty answer is wrong. Pure."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise_answer(text: str) -> str:
    """Return the text in small letters without punctuation, articles and double spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(answer: str, gold: str) -> float:
    """Return 1.0 where both are the same once normalised and not empty, else 0.0."""
    said = normalise_answer(answer)
    return float(bool(said) and said == normalise_answer(gold))


def token_f1(answer: str, gold: str) -> float:
    """Return the F1 of the words that both share, repeated words counted as often (0 to 1)."""
    said, wanted = normalise_answer(answer).split(), normalise_answer(gold).split()
    shared = (Counter(said) & Counter(wanted)).total()
    return 2 * shared / (len(said) + len(wanted)) if shared else 0.0


def best_of(measure: Callable[[str, str], float], answer: str, golds: Sequence[str]) -> float:
    """Return the measure against the gold that fits best."""
    return max((measure(answer, gold) for gold in golds), default=0.0)
