"""Does a plan ask for what the question asks? Its steps held against the question, one by one.

A plan may look up the wrong year, take another line item, add what belongs apart, or pick the
smallest where the largest is asked for: every number in it is then true, and the answer is wrong.
What cannot be told to be faithful is not verified. Pure; knows no model and no store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ingestion.documents import Document
from ingestion.figures import find_years
from ingestion.filings.lexicon import load_lexicon
from research.brought_numbers import find_brought_numbers
from research.calculation.compute import read_step
from research.calculation.formulas import (
    About,
    Binary,
    Change,
    Compare,
    Node,
    Number,
    Percent,
    Pick,
    Reference,
    Summary,
    list_parts,
    list_references,
    walk_tree,
)
from research.definitions import judge_join, list_parts_of
from research.questions import Check, SubAnswer, Value
from research.roles import LESS, MORE, check_roles
from research.said_years import bind_years, list_asked_years
from research.terms import find_terms
from research.understanding.vocabulary import load_vocabulary
from research.verification.asking import read_asked
from research.verification.claims import find_stated_figures

_NAME = "plan"
_SCHEDULE_ROW = re.compile(r"^(?:(?:19|20)\d\d|thereafter)\b", re.IGNORECASE)
_MARGIN = re.compile(r"\bmargins?\b", re.IGNORECASE)
_SHARE = re.compile(r"\b(?:percent\w*|share|proportion|fraction|ratio)\b|%", re.IGNORECASE)
_SUMMARIES = {
    "average": re.compile(r"\b(?:averages?|mean)\b", re.IGNORECASE),
    "median": re.compile(r"\bmedian\b", re.IGNORECASE),
    "maximum": MORE,
    "minimum": LESS,
}
_MINUS = re.compile(r"\b(?:minus|less|net\s+of|excluding)\b", re.IGNORECASE)
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_MONTHS = re.compile(r"^(?:Q\d|(?P<months>\d+)M)\b")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A look-up of the plan: what it is of, when, and whose.

    `years` are those of what was found. A balance is told by its day, which may lie in the next
    year: it is of the year by which it was asked for, and held against.
    """

    label: str
    words: frozenset[str]
    concepts: frozenset[str]
    companies: frozenset[str]
    period: str
    years: frozenset[int]
    is_schedule: bool

    @property
    def is_balance(self) -> bool:
        """Whether it is an amount at a day."""
        return bool(_DAY.match(self.period))

    @property
    def months(self) -> int:
        """How many months it spans: 12 for a year or where nothing tells."""
        found = _MONTHS.match(self.period)
        if not found:
            return 12
        return int(found["months"]) if found["months"] else 3


def check_plan(
    question: str,
    documents: Sequence[Document],
    behind: Sequence[SubAnswer],
    steps: Mapping[str, str],
) -> Check:
    """Check all that stands behind an answer; the first thing that is off is told.

    `steps` are the texts of the plan's steps, by label.
    """
    holder = _Holder(question, documents, behind, steps)
    for problem in holder.find_problems():
        return Check(_NAME, False, problem)
    return Check(_NAME, True, "Its steps ask for what the question asks, in the places it gives.")


