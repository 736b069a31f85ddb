"""Whether an answer is right.

Pure functions on a gold and the value of `acedesk ask --json`. The rules are strict on purpose:
sign, scale and unit count, and an answer that the desk itself calls unverified is never right.
Knows no file, no workspace and no model, and not where a gold came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ingestion.figures import Figure, find_figures

Outcome = Literal["right", "wrong", "abstained"]
Record = Mapping[str, Any]

DEFAULT_TOLERANCE = Decimal("0.005")

_WORD = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|\.\d+|[^\W\d_]+(?:'[^\W\d_]+)?")
_ARTICLES = frozenset({"a", "an", "the"})
_YES_NO = re.compile(r"^\W*(yes|no|true|false)\b", re.IGNORECASE)
_UNIT_NAMES = {
    "%": "percent",
    "percentage": "percent",
    "percents": "percent",
    "pp": "percentage points",
    "percentage point": "percentage points",
    "$": "USD",
    "usd": "USD",
    "dollars": "USD",
    "usd per share": "USD/share",
    "usd/share": "USD/share",
    "times": "ratio",
    "x": "ratio",
}
# Where a phrase begins and minus its length, when it is not there: after all others.
_NOWHERE = (10**9, 0)
# These must be written out: a bare 61.5 may as well be a ratio.
_SPOKEN_UNITS = frozenset({"percent", "percentage points"})
# A gold without a unit is a ratio, a count or a number of days.
_BARE_UNITS = frozenset({None, "ratio", "days", "count", "number"})


@dataclass(frozen=True, slots=True)
class NumberGold:
    """An amount: `number` times `scale` in `unit` (None: a ratio, a count, a number of days).

    It may be off by `relative` times the amount or by `absolute` (in the gold's scale), whichever
    is larger. Where `names` are given one of them must be named too, before any of the `rivals`.
    """

    number: Decimal
    unit: str | None
    scale: int = 1
    relative: Decimal = DEFAULT_TOLERANCE
    absolute: Decimal = Decimal(0)
    names: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextGold:
    """A text: one of `names` stands in the answer, before any of the `rivals`.

    With `overlap` set, it is enough that the words of the answer and of one of `names` have that
    token F1. That is a proxy for golds that are whole sentences: it takes a wrong sentence in
    similar words for right, and a right one in other words for wrong.
    """

    names: tuple[str, ...]
    rivals: tuple[str, ...] = ()
    overlap: float | None = None


@dataclass(frozen=True, slots=True)
class BooleanGold:
    """Whether a claim is true, or a question is to be answered with yes."""

    truth: bool


@dataclass(frozen=True, slots=True)
class NotDisclosedGold:
    """The documents do not say it, and the answer is to say so."""


Gold = NumberGold | TextGold | BooleanGold | NotDisclosedGold


class MalformedRecord(ValueError):
    """A record is not the value of `ask --json`; the message names what is missing."""


def score_record(gold: Gold, record: Record) -> Outcome:
    """Return what an answer is worth.

    Against a gold answer the verdict comes first: NOT_ENOUGH_INFO and "not_disclosed" abstain,
    whatever figures their text mentions. Where nothing is disclosed, saying so is right and
    anything else is wrong.

    Raises:
        MalformedRecord: the record has no answer or no verdict.
    """
    answer, label = _open_record(record)
    if isinstance(gold, NotDisclosedGold):
        return "right" if answer["kind"] == "not_disclosed" else "wrong"
    if label == "NOT_ENOUGH_INFO" or answer["kind"] == "not_disclosed":
        return "abstained"
    if isinstance(gold, NumberGold):
        right = _is_right_number(gold, record)
    elif isinstance(gold, BooleanGold):
        right = read_truth(record) is gold.truth
    else:
        right = _is_right_text(gold, read_answer_text(record))
    return "right" if right else "wrong"


def read_label(record: Record) -> str:
    """Return the verdict's label.

    Raises:
        MalformedRecord: the record has no answer or no verdict.
    """
    return _open_record(record)[1]


def _open_record(record: Record) -> tuple[Mapping[str, Any], str]:
    answer, verdict = record.get("answer"), record.get("verdict")
    if not isinstance(answer, Mapping) or not {"text", "kind", "value"} <= set(answer):
        raise MalformedRecord(f"The record has no answer with text, kind and value: {answer!r}")
    label = verdict.get("label") if isinstance(verdict, Mapping) else None
    if label not in {"SUPPORTED", "REFUTED", "NOT_ENOUGH_INFO"}:
        raise MalformedRecord(f"The record has no verdict with a known label: {verdict!r}")
    return answer, label


# Numbers


def _is_right_number(gold: NumberGold, record: Record) -> bool:
    text = read_answer_text(record)
    if gold.names and not names_first(text, gold.names, gold.rivals):
        return False
    value = record["answer"]["value"]
    if value is None:
        return any(
            is_within(gold, figure.amount) for figure in find_spoken_figures(text, gold.unit)
        )
    return matches_value(gold, value)


def matches_value(gold: NumberGold, value: Mapping[str, Any]) -> bool:
    """Whether a VALUE of the record is the gold's amount in the gold's unit."""
    number, scale = _read_decimal(value.get("number")), _read_decimal(value.get("scale", 1))
    if number is None or scale is None:
        return False
    unit = name_unit(value.get("unit"))
    return _units_agree(gold.unit, unit) and is_within(gold, number * scale)


def is_within(gold: NumberGold, amount: Decimal) -> bool:
    """Whether an amount, scale applied, is as near to the gold as its tolerances allow."""
    wanted = gold.number * gold.scale
    allowed = max(gold.relative * abs(wanted), gold.absolute * gold.scale)
    return abs(amount - wanted) <= allowed


def find_spoken_figures(text: str, unit: str | None) -> tuple[Figure, ...]:
    """Return the figures of a text that may stand for its answer: the first and the last.

    Only figures of that unit count, and bare ones only where no other has it; years never do.
    Answers say the result first and its operands after it, or come to it at the end. More is not
    looked at, so a long list of figures cannot be right by chance.
    """
    figures = [figure for figure in find_figures(text) if not figure.is_year]
    spoken = [figure for figure in figures if figure.unit and _says_unit(unit, figure.unit)]
    if not spoken and unit not in _SPOKEN_UNITS:
        spoken = [figure for figure in figures if figure.unit is None]
    return (spoken[0], spoken[-1]) if spoken else ()


def name_unit(unit: object) -> str | None:
    """Return a unit by the one name that it has here; None stays None."""
    if not isinstance(unit, str) or not unit.strip():
        return None
    return _UNIT_NAMES.get(unit.strip().lower(), unit.strip())


def _units_agree(wanted: str | None, found: str | None) -> bool:
    """Whether units are the same; a missing one is forgiven for currencies and counts alone.

    Tables often leave "dollars" out; percent and ratio could be taken for one another.
    """
    if wanted in _BARE_UNITS:
        return found in _BARE_UNITS
    return found == wanted or (found is None and wanted not in _SPOKEN_UNITS)


def _says_unit(wanted: str | None, printed: str) -> bool:
    """Whether a printed sign may mean the unit: "$4.20" does not show that it is a share's."""
    return printed == wanted or (wanted is not None and wanted == f"{printed}/share")


def _read_decimal(number: object) -> Decimal | None:
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    found = Decimal(str(number))
    return found if found.is_finite() else None


# Texts, yes and no


def read_truth(record: Record) -> bool | None:
    """Return what an answer says of a claim, or to a yes-or-no question; None when neither.

    REFUTED is false. In claim mode SUPPORTED is true; to a question it only says that the answer
    is verified, so there the first word counts, and SUPPORTED is true where a boolean answer does
    not begin with yes or no.
    """
    answer, label = _open_record(record)
    if label != "SUPPORTED":
        return False if label == "REFUTED" else None
    if record.get("mode") == "claim":
        return True if answer["kind"] == "boolean" else None
    first = _YES_NO.match(str(answer["text"]))
    if first:
        return first[1].lower() in {"yes", "true"}
    return True if answer["kind"] == "boolean" else None


def read_answer_text(record: Record) -> str:
    """Return the answer's text without the questions that it repeats before its sub-answers."""
    text = str(record["answer"]["text"])
    asked = [str(sub.get("question", "")) for sub in record.get("sub_answers") or ()]
    for question in sorted([*asked, str(record.get("question", ""))], key=len, reverse=True):
        question = question.strip().rstrip("?")
        if question:
            text = text.replace(f"{question}?", " ").replace(f"{question}:", " ")
    return text.strip()


def _is_right_text(gold: TextGold, text: str) -> bool:
    if gold.overlap is None:
        return names_first(text, gold.names, gold.rivals)
    return max((token_f1(text, name) for name in gold.names), default=0.0) >= gold.overlap


def names_first(text: str, names: Sequence[str], rivals: Sequence[str]) -> bool:
    """Whether one of `names` stands in the text as whole words, before any of the `rivals`.

    Where both begin at one place the longer counts: "Oil" is not named in "Oil and gas".
    """
    words = normalise_words(text)
    name = min((_find_phrase(words, name) for name in names), default=_NOWHERE)
    rival = min((_find_phrase(words, rival) for rival in rivals), default=_NOWHERE)
    return name < _NOWHERE and name <= rival


def _find_phrase(words: Sequence[str], phrase: str) -> tuple[int, int]:
    """Return where the phrase begins and minus its length, or `_NOWHERE`."""
    wanted = normalise_words(phrase)
    if wanted:
        for start in range(len(words) - len(wanted) + 1):
            if words[start : start + len(wanted)] == wanted:
                return start, -len(wanted)
    return _NOWHERE


def normalise_words(text: str) -> list[str]:
    """Return the words in small letters, without articles, "'s", signs and thousands commas."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'").replace("&", " and ")
    words = (word.removesuffix("'s").replace(",", "") for word in _WORD.findall(plain))
    return [word for word in words if word not in _ARTICLES]


def token_f1(text: str, gold: str) -> float:
    """Return the F1 of the words that two texts share, repeated words counted as often."""
    found, wanted = Counter(normalise_words(text)), Counter(normalise_words(gold))
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0
