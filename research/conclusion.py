"""The answer to the whole: put together from the plan's last steps, and only from what is proved.

SUPPORTED only when every last step is grounded, all that the question asks with is met by the
evidence behind them, and the result is of the kind that was asked for. The model's own wording is
never shown as the answer: of a sentence only the figures can be checked. Pure; knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingestion.documents import Document
from ingestion.figures import find_years
from ingestion.filings.lexicon import load_lexicon
from research.calculation.amounts import write_result
from research.calculation.shapes import QuestionShape, read_question_shape
from research.definitions import find_defined, find_definitions, find_unit_of, is_computed_from
from research.faithfulness import check_plan
from research.questions import (
    Answer,
    AnswerKind,
    Calculation,
    Check,
    Decomposition,
    SubAnswer,
    Verdict,
    VerdictLabel,
)
from research.roles import LESS, MORE
from research.terms import find_terms, spell_terms, stem_word
from research.understanding.vocabulary import load_vocabulary
from research.verification.asking import Asked, read_asked
from research.verification.claims import find_stated_figures

# What is taken over all years of a range, not from its first to its last.
_OVER_RANGE = re.compile(
    r"\b(?<!weighted.)(?:averages?|mean|cumulative|each\s+year|every\s+year|sum)\b", re.IGNORECASE
)
# "Fiscal 2024, the three months ended April 29, 2023": one period, said twice.
_SAID_AGAIN = re.compile(
    r"(?P<named>\b(?:fiscal\s+(?:year\s+)?|FY\s?)(?:19|20)\d\d)\s*[,(]\s*(?:i\.e\.,?\s*)?(?:the\s+)?"
    r"(?:[\w-]+\s+){0,2}(?:months?|weeks?|quarter|year|half|period)\s+(?:that\s+)?end(?:ed|ing)\s+"
    r"(?:on\s+)?\w+\s+\d{1,2},?\s+(?:19|20)\d\d",
    re.IGNORECASE,
)
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"#(\d+)")
_ASKING = re.compile(r"^(?:what|how much)\s+(?:was|were|is|are)\s+(?:the\s+)?", re.IGNORECASE)
_WHICH = re.compile(
    r"\b(?:which|who|what\s+(?:year|quarter|segment|state|company))\b", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:not|never|no|neither|nor|without)\b|n['\u2019]t\b", re.IGNORECASE)
_AND = re.compile(r"\band\b", re.IGNORECASE)
# "Which was larger, and by how much?"
_PICKS = re.compile(
    r"\b(?:which|who)\b[^?]{0,60}?\b(?:more|most|less|least|\w+er|\w+est)\b", re.IGNORECASE
)
# Stems that say how parts are joined, and name nothing that a filing prints.
_JOINING = frozenset(
    "exclud includ less divid minus plus differ sum averag ratio point growth grow faster slower "
    "fastest slowest higher lower larg larger smaller more chang increas decreas combin account "
    "call then comput calcul definit defin use follow whether than same between over under versus "
    "compar rel percent percentag answer true fals claim pay spent expens rise rose fell fall drop "
    "shrink out most least highest lowest largest smallest biggest which round decim place unit "
    "among one two three four five six seven eight nine ten through within bring brought count "
    "each respect about approxim roughli how mani now former known yes categori term above below "
    "exceed posit negat twice doubl half median maximum minimum cagr compound".split()
)
# Stems that make another thing of a line item: never passed over.
_QUALIFYING = frozenset(
    "adjust organ domest internat foreign outsid dilut basic gross net current noncurr pro forma "
    "unadjust guarante secur unsecur segment quarter half interim annual continu discontinu "
    "excess compar constant currenc prefer common class per exclud".split()
)
_CHANGES = ("percent_change", "change", "compound_growth")
# What a computed line item may be told in, other than an amount.
_RATIOS = ("percent", "ratio", "days")
# Of what is asked, so much may be said in words that no evidence has.
_UNMET = 0.25


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What may be said in the end, and what it was computed with."""

    answer: Answer
    verdict: Verdict
    calculation: Calculation | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a conclusion is drawn from.

    `last` are the answers of the steps that no other uses, `behind` those with all that they
    depend on; `searched` tells what was looked through; `steps` are the plan's texts, by label;
    `around` are the titles and sections of
    the proofs' tables; `absent` are labels of which no fitting fact was found anywhere.
    """

    question: str
    last: tuple[SubAnswer, ...]
    behind: tuple[SubAnswer, ...]
    documents: tuple[Document, ...]
    searched: Check
    steps: Mapping[str, str] = field(default_factory=dict)
    around: str = ""
    absent: tuple[str, ...] = ()


def parse_final_answer(text: str) -> str | None:
    """Return what stands between the last answer tags, or None."""
    found = _TAGGED.findall(text)
    return found[-1].strip() if found else None


def list_behind(
    plan: Decomposition, last: Iterable[str], answers: dict[str, SubAnswer]
) -> tuple[SubAnswer, ...]:
    """Return the answers of steps and of all that they depend on, in the plan's order."""
    steps = {step.label: step for step in plan.sub_questions}
    wanted: set[str] = set()
    waiting = list(last)
    while waiting:
        label = waiting.pop()
        if label in wanted or label not in steps:
            continue
        wanted.add(label)
        waiting += steps[label].depends_on
    return tuple(answers[step.label] for step in plan.sub_questions if step.label in wanted)


