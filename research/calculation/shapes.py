"""What kind of result a whole question asks for: a check on what a plan's last step has computed.

A difference in dollars does not answer by what percentage something grew. Pure; knows no plan.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from research.questions import Calculation, Shape, Value
from research.understanding.instructions import split_instructions

Kind = Shape | None
_POINTS = re.compile(r"\b(?:percentage|basis)\s+points?\b|\bbps\b", re.IGNORECASE)
_PERCENT = re.compile(
    r"\bpercent(?:age)?\b|%|\bmargins?\b|\bgrowth\s+rates?\b|\btax\s+rates?\b|\bCAGR\b",
    re.IGNORECASE,
)
# What is told in percent: a difference of two is in percentage points.
_RATE = re.compile(r"\b(?:margins?|(?:tax|growth)\s+rates?|percent(?:age)?\s+of)\b", re.IGNORECASE)
_IN_MONEY = re.compile(
    r"\bin\s+(?:absolute\s+)?(?:U\.?S\.?\s+)?(?:dollars?|USD|amounts?)\b|\bdollar\s+(?:amount|value|terms)\b"
    r"|\bin\s+(?:USD\s+|\$\s*)?(?:thousands|millions|billions)\b",
    re.IGNORECASE,
)
# "What was its sales growth in 2023?" is asked in percent; "the change in" may be an amount.
_GROWS = re.compile(r"\bwhat\s+(?:was|is|were|are)\b[^?]*\bgrowth\b", re.IGNORECASE)
_DAYS = re.compile(
    r"\bdays\b(?=.*\b(?:outstanding|payable|receivables?|sales|inventor\w+)\b)"
    r"|\bcash\s+conversion\s+cycle\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"\b(?:what|which)\s+(?:share|portion|proportion|fraction|part)\s+of\b", re.IGNORECASE
)
_RATIO = re.compile(
    r"\bratios?\b|\breturns?\s+on\b|\bhow\s+many\s+times\b|\bturnover\b|\bmultiples?\b|\bcoverage\b",
    re.IGNORECASE,
)
_BOOLEAN = re.compile(
    r"^\W*(?:(?:based|according|using|relying|from|in|for|between|as)\b[^?]*?,\s*)?"
    r"(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would|should)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"\b(?:which|who)\b|\b(?:in\s+)?what\s+(?:year|quarter|segment|state|company|country)\b",
    re.IGNORECASE,
)
# No figure answers these.
_REASON = re.compile(
    r"\bwhy\b|\bhow\s+come\b"
    r"|\bwhat\s+(?:drove|drives|caused|causes|led|leads|explains?|explained|contributed|prompted)\b"
    r"|\b(?:reasons?|drivers?|causes?)\s+(?:for|of|behind)\b",
    re.IGNORECASE,
)
# "Which ..., and by how much?" asks for a figure too.
_ASKS_MORE = re.compile(r"\b(?:how\s+(?:much|many)|what|by\s+how)\b", re.IGNORECASE)
_HOW_MUCH_MORE = re.compile(
    r"\bby\s+how\s+(?:much|many)\b|\bby\s+what\s+amount\b|\bdifference\b"
    r"|\bhow\s+(?:much|many)\s+(?:more|less|higher|lower|fewer|greater|larger|smaller)\b"
    r"|\bhow\s+much\s+(?:did|has|have)\b[^?]*\b(?:gr[oe]wn?|increased?|rise|risen|fall|fallen|declined?"
    r"|decreased?|drop(?:ped)?|changed?|shr[iu]nk)\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\b(?:grow|grew|growth|increas\w*|rise|rose|decreas\w*|declin\w*|fall|fell|drop\w*|shr[iau]nk"
    r"|chang\w*)\b",
    re.IGNORECASE,
)
_BY_PERCENT = re.compile(
    r"\bby\s+(?:what|how\s+many|about)?\s*(?:percent(?:age)?)|\bpercent(?:age)?\s+"
    r"(?:change|increase|decrease|growth|decline|drop|rise|reduction)\b|\bgrowth\s+rates?\b"
    r"|\bhow\s+(?:much|fast)\s+in\s+percent",
    re.IGNORECASE,
)
_COMPOUND = re.compile(r"\bCAGR\b|\bcompound(?:ed)?\s+annual", re.IGNORECASE)
_AVERAGE = re.compile(
    r"\b(?:\d+|two|three|four|five)[\s-]+year\s+average\b|\baverage\s+(?:of|over|across|between)\b"
    r"|\bon\s+average\b|\bmean\s+of\b",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"\b(?:sum|total)\s+of\b[^?]*\band\b|\bcombined\b|\btogether\b|\bin\s+total\s+over\b",
    re.IGNORECASE,
)


# "Operating income + depreciation" is one amount.
_JOINS = re.compile(r"\w\s+[+]\s+\w|\b(?:plus|minus)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """What is asked for: `shape` where the question tells how it is computed, and the unit.

    `is_computed` says that it joins several amounts. `unit` is "percent", "percentage points",
    "ratio", "days", "amount", "boolean", "name" or "reason".
    """

    unit: str
    shape: Kind = None
    is_computed: bool = False

    def fits(self, calculation: Calculation | None, value: Value | None) -> bool:
        """Whether a result is of this kind: its unit, and how it was computed."""
        if self.unit == "boolean":
            return calculation is not None and isinstance(calculation.result, bool)
        if self.unit == "name":
            return value is None
        if self.unit == "reason":
            return value is None and calculation is None
        if value is None or not self._fits_unit(value):
            return False
        if self.is_computed and calculation is None:
            return False
        return self._fits_shape(calculation)

    def _fits_unit(self, value: Value) -> bool:
        if self.unit == "days":
            return value.unit in ("days", "ratio", None)
        if self.unit == "ratio":
            return value.unit in ("ratio", "percent", None)
        if self.unit == "amount":
            return value.unit not in ("percent", "percentage points", "basis points", "ratio")
        if self.unit == "percentage points":
            return value.unit in ("percentage points", "basis points")
        return value.unit == self.unit

    def _fits_shape(self, calculation: Calculation | None) -> bool:
        if self.shape is None:
            return True
        if calculation is None:
            return False
        if self.shape == "average":
            return calculation.shape == "average" or "average(" in calculation.formula
        alike: dict[Shape, tuple[Shape, ...]] = {
            "percent_change": ("percent_change",),
            "difference": ("difference", "change"),
            "sum": ("sum", "share", "ratio", "average"),
        }
        return calculation.shape in alike.get(self.shape, (self.shape,))

    def describe(self, fits: bool) -> str:
        """Tell what is asked for, and whether that is what there is."""
        words = {
            "amount": "an amount",
            "boolean": "a yes or no",
            "name": "a name",
            "ratio": "a ratio",
            "days": "a number of days",
            "reason": "a reason",
        }
        asked = words.get(self.unit, self.unit)
        how = f", as {self.shape.replace('_', ' ')}" if self.shape else ""
        return f"Asked for: {asked}{how}; {'that is' if fits else 'that is not'} what was found."


def read_question_shape(question: str) -> QuestionShape | None:
    """Return what kind of result a question asks for; None where its words do not tell."""
    readers = (
        _read_reason,
        _read_yes_or_name,
        _read_change,
        _read_part,
        _read_growth,
        _read_amount,
    )
    return next((shape for read in readers if (shape := read(question)) is not None), None)


def _read_reason(question: str) -> QuestionShape | None:
    asked, _ = split_instructions(question)  # "... then explain why" only tells how to answer
    return QuestionShape("reason") if _REASON.search(asked) else None


def _read_yes_or_name(question: str) -> QuestionShape | None:
    if _BOOLEAN.match(question):
        return QuestionShape("boolean")
    if _WHICH.search(question) and not _ASKS_MORE.search(question):
        return QuestionShape("name")
    return None


def _read_change(question: str) -> QuestionShape | None:
    """Read what is told in percent or in points, and how it is computed."""
    if _POINTS.search(question):
        return QuestionShape("percentage points", "difference")
    if _COMPOUND.search(question):
        return QuestionShape("percent", "compound_growth")
    if _BY_PERCENT.search(question) and _CHANGED.search(question):
        return QuestionShape("percent", "percent_change")
    asks_difference = _HOW_MUCH_MORE.search(question) and _RATE.search(question)
    if asks_difference and not _IN_MONEY.search(question):
        return QuestionShape("percentage points", "difference")
    return None


def _read_part(question: str) -> QuestionShape | None:
    """Read what is a part of something, or a multiple of it."""
    if _IN_MONEY.search(question) and _RATE.search(question):
        return None  # "gross margin in dollars" is an amount
    if _DAYS.search(question):
        return QuestionShape("days")
    if _SHARE.search(question):
        return QuestionShape("ratio")
    if _PERCENT.search(question):
        return QuestionShape("percent", _read_average(question))
    return QuestionShape("ratio", _read_average(question)) if _RATIO.search(question) else None


def _read_growth(question: str) -> QuestionShape | None:
    if _GROWS.search(question) and not _IN_MONEY.search(question):
        return QuestionShape("percent", "percent_change")
    return None


def _read_average(question: str) -> Kind:
    return "average" if _AVERAGE.search(question) else None


def _read_amount(question: str) -> QuestionShape | None:
    if _HOW_MUCH_MORE.search(question):
        return QuestionShape("amount", "difference")
    if _AVERAGE.search(question):
        return QuestionShape("amount", "average")
    if _SUM.search(question):
        return QuestionShape("amount", "sum")
    asks_amount = re.search(
        r"\bhow\s+(?:much|many)\b|\bwhat\s+(?:was|were|is|are)\b", question, re.I
    )
    if _WHICH.search(question) and not asks_amount:
        return QuestionShape("name")
    if not asks_amount:
        return None
    return QuestionShape("amount", is_computed=bool(_JOINS.search(question)))