class _Holder:
    """Holds the steps behind an answer against the question."""

    def __init__(
        self,
        question: str,
        documents: Sequence[Document],
        behind: Sequence[SubAnswer],
        steps: Mapping[str, str],
    ) -> None:
        self._question = question
        self._documents = documents
        self._answers = {answer.label: answer for answer in behind}
        self._steps = steps
        self._nodes = {label: read_step(steps.get(label, ""))[1] for label in self._answers}
        self._whole = read_asked(question, question, documents)
        self._leaves = {
            label: self._read_leaf(answer)
            for label, answer in self._answers.items()
            if self._nodes[label] is None
        }

    def find_problems(self) -> Iterator[str]:
        """Yield what is off, in words for the user."""
        for leaf in self._leaves.values():
            yield from self._check_leaf(leaf)
        yield from self._check_years_said()
        for label, node in self._nodes.items():
            yield from self._check_direction(label)
            if node is None:
                continue
            yield from self._check_node(label, node)
            roles = check_roles(self._question, self._answers[label], self._steps, self._answers)
            if not roles.passed:
                yield f"{label}: {roles.detail}"

    def _read_leaf(self, answer: SubAnswer) -> _Leaf:
        asked = read_asked(answer.question, self._question, self._documents)
        proof = next((e for e in answer.evidence if e.is_proof), None)
        period = (answer.value.period or "") if answer.value is not None else ""
        said = find_years(answer.question)
        is_told = bool(_DAY.match(period)) and len(set(said)) == 1
        return _Leaf(
            label=answer.label,
            words=asked.terms,
            concepts=frozenset(c for item in asked.items for c in item.concepts),
            companies=frozenset(company.name for company in asked.companies),
            period=period,
            years=frozenset(said if is_told else find_years(period)),
            is_schedule=proof is not None and bool(_SCHEDULE_ROW.match(proof.quote)),
        )

    # One look-up

    def _check_leaf(self, leaf: _Leaf) -> Iterator[str]:
        years = list_asked_years(self._question, self._whole.years)
        if years and leaf.years and not leaf.is_schedule and not leaf.years & years:
            yield f"{leaf.label} is of {leaf.period}, which is not asked for."
        if not self._is_asked_for(leaf):
            yield f"{leaf.label} asks for something that the question does not."

    def _check_years_said(self) -> Iterator[str]:
        """Years that the question gives to a line item: its look-ups are of those, and of all."""
        for concept, said in bind_years(self._question).items():
            leaves = [leaf for leaf in self._leaves.values() if concept in leaf.concepts]
            found = _years_of(leaves)
            for leaf in leaves:
                if leaf.years and not leaf.is_schedule and not leaf.years & said.allowed:
                    yield f"{leaf.label} is of {leaf.period}, which is asked of something else."
            if found and not said.needed <= found and not any(leaf.is_schedule for leaf in leaves):
                missing = ", ".join(str(year) for year in sorted(said.needed - found))
                yield f"{leaves[0].label} is asked for {missing} too, and is not looked up for it."

    def _is_asked_for(self, leaf: _Leaf) -> bool:
        """Whether a look-up's line item is one that the question names, or is computed from."""
        asked = {concept for item in self._whole.items for concept in item.concepts}
        needed = {need.concept for need in self._whole.query.needs} | list_parts_of(asked)
        if _MARGIN.search(self._question):  # a margin is of sales, whatever it is the margin of
            needed |= {"revenue"}
        if leaf.concepts & needed:
            return True
        said = self._whole.said | find_terms(self._question)
        for words, others in load_vocabulary().find_alternatives(self._question).items():
            said |= find_terms(words)
            said |= frozenset().union(*(find_terms(other) for other in others))
        if leaf.concepts:  # a known line item must be called so in the question
            named = self._names_of(leaf)
            return bool(named) and named <= said
        return bool(leaf.words & said) or not leaf.words

    def _names_of(self, leaf: _Leaf) -> frozenset[str]:
        answer = self._answers[leaf.label]
        asked = read_asked(answer.question, self._question, self._documents)
        return frozenset().union(*(item.words for item in asked.items))

    # One computation

    def _check_direction(self, label: str) -> Iterator[str]:
        """A step that picks the least where only the most is asked for, or the other way round."""
        text = self._steps.get(label, "")
        for one, other, word in ((_SMALLEST, _LARGEST, "least"), (_LARGEST, _SMALLEST, "most")):
            asks = LESS.search(self._question) if word == "least" else MORE.search(self._question)
            if one.search(text) and not one.search(self._question) and not asks:
                yield f"{label} looks for the {word}, which is not asked for."
            elif (
                one.search(text) and other.search(self._question) and not one.search(self._question)
            ):
                yield f"{label} looks for the {word}, and the question for the opposite."

    def _check_node(self, label: str, node: Node) -> Iterator[str]:
        for part in walk_tree(node):
            yield from self._check_itself(label, part)
            if isinstance(part, Summary) and not _SUMMARIES[part.kind].search(self._question):
                yield f"{label} takes the {part.kind}, which is not asked for."
            if isinstance(part, Pick):
                yield from self._check_names(label, part)
            if isinstance(part, About):
                yield from self._check_stated(label, part)
            if isinstance(part, Summary):
                yield from self._check_summary(label, part)
            if isinstance(part, Binary | Change):
                yield from self._check_joined(label, part)
            if isinstance(part, Binary):
                yield from self._check_measure(label, part)
                yield from self._check_operands(label, part)
        for problem in find_brought_numbers(self._question, node):
            yield f"{label} {problem}"
        yield from self._check_size(label, node)

    def _check_itself(self, label: str, node: Node) -> Iterator[str]:
        """An answer that is held against itself, or against another of the same proof."""
        if isinstance(node, Pick | Compare | Change) or (
            isinstance(node, Binary) and node.operator in "-/"
        ):
            below = [
                frozenset(self._answers[leaf.label].question for leaf in self._leaves_below(part))
                for part in list_parts(node)
            ]
            if len(below) > 1 and all(below) and len(set(below)) == 1:
                yield f"{label} holds an answer against itself."

    def _check_names(self, label: str, node: Pick) -> Iterator[str]:
        """A name that a step gives to an answer and that its look-ups do not bear."""
        for part in node.parts:
            name = find_terms(part.name)
            if name and not name & self._words_below(part):
                yield f'{label} calls #{part.label[1:]} "{part.name}", which it is not.'

    def _check_stated(self, label: str, node: About) -> Iterator[str]:
        """A stated figure that belongs to another year, where the question gives one to each."""
        figures = [figure.amount for figure in find_stated_figures(self._question)]
        years = list(find_years(self._question))
        if node.stated.amount not in figures:
            yield f"{label} holds an amount against a figure that the question does not state."
        elif len(figures) == len(years):
            year = years[figures.index(node.stated.amount)]
            found = {y for leaf in self._leaves_below(node) for y in leaf.years}
            if found and year not in found:
                yield f"{label} holds another year's amount against the figure of {year}."

    def _check_joined(self, label: str, node: Binary | Change) -> Iterator[str]:
        """Amounts that belong apart: of another line item and of another period at once."""
        first, last = list_parts(node)
        left, right = self._leaves_below(first), self._leaves_below(last)
        if len(left) != 1 or len(right) != 1:
            yield from self._check_periods_of_sides(label, node, left, right)
            return
        one, other = left[0], right[0]
        alike = self._are_alike(one, other)
        same_period = _are_of_one_period(one, other) or one.is_schedule
        if isinstance(node, Change) and not alike:
            yield f"{label} takes a change between two different things."
        if isinstance(node, Change) and alike and one.period and one.period == other.period:
            yield f"{label} takes a change within one period."
        if isinstance(node, Binary) and not alike and not same_period:
            yield f"{label} joins different things of different periods."
        if isinstance(node, Binary) and node.operator == "-" and alike and not same_period:
            if one.months < other.months:
                yield f"{label} takes the longer span from the shorter one."
            elif one.months == other.months and min(one.years, default=0) < min(
                other.years, default=0
            ):
                yield f"{label} takes the later amount from the earlier one."

    def _check_periods_of_sides(
        self, label: str, node: Binary | Change, left: Sequence[_Leaf], right: Sequence[_Leaf]
    ) -> Iterator[str]:
        """Sides of which each is of one year only, and not of the same."""
        if isinstance(node, Change) or any(leaf.is_schedule for leaf in (*left, *right)):
            return
        first, last = _years_of(left), _years_of(right)
        alike = {leaf.concepts for leaf in left} == {leaf.concepts for leaf in right}
        if len(first) == len(last) == 1 and first != last and not alike:
            yield f"{label} joins different things of different periods."

    def _check_summary(self, label: str, node: Summary) -> Iterator[str]:
        """An average of things that are not of one kind."""
        kinds = [
            frozenset().union(*(leaf.concepts for leaf in self._leaves_below(part)))
            for part in node.parts
        ]
        if node.kind in ("average", "median") and all(kinds) and len(set(kinds)) > 1:
            yield f"{label} takes the {node.kind} of different things."

    def _check_measure(self, label: str, node: Binary) -> Iterator[str]:
        """Parts of a measure that is asked for, joined otherwise than the measure is made."""
        left, right = self._concepts_below(node.left), self._concepts_below(node.right)
        asked = {concept for item in self._whole.items for concept in item.concepts}
        is_share = bool(_MARGIN.search(self._question) or _SHARE.search(self._question))
        lexicon = load_lexicon()
        named = [
            name
            for name in sorted(asked)
            if not is_share or ((c := lexicon.get(name)) is not None and c.unit != "USD")
        ]
        problem = judge_join(named, node.operator, left, right)
        if problem:
            yield f"{label}: {problem}"
        of_sales = _MARGIN.search(self._question) and node.operator == "/"
        if of_sales and "revenue" in left and right and "revenue" not in right:
            yield f"{label} divides sales by what a margin is the part of."

    def _concepts_below(self, node: Node) -> frozenset[str]:
        return frozenset().union(*(leaf.concepts for leaf in self._leaves_below(node)))

    def _check_operands(self, label: str, node: Binary) -> Iterator[str]:
        if node.operator == "-":
            yield from self._check_order(label, node)
        elif node.operator == "+":
            yield from self._check_added(label, node)

    def _check_added(self, label: str, node: Binary) -> Iterator[str]:
        """A part that is added to the whole that holds it: a segment's sales to all sales."""
        for one in self._leaves_below(node.left):
            for other in self._leaves_below(node.right):
                is_held = one.words < other.words or other.words < one.words
                alike = bool(one.concepts & other.concepts) and one.companies == other.companies
                if is_held and alike and _are_of_one_period(one, other):
                    yield f"{label} adds a part to the whole that holds it."

    def _check_order(self, label: str, node: Binary) -> Iterator[str]:
        """What the question takes from something must not be what the step takes it from."""
        left, right = self._words_below(node.left), self._words_below(node.right)
        only_left, only_right = left - right, right - left
        for before, after in _list_minus(self._question):
            fits = only_left & before or only_right & after
            if only_right & before and only_left & after and not only_left & before:
                yield f"{label} subtracts the other way round than the question does."
            elif fits:
                return

    def _are_alike(self, one: _Leaf, other: _Leaf) -> bool:
        if one.is_schedule and other.is_schedule:
            return True
        if one.concepts and other.concepts:
            return bool(one.concepts & other.concepts)
        return one.words == other.words

    def _check_size(self, label: str, node: Node) -> Iterator[str]:
        """A part that is larger than its whole, and a negative remainder of different things."""
        result = self._answers[label].value
        if result is None:
            return
        ratio = node.part if isinstance(node, Percent) else node
        if isinstance(ratio, Binary) and ratio.operator == "/":
            leaves = self._leaves_below(ratio)
            alike = all(self._are_alike(leaves[0], leaf) for leaf in leaves[1:])
            if len(leaves) > 1 and alike and self._share_of(result) > 1 and self._asks_share():
                yield f"{label} gives a part that is larger than its whole."
        if isinstance(node, Binary) and node.operator == "-" and result.number < 0:
            yield from self._check_negative(label, node)

    def _check_negative(self, label: str, node: Binary) -> Iterator[str]:
        left, right = self._words_below(node.left), self._words_below(node.right)
        only_left, only_right = left - right, right - left
        said = _MINUS.split(self._question, maxsplit=1)
        if len(said) == 2:
            before, after = find_terms(said[0]), find_terms(said[1])
            if only_left & before and only_right & after:
                return
        if len(self._leaves_below(node)) == 2 and self._is_last(label):
            return  # "the difference between": its sign is what is told
        if self._is_held_against_nothing(label):
            return  # "Is working capital positive?"
        yield f"{label} is negative, and it is not clear that it should be."

    def _is_last(self, label: str) -> bool:
        used = {r.label for node in self._nodes.values() if node for r in list_references(node)}
        return label not in used

    def _is_held_against_nothing(self, label: str) -> bool:
        return any(
            isinstance(node, Compare)
            and node.right == Number(Decimal(0))
            and isinstance(node.left, Reference)
            and node.left.label == label
            for node in self._nodes.values()
        )

    def _asks_share(self) -> bool:
        return bool(re.search(r"\b(?:percent\w*|share|proportion)\s+of\b", self._question, re.I))

    def _share_of(self, value: Value) -> Decimal:
        return value.number / 100 if value.unit == "percent" else value.number

    # What stands below

    def _leaves_below(self, node: Node) -> list[_Leaf]:
        found: dict[str, _Leaf] = {}
        for reference in list_references(node):
            inner = self._nodes.get(reference.label)
            if inner is not None:
                found |= {leaf.label: leaf for leaf in self._leaves_below(inner)}
            elif reference.label in self._leaves:
                found[reference.label] = self._leaves[reference.label]
        return list(found.values())

    def _words_below(self, node: Node) -> frozenset[str]:
        words: frozenset[str] = frozenset()
        for leaf in self._leaves_below(node):
            words |= find_terms(self._answers[leaf.label].question)
            for company in leaf.companies:
                words |= find_terms(company)
        return words


def _are_of_one_period(one: _Leaf, other: _Leaf) -> bool:
    """Whether two periods are one, or a balance stands at the end of the other's year."""
    if one.period == other.period or not (one.period and other.period):
        return True
    is_whole = one.months == other.months == 12
    return one.is_balance != other.is_balance and is_whole and one.years == other.years


_LARGEST = re.compile(r"\b(?:largest|highest|most|greatest|biggest)\b", re.IGNORECASE)
_SMALLEST = re.compile(r"\b(?:smallest|lowest|least|fewest)\b", re.IGNORECASE)


def _list_minus(question: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Yield the words before and after each "minus" of a question, up to the next pause."""
    for match in _MINUS.finditer(question):
        before = re.split(r"[,;:(]", question[: match.start()])[-1]
        after = re.split(r"[,;?]|\bdivided\b", question[match.end() :])[0]
        yield find_terms(before), find_terms(after)


def _years_of(leaves: Iterable[_Leaf]) -> set[int]:
    return {year for leaf in leaves for year in leaf.years}
