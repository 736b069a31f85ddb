"""Does a computation have its parts in the places that the question gives them?

"Did X grow faster than Y?" is not answered by whether Y grew faster, nor "X as a percentage of Y"
by Y over X, though the numbers are the same. What is asked before "than" must stand on that side
of the comparison. Pure; knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingestion.figures import find_figures, find_years
from research.calculation.compute import read_step
from research.calculation.formulas import (
    All,
    Binary,
    Change,
    Compare,
    Node,
    Number,
    Percent,
    Pick,
    list_references,
)
from research.questions import Check, SubAnswer
from research.terms import find_terms

MORE = re.compile(
    r"\b(?:more|most|higher|highest|larger|largest|greater|greatest|bigger|biggest|faster|fastest"
    r"|exceed\w*|above|over|at\s+least|increas\w*|rise|rose|risen|grow|grew|grown|improv\w*|outpac\w*"
    r"|outgrew)\b",
    re.IGNORECASE,
)
LESS = re.compile(
    r"\b(?:less|least|lower|lowest|smaller|smallest|fewer|fewest|slower|slowest|below|under"
    r"|at\s+most|decreas\w*|declin\w*|fall|fell|fallen|drop\w*|shr[iau]nk\w*)\b",
    re.IGNORECASE,
)
# Words of a period, which say nothing of what is compared.
_FISCAL = re.compile(
    r"(?:fy|cy)(?:\d\d){0,2}|fiscal|year|q[1-4]|quarter|half|first|second|third|fourth"
)
# Whether there was any: "Has it paid dividends?" is whether that is more than nothing.
_ANY = re.compile(
    r"^\W*(?:has|have|had|did|does|do)\b[^?]*\b(?:pay|pays|paid|repurchased?|bought|buy|issued?|spen[dt]|incurr?(?:ed)?"
    r"|record(?:ed)?|any)\b",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"\b(?:(?P<positive>positive|(?:more|greater|higher)\s+than\s+zero|above\s+zero)"
    r"|negative|(?:less|lower)\s+than\s+zero|below\s+zero)\b",
    re.IGNORECASE,
)
# Before these a comparing word says which way; "grow" in "grow faster" does not.
_COMPARATIVE = re.compile(
    r"\b(?:more|higher|larger|greater|bigger|faster|less|lower|smaller|fewer|slower)\b",
    re.IGNORECASE,
)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_OF_WHOLE = re.compile(
    r"\b(?:percent(?:age)?|%|share|proportion|fraction|portion)\s+of\s+(?P<whole>[^?]*)",
    re.IGNORECASE,
)
_AS_PART = re.compile(
    r"(?P<part>[^?,]*?)\bas\s+an?\s+(?:percent(?:age)?|%|share|proportion|fraction)\s+of\s+"
    r"(?P<whole>[^?]*)",
    re.IGNORECASE,
)
_DIVIDED = re.compile(
    r"(?P<part>[^?(,:]*?)\b(?:divided\s+by|to\s+the|over|relative\s+to)\b(?P<whole>[^?)]*)",
    re.IGNORECASE,
)
# What stands behind the whole says which part it is: "of its revenue outside the United States".
_BEHIND_WHOLE = re.compile(r"\s(?:did|outside|abroad|that|which|than)\b", re.IGNORECASE)
_RATIO_TO = re.compile(r"\bratio\s+of\s+(?P<part>[^?]*?)\bto\b(?P<whole>[^?]*)", re.IGNORECASE)
_NAME = "roles"


def check_roles(
    question: str, last: SubAnswer, steps: Mapping[str, str], answers: Mapping[str, SubAnswer]
) -> Check:
    """Check the parts of a computed answer; `steps` are the texts of the plan's steps, by label."""
    _, node = read_step(steps.get(last.label, ""))
    if node is None:
        return Check(_NAME, True, "Nothing is compared or divided.")
    sides = _Sides(steps, answers)
    if isinstance(node, Pick):
        return _check_pick(question, node)
    if isinstance(node, All):
        compared = [part for part in node.parts if isinstance(part, Compare)]
        checks = [_check_comparison(question, part, sides) for part in compared]
        return next((c for c in checks if not c.passed), checks[0] if checks else _nothing())
    if isinstance(node, Compare):
        return _check_comparison(question, node, sides)
    ratio = node.part if isinstance(node, Percent) else node
    if isinstance(ratio, Binary) and ratio.operator == "/" and list_references(ratio.right):
        return _check_ratio(question, ratio, sides)
    return _nothing()


def _nothing() -> Check:
    return Check(_NAME, True, "Nothing is compared or divided.")