def conclude_question(ground: Ground) -> Conclusion:
    """Decide what may be said to a question."""
    loose = [answer.label for answer in ground.last if not answer.grounded]
    if not any(answer.grounded for answer in ground.behind):
        return _say_nothing_found(ground)
    shape = _read_shape(ground)
    checks = [
        ground.searched,
        _check_parts(loose, ground),
        _check_coverage(ground),
        _check_years(ground),
        _check_companies(ground),
        _check_kind(ground, shape),
        _check_plan(ground),
    ]
    if all(check.passed for check in checks):
        return _compose(ground, checks)
    if ground.absent:
        return _say_absent(ground, checks)
    text = (
        "Not verified. The parts that could be grounded are shown with their evidence; the whole "
        "does not follow from them."
    )
    return Conclusion(Answer(text, "text"), Verdict("NOT_ENOUGH_INFO", tuple(checks)))


def conclude_claim(ground: Ground) -> Conclusion:
    """Decide whether a claim is true: refuted by one false part, supported by all of it."""
    decided = [answer for answer in ground.behind if _truth_of(answer) is not None]
    false = [answer for answer in decided if _truth_of(answer) is False and _is_of(answer, ground)]
    plan = _check_plan(ground)
    covered = _check_coverage(ground)
    # What is computed of something wider than the claim speaks of refutes nothing.
    is_met = bool(false) and (false[0].calculation is None or covered.passed)
    if is_met and plan.passed:
        checks = (ground.searched, *false[0].verdict.checks, plan)
        return _say_truth(False, false[0], checks, ground)
    loose = [answer.label for answer in ground.last if _truth_of(answer) is None]
    checks = (
        ground.searched,
        _check_parts(loose, ground),
        covered,
        _check_years(ground),
        _check_companies(ground),
        _check_figures(ground),
        plan,
    )
    if ground.last and all(check.passed for check in checks):
        return _say_truth(True, ground.last[-1], checks, ground)
    text = "Not decided: the evidence neither proves the claim nor refutes it."
    return Conclusion(Answer(text, "boolean"), Verdict("NOT_ENOUGH_INFO", checks))


# Saying


