"""The answer to the whole: what the model wrote, held against what was found.

SUPPORTED only when every word that the question asks with is met by a place in the evidence; the
answer is then put together from what stands there. A question that asks for a computation, a
comparison or a yes or no is not settled by looking up: its sub-answers are shown and the verdict
is NOT_ENOUGH_INFO. Pure; knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestion.documents import Document, ScoredPassage
from ingestion.figures import find_figures, find_years
from research.questions import Answer, Check, SubAnswer, Verdict
from research.terms import find_terms, spell_terms

_YES_NO = re.compile(
    r"(?:^|,)\W*(?:true or false|(?:did|do|does|is|are|was|were|has|have|had|can|could|will)\b)",
    re.IGNORECASE,
)
_ASKING = re.compile(r"^(?:what|how much)\s+(?:was|were|is|are)\s+(?:the\s+)?", re.IGNORECASE)
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)


def parse_final_answer(text: str) -> str | None:
    """Return what stands between the last answer tags, or None."""
    found = _TAGGED.findall(text)
    return found[-1].strip() if found else None


def conclude(
    question: str,
    draft: str | None,
    sub_answers: Sequence[SubAnswer],
    read: Sequence[ScoredPassage],
    documents: Sequence[Document],
) -> tuple[Answer, Verdict]:
    """Decide what may be said. `read` are all passages that were fetched for the run."""
    grounded = [sub_answer for sub_answer in sub_answers if sub_answer.grounded]
    checks = [_check_searched(read, documents)]
    if not grounded:
        text = (
            f"Not found in the {_count(len(read), 'passage')} read from "
            f"{_count(len(documents), 'document')}. No part of the question could be answered "
            "from them."
        )
        checks.append(Check("sub-answers", False, "None is grounded."))
        return Answer(text, "not_disclosed"), Verdict("NOT_ENOUGH_INFO", tuple(checks))
    checks += [
        _check_kind(question),
        _check_coverage(question, grounded, documents),
        _check_years(question, grounded),
    ]
    if not all(check.passed for check in checks):
        text = (
            "Not verified. The parts that could be grounded are shown with their evidence; "
            "the whole does not follow from looking them up."
        )
        return Answer(text, "text"), Verdict("NOT_ENOUGH_INFO", tuple(checks))
    answer, check = _compose(draft, _without_repeats(grounded))
    loose = [sub.label for sub in sub_answers if not sub.grounded]
    spared = f"Grounded, but for {', '.join(loose)}, without which the answer is whole."
    steps = Check("sub-answers", True, spared if loose else "All are grounded.")
    return answer, Verdict("SUPPORTED", (*checks, steps, check))


def _compose(draft: str | None, grounded: Sequence[SubAnswer]) -> tuple[Answer, Check]:
    """Put the answer together from the grounded sub-answers, in the words of their places.

    The model's own wording is never shown: of a sentence only the figures can be checked, and
    "$210 billion in 2022" holds the same digits as the truth. Whether it agrees is told.
    """
    alone = len(grounded) == 1
    text = "; ".join(sub.answer if alone else _state(sub) for sub in grounded)
    value = grounded[0].value if alone else None
    stated = {figure.amount for sub in grounded for figure in find_figures(sub.answer)}
    said = {figure.amount for figure in find_figures(draft or "") if not figure.is_year}
    agrees = bool(said) and said <= stated
    detail = (
        "the model's own conclusion gives the same figures"
        if agrees
        else ("the model's own conclusion was not confirmed and is not shown")
    )
    check = Check("wording", True, f"Put together from the grounded sub-answers; {detail}.")
    return Answer(text, "number" if value else "text", value), check


def _without_repeats(grounded: Sequence[SubAnswer]) -> list[SubAnswer]:
    """Keep one of the sub-answers that stand on the same proof."""
    by_proof = {
        tuple(evidence.evidence_id for evidence in sub.evidence if evidence.is_proof): sub
        for sub in reversed(grounded)
    }
    return list(reversed(by_proof.values()))


def _state(sub_answer: SubAnswer) -> str:
    """Say what was asked and what stands there: "Net sales in 2023: $1,284.7 million"."""
    asked = _ASKING.sub("", sub_answer.question.strip().rstrip("?"))
    return f"{asked[:1].upper()}{asked[1:]}: {sub_answer.answer}"


def _check_searched(read: Sequence[ScoredPassage], documents: Sequence[Document]) -> Check:
    pages = {(scored.passage.document_id, scored.passage.page) for scored in read}
    names = ", ".join(document.name for document in documents[:3])
    more = f" and {len(documents) - 3} more" if len(documents) > 3 else ""
    detail = (
        f"{_count(len(read), 'passage')} on {_count(len(pages), 'page')} read, chosen from "
        f"{names}{more}."
    )
    return Check("searched", bool(read), detail)


def _check_kind(question: str) -> Check:
    if _YES_NO.search(question):
        detail = "A yes or no follows from comparing, and no check covers comparisons yet."
        return Check("kind of question", False, detail)
    return Check("kind of question", True, "The question can be answered by looking up.")


def _check_coverage(
    question: str, grounded: Sequence[SubAnswer], documents: Sequence[Document]
) -> Check:
    """Whether each content word of the question is met by the evidence of a grounded answer."""
    met: frozenset[str] = frozenset()
    for sub_answer in grounded:
        met |= find_terms(sub_answer.question) | find_terms(sub_answer.answer)
        for evidence in sub_answer.evidence:
            met |= find_terms(evidence.quote) if evidence.is_proof else frozenset()
    for document in documents:
        met |= find_terms(document.filing.company or "")
    open_terms = spell_terms(find_terms(question) - met, question)
    if open_terms:
        detail = f"No grounded sub-answer speaks of: {', '.join(open_terms)}."
        return Check("whole question", False, detail)
    return Check("whole question", True, "The grounded sub-answers cover all that is asked.")


def _check_years(question: str, grounded: Sequence[SubAnswer]) -> Check:
    met = {year for sub in grounded for year in find_years(sub.question)}
    missing = sorted(set(find_years(question)) - met)
    if missing:
        detail = f"No grounded sub-answer speaks of {', '.join(map(str, missing))}."
        return Check("years", False, detail)
    return Check("years", True, "Every year of the question is met.")


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