class _Sides:
    """What the earlier answers under a part of a tree are about: words, years and companies."""

    def __init__(self, steps: Mapping[str, str], answers: Mapping[str, SubAnswer]) -> None:
        self._steps, self._answers = steps, answers

    def words_of(self, node: Node) -> frozenset[str]:
        """Return the stems and years of all look-ups below a node."""
        found: frozenset[str] = frozenset()
        for reference in list_references(node):
            found |= self._words_of_step(reference.label) | find_terms(reference.name)
        return found

    def _words_of_step(self, label: str) -> frozenset[str]:
        text = self._steps.get(label, "")
        _, node = read_step(text)
        if node is not None:
            return self.words_of(node)
        answer = self._answers.get(label)
        return _read_words(answer.question if answer is not None else text)


def _read_words(text: str) -> frozenset[str]:
    words = frozenset(term for term in find_terms(text) if not _FISCAL.fullmatch(term))
    return words | {str(year) for year in find_years(text)}


def _check_pick(question: str, node: Pick) -> Check:
    more, less = bool(MORE.search(question)), bool(LESS.search(question))
    if more == less:
        compared = _COMPARATIVE.search(question)
        more = bool(compared and MORE.match(compared[0]))
        less = bool(compared and LESS.match(compared[0]))
    passed = (more and node.largest) or (less and not node.largest)
    told = (
        "The one that is asked for is picked." if passed else "It is not clear which is asked for."
    )
    return Check(_NAME, passed, told)


def _check_comparison(question: str, node: Compare, sides: _Sides) -> Check:
    """Whether a comparison goes the way in which the question compares."""
    wanted = _read_sign(question) if _is_with_zero(node) else _read_direction(question)
    if node.comparison == "==" or wanted is None:
        return Check(_NAME, False, "It is not clear which way the question compares.")
    sign = 1 if node.comparison in (">", ">=") else -1
    if isinstance(node.right, Number) or isinstance(node.left, Number):
        stated = node.right if isinstance(node.right, Number) else node.left
        assert isinstance(stated, Number), "one side is a number"
        said = {figure.amount for figure in find_figures(question)}
        sign = sign if isinstance(node.right, Number) else -sign
        passed = (stated.amount in said or stated.amount == 0) and sign == wanted
        return Check(_NAME, passed, "An amount is held against the one that the question states.")
    order = _order_sides(question, sides.words_of(node.left), sides.words_of(node.right))
    if order == 0:
        return Check(_NAME, False, "It is not clear which side of the comparison is which.")
    passed = sign * order == wanted
    told = "What is asked first is compared with what is asked second."
    return Check(_NAME, passed, told if passed else "The comparison goes the other way.")


def _is_with_zero(node: Compare) -> bool:
    return isinstance(node.right, Number) and node.right.amount == 0


def _read_sign(question: str) -> int | None:
    """Return 1 where it is asked whether something is positive, -1 where negative."""
    found = {bool(match["positive"]) for match in _SIGNED.finditer(question)}
    if not found and _ANY.match(question) and _read_direction(question) is None:
        return 1
    return None if len(found) != 1 else (1 if found.pop() else -1)


def _read_direction(question: str) -> int | None:
    """Return 1 where more is asked, -1 where less; None where the words do not tell."""
    compared = _COMPARATIVE.search(question)
    text = compared[0] if compared else question
    more, less = bool(MORE.search(text)), bool(LESS.search(text))
    if more == less:
        return None
    return 1 if more else -1


def _order_sides(question: str, left: frozenset[str], right: frozenset[str]) -> int:
    """Return 1 where the left side is what is asked before "than", -1 where the right is.

    Without "than" a later year is asked against an earlier one ("Did X rise from 2017 to 2018?").
    """
    only_left, only_right = left - right, right - left
    parts = _THAN.split(question, maxsplit=1)
    if len(parts) == 2:
        before, after = _read_words(parts[0]), _read_words(parts[1])
        score = len(only_left & before) + len(only_right & after)
        score -= len(only_right & before) + len(only_left & after)
        return (score > 0) - (score < 0)
    years = [[int(w) for w in side if w.isdigit()] for side in (only_left, only_right)]
    if not years[0] or not years[1] or {w for w in only_left ^ only_right if not w.isdigit()}:
        return 0
    return 1 if max(years[0]) > max(years[1]) else -1


def _check_ratio(question: str, node: Binary, sides: _Sides) -> Check:
    """Whether part and whole stand where the question has them."""
    over, under = sides.words_of(node.left), sides.words_of(node.right)
    if isinstance(node.left, Change):
        return _nothing()
    over, under = over - under, under - over
    for pattern in (_AS_PART, _RATIO_TO, _DIVIDED):
        found = pattern.search(question)
        if found:
            part, whole = _read_words(found["part"]), _read_words(found["whole"])
            score = len(over & part) + len(under & whole) - len(over & whole) - len(under & part)
            return _tell_ratio(score)
    found = _OF_WHOLE.search(question)
    if found:
        whole = _read_words(_BEHIND_WHOLE.split(found["whole"])[0])
        return _tell_ratio(len(under & whole) - len(over & whole))
    return _nothing()


def _tell_ratio(score: int) -> Check:
    passed = score >= 0
    told = "Part and whole stand as asked." if passed else "Part and whole are the wrong way round."
    return Check(_NAME, passed, told)