def _compose(ground: Ground, checks: Sequence[Check]) -> Conclusion:
    """Put the answer together from the last steps, names before figures."""
    spoken = _without_repeats(_list_spoken(ground))
    value = next((answer.value for answer in reversed(spoken) if answer.value is not None), None)
    calculation = next((a.calculation for a in reversed(spoken) if a.calculation is not None), None)
    is_boolean = calculation is not None and isinstance(calculation.result, bool)
    lookups = [
        answer for answer in spoken if answer.calculation is None and answer.value is not None
    ]
    if len(lookups) > 1:
        text, value = "; ".join(_state(answer, ground) for answer in spoken), None
    else:
        text = "; ".join(answer.answer for answer in spoken)
    if is_boolean:
        text = f"{text}. {_explain(ground)}".strip()
    elif len(spoken) == 1 and calculation is not None:
        text += _tell_ends(calculation)
    kind: AnswerKind = "boolean" if is_boolean else "number" if value is not None else "text"
    if value is not None and value.number < 0 and _asks_fall(ground, calculation):
        value = replace(value, number=-value.number)
        text = f"{write_result(value)} less"
    verdict = Verdict("SUPPORTED", tuple(checks))
    return Conclusion(Answer(text, kind, None if is_boolean else value), verdict, calculation)


def _tell_ends(calculation: Calculation) -> str:
    """Say from what to what a change goes: ", from 20.2% to 22.9%"."""
    if calculation.shape not in _CHANGES or len(calculation.operands) != 2:
        return ""
    ends = sorted((one.value for one in calculation.operands), key=lambda one: one.period or "")
    if ends[0].period is None or ends[0].period == ends[1].period:
        return ""
    return f", from {write_result(ends[0])} to {write_result(ends[1])}"


def _asks_fall(ground: Ground, calculation: Calculation | None) -> bool:
    """Whether it is asked by how much something fell: then a negative change is a positive fall."""
    is_change = calculation is not None and calculation.shape in ("percent_change", "change")
    fell = bool(LESS.search(ground.question)) and not MORE.search(ground.question)
    return is_change and fell


def _list_spoken(ground: Ground) -> list[SubAnswer]:
    """Return the answers that make up the whole: the last ones, and a name asked for before."""
    asks_which = bool(_WHICH.search(ground.question))
    names = [answer for answer in ground.behind if asks_which and _is_name(answer)]
    rest = [answer for answer in ground.last if answer not in names]
    return [*names, *rest]


def _explain(ground: Ground) -> str:
    """Say what a yes or no was drawn from: the results that were compared."""
    told = [answer for answer in ground.behind if answer.value is not None]
    compared = [answer for answer in told if answer.calculation is not None] or told
    return "; ".join(_state(answer, ground) for answer in compared[-2:]) + "." if compared else ""


def _without_repeats(answers: Sequence[SubAnswer]) -> list[SubAnswer]:
    """Keep one of the answers that say the same of the same proof."""
    unique: dict[tuple[str, tuple[str, ...]], SubAnswer] = {}
    for answer in answers:
        proof = tuple(evidence.evidence_id for evidence in answer.evidence if evidence.is_proof)
        unique.setdefault((answer.answer, proof), answer)
    return list(unique.values())


def _state(answer: SubAnswer, ground: Ground) -> str:
    """Say what was asked and what stands there: "Net sales in 2023: $1,284.7 million"."""
    asked = _spell_out(answer, ground)
    return f"{asked[:1].upper()}{asked[1:]}: {answer.answer}"


def _spell_out(answer: SubAnswer, ground: Ground) -> str:
    """Return what was asked, with the things themselves in the place of "#1"."""
    behind = {one.label: one for one in ground.behind}

    def name(match: re.Match[str]) -> str:
        other = behind.get(f"Q{match[1]}")
        return _spell_out(other, ground) if other is not None else match[0]

    if answer.calculation is None:
        return _ASKING.sub("", answer.question.strip().rstrip("?."))
    text = ground.steps.get(answer.label, answer.question)
    return _REFERENCE.sub(name, _ASKING.sub("", text.strip().rstrip("?.")))


def _say_truth(
    truth: bool, answer: SubAnswer, checks: Sequence[Check], ground: Ground
) -> Conclusion:
    proof = [check.detail for check in answer.verdict.checks if "claim" in check.name]
    shown = " ".join(proof) or _explain(ground)
    told = f"{'True' if truth else 'False'}. {shown}".strip()
    label: VerdictLabel = "SUPPORTED" if truth else "REFUTED"
    return Conclusion(Answer(told, "boolean"), Verdict(label, tuple(checks)), answer.calculation)


def _say_nothing_found(ground: Ground) -> Conclusion:
    text = f"Not found. {ground.searched.detail} No part of the question is stated there."
    checks = (ground.searched, Check("sub-answers", False, "None is grounded."))
    return Conclusion(Answer(text, "not_disclosed"), Verdict("NOT_ENOUGH_INFO", checks))


def _say_absent(ground: Ground, checks: Sequence[Check]) -> Conclusion:
    missing = [answer for answer in ground.behind if answer.label in ground.absent]
    asked = "; ".join(answer.question for answer in missing)
    text = f"Not found in what was searched: {asked} {ground.searched.detail}"
    return Conclusion(Answer(text, "not_disclosed"), Verdict("NOT_ENOUGH_INFO", tuple(checks)))


# Checks


def _check_parts(loose: Sequence[str], ground: Ground) -> Check:
    if not ground.last:
        return Check("sub-answers", False, "There is none.")
    if loose:
        return Check("sub-answers", False, f"{', '.join(loose)} could not be grounded.")
    return Check("sub-answers", True, "All that the answer is drawn from are grounded.")


def _check_coverage(ground: Ground) -> Check:
    """Whether the content words of the question are met by what stands behind the answer.

    A few words that no evidence has may be left ("falls due" of maturities), none that names a
    line item or makes another thing of it.
    """
    whole = read_asked(ground.question, ground.question, ground.documents)
    vocabulary = load_vocabulary()
    wanted = frozenset(t for t in whole.terms if t not in _JOINING and t not in vocabulary.generic)
    met = _list_met(ground.behind, ground.documents) | find_terms(ground.around)
    open_terms = wanted - met - _list_computed(whole, ground)
    for words, others in vocabulary.find_alternatives(ground.question).items():
        if any(find_terms(other) <= met for other in others):
            open_terms -= find_terms(words)
    named = frozenset().union(*(item.words for item in whole.items))
    telling = open_terms & (named | _QUALIFYING | find_terms(find_definitions(ground.question)))
    if telling or len(open_terms) > max(1, _UNMET * len(wanted)):
        shown = ", ".join(spell_terms(open_terms, ground.question))
        return Check("whole question", False, f"Nothing behind the answer speaks of: {shown}.")
    return Check("whole question", True, "What stands behind the answer covers what is asked.")


def _list_met(answers: Iterable[SubAnswer], documents: Iterable[Document]) -> frozenset[str]:
    met: frozenset[str] = frozenset()
    for answer in answers:
        met |= find_terms(answer.question) | find_terms(answer.answer)
        for evidence in answer.evidence:
            met |= find_terms(evidence.quote) if evidence.is_proof else frozenset()
    for document in documents:
        met |= find_terms(document.filing.company or "")
    return met


def _list_computed(whole: Asked, ground: Ground) -> frozenset[str]:
    """Return the words of line items whose parts all stand behind the answer.

    "Free cash flow" is met by operating cash flow and capital expenditures.
    """
    there: set[str] = set()
    for answer in ground.behind:
        asked = read_asked(answer.question, ground.question, ground.documents)
        there |= {concept for item in asked.items for concept in item.concepts}
    met = find_defined(ground.question, there)
    for item in whole.items:
        if any(is_computed_from(name, there) for name in item.concepts):
            met |= item.words
    return met


def _check_years(ground: Ground) -> Check:
    met: set[int] = set()
    for answer in ground.behind:
        met |= set(find_years(answer.question)) | set(find_years(answer.answer))
        if answer.value is not None and answer.value.period:
            met |= set(find_years(answer.value.period))
    missing = sorted(_list_years(ground.question) - met)
    if missing:
        detail = f"Nothing behind the answer speaks of {', '.join(map(str, missing))}."
        return Check("years", False, detail)
    return Check("years", True, "Every year of the question is met.")


def _list_years(question: str) -> set[int]:
    """Return the years that an answer needs; of an average over a range, those between too."""
    years = set(find_years(_SAID_AGAIN.sub(r"\g<named>", question)))
    if years and _OVER_RANGE.search(question):
        return set(range(min(years), max(years) + 1))
    return years


def _check_companies(ground: Ground) -> Check:
    """Whether each company that is named has a filing among the proofs."""
    whole = read_asked(ground.question, ground.question, ground.documents)
    proofs = {e.document_id for a in ground.behind for e in a.evidence if e.is_proof}
    missing = [c.name for c in whole.companies if not c.document_ids & proofs]
    if missing:
        detail = f"No proof comes from a filing of {', '.join(missing)}."
        return Check("companies", False, detail)
    return Check("companies", True, "The proofs come from the filings of those named.")


def _read_shape(ground: Ground) -> QuestionShape | None:
    """Return what kind of result is asked for; of a named ratio what the lexicon says of it."""
    shape = read_question_shape(ground.question)
    if shape is None or shape.unit != "amount" or shape.shape is not None:
        return shape
    lexicon = load_lexicon()
    whole = read_asked(ground.question, ground.question, ground.documents)
    named = [c for item in whole.items for name in item.concepts if (c := lexicon.get(name))]
    unit = find_unit_of(named)
    return QuestionShape("ratio" if unit == "percent" else unit) if unit in _RATIOS else shape


def _check_kind(ground: Ground, shape: QuestionShape | None) -> Check:
    """Whether the result is of the kind that is asked for."""
    name = "kind of answer"
    if shape is None:
        lookups = all(answer.calculation is None for answer in ground.last)
        detail = (
            "It is looked up." if lookups else "It is not clear what kind of result is asked for."
        )
        return Check(name, lookups, detail)
    spoken = _list_spoken(ground)
    if _PICKS.search(ground.question) and not any(_is_name(answer) for answer in spoken):
        return Check(name, False, "It also asks which one, and no step says.")
    if shape.unit == "name" and not all(_is_name(answer) for answer in ground.last):
        return Check(name, False, "It gives a figure too, and a name alone is asked for.")
    results = [one for one in ground.last if one.calculation is not None and one.value is not None]
    if len(results) > 1 and not _AND.search(ground.question):
        return Check(name, False, f"It gives {len(results)} results, and one is asked for.")
    fits = any(shape.fits(answer.calculation, answer.value) for answer in spoken)
    return Check(name, fits, shape.describe(fits))


def _check_plan(ground: Ground) -> Check:
    return check_plan(ground.question, ground.documents, ground.behind, ground.steps)


def _check_figures(ground: Ground) -> Check:
    """Whether each figure of a claim stands in a part that was decided."""
    said = {figure.amount for figure in find_stated_figures(ground.question)}
    met = {f.amount for answer in ground.behind for f in find_stated_figures(answer.question)}
    missing = len(said - met)
    detail = (
        "Each figure of the claim was checked." if not missing else f"{missing} were not checked."
    )
    return Check("figures", not missing, detail)


# Truth


def _truth_of(answer: SubAnswer) -> bool | None:
    """Return what a decided part says; None where it is open or no yes or no."""
    if not answer.grounded:
        return None
    if answer.calculation is not None:
        result = answer.calculation.result
        return result if isinstance(result, bool) else None
    if answer.verdict.label == "REFUTED":
        return False
    return True if answer.answer == "Yes" else None


def _is_name(answer: SubAnswer) -> bool:
    return answer.value is None and not _is_boolean(answer)


def _is_boolean(answer: SubAnswer) -> bool:
    return _truth_of(answer) is not None


def _is_of(answer: SubAnswer, ground: Ground) -> bool:
    """Whether a part says no more than the claim: years, figures, direction and words are its own.

    A model may break a claim into parts that it never made ("revenue was $1.1 billion"), or turn
    one round: that such a part is false says nothing of the claim.
    """
    part, claim = answer.question, ground.question
    if not set(find_years(part)) <= set(find_years(claim)):
        return False
    if answer.calculation is not None:
        return True
    said = {figure.amount for figure in find_stated_figures(claim)}
    turned = any(way.search(part) and not way.search(claim) for way in (MORE, LESS, _NEGATED))
    if turned or not {figure.amount for figure in find_stated_figures(part)} <= said:
        return False
    known = {stem_word(term) for term in find_terms(claim)}
    return bool(find_terms(part) & known)
