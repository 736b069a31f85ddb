"""The plan as a graph: what waits for what, and how a plan is edited.

A step refers to another's answer by its number ("#2" is the answer of "Q2"). Labels are names,
not places: they stay as they are when steps come and go, so that references and stored answers
still fit. Pure; knows no model, no store and no run.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from research.errors import PlanError
from research.questions import Decomposition, ResearchResult, SubAnswer, SubQuestion

REFERENCE = re.compile(r"#(\d+)")
_LABEL = re.compile(r"Q[1-9]\d*")
# Other ways to write a reference. A bare "Q1" is none of them: it may be a quarter.
_ITEM = r"(?:#\s?Q?|Q|(?:sub-?)?question\s+)(\d+)"
_SPOKEN = re.compile(
    rf"(?:the\s+)?\b(?:answers?|results?)\s+(?:to|of|from|for|in)\s+"
    rf"({_ITEM}\b(?:(?:\s*,\s*|,?\s+and\s+|\s+or\s+){_ITEM}\b)*)"
    rf"|\b{_ITEM}(?:'|\u2019)s\s+answer\b"
    r"|[\[{<]\s*(?:#\s?Q?|Q)\d+\s*[\]}>]|#\s?Q\d+\b|#\s\d+\b",
    re.IGNORECASE,
)
_SPOKEN_ITEM = re.compile(_ITEM, re.IGNORECASE)


def find_references(text: str) -> tuple[str, ...]:
    """Return the labels that a text refers to, in order, each once; "#10" is never "#1"."""
    return tuple(dict.fromkeys(f"Q{int(number)}" for number in REFERENCE.findall(text)))


def spell_references(text: str, labels: Collection[str]) -> str:
    """Write references to `labels` as "#k" where they are written in another way.

    "the answer to Q1", "Q1's answer", "[#1]" and "#Q1" are such; "Q1 2023" is a quarter.
    """

    def spell(match: re.Match[str]) -> str:
        named = match[1] or match[0]
        if any(f"Q{int(number)}" not in labels for number in _SPOKEN_ITEM.findall(named)):
            return match[0]
        items = _SPOKEN_ITEM.sub(lambda item: f"#{int(item[1])}", named)
        return items if match[1] else f"#{int(re.findall(r'[0-9]+', items)[0])}"

    return _SPOKEN.sub(spell, text)


def name_step(number: int) -> str:
    """Return the label that "#number" refers to."""
    return f"Q{number}"


# What waits for what


def order_steps(plan: Decomposition) -> tuple[tuple[SubQuestion, ...], ...]:
    """Return the steps in waves; each stands in the first in which all that it needs is done.

    Raises:
        PlanError: steps wait for each other, or for one that is not there (see `mend_references`).
    """
    waves: list[tuple[SubQuestion, ...]] = []
    done: set[str] = set()
    while len(done) < len(plan.sub_questions):
        wave = find_ready(plan, done)
        if not wave:
            stuck = [step.label for step in plan.sub_questions if step.label not in done]
            raise PlanError(
                f"{list_labels(stuck)} can never be answered: each waits for another or for a "
                "step that is not in the plan. Change or remove one of them."
            )
        waves.append(wave)
        done.update(step.label for step in wave)
    return tuple(waves)


def find_ready(plan: Decomposition, done: Collection[str]) -> tuple[SubQuestion, ...]:
    """Return the steps that are not done and wait for nothing more, in the plan's order."""
    return tuple(
        step
        for step in plan.sub_questions
        if step.label not in done and all(label in done for label in step.depends_on)
    )


def find_downstream(plan: Decomposition, labels: Iterable[str]) -> frozenset[str]:
    """Return the labels of all steps that need any of these, however far; not these themselves."""
    start = frozenset(labels)
    reached = set(start)
    while True:
        further = {
            step.label
            for step in plan.sub_questions
            if step.label not in reached and not reached.isdisjoint(step.depends_on)
        }
        if not further:
            return frozenset(reached - start)
        reached |= further


def find_last_steps(plan: Decomposition) -> tuple[SubQuestion, ...]:
    """Return the steps that no other uses: the parts that the whole answer is made of."""
    used = {label for step in plan.sub_questions for label in step.depends_on}
    return tuple(step for step in plan.sub_questions if step.label not in used)


# Mending


@dataclass(frozen=True, slots=True)
class _Edge:
    """`step` waits for `needed`. Edges sort by how much is lost without them, most first."""

    rank: tuple[bool, bool, bool]
    step: str
    needed: str


def mend_references(
    plan: Sequence[SubQuestion],
) -> tuple[tuple[SubQuestion, ...], tuple[str, ...]]:
    """Make a plan a graph without cycles; returns it, and notes on what had to be changed.

    All steps are kept, with their texts. `depends_on` is made anew from the references of the
    text, earlier or later steps alike, and from what it named beside them. Left out of it is what
    refers to a step that is not there or to itself, and, where steps wait for each other, the
    link whose loss costs least: first those of a step whose answer is set, then those that the
    text does not speak of, then those to a later step. Of a label that stands twice the later one
    gets a free number.
    """
    steps, notes = _part_twins(plan)
    place = {step.label: number for number, step in enumerate(steps)}
    edges: list[_Edge] = []
    for step in steps:
        named = find_references(step.text)
        for needed in dict.fromkeys((*named, *step.depends_on)):
            if needed == step.label:
                notes.append(f"{step.label} refers to itself; that is left as it is written.")
            elif needed not in place:
                notes.append(f"{step.label} refers to {needed}, which is not in the plan.")
            else:
                is_later = place[needed] > place[step.label]
                rank = (step.answer is not None, needed not in named, is_later)
                edges.append(_Edge(rank, step.label, needed))
    needs: dict[str, set[str]] = {step.label: set() for step in steps}
    for edge in sorted(edges, key=lambda edge: edge.rank):
        if edge.step in _gather_needed(needs, edge.needed):
            notes.append(
                f"{edge.step} and {edge.needed} wait for each other, so {edge.step} is answered "
                f"without {edge.needed}."
            )
        else:
            needs[edge.step].add(edge.needed)
    mended = tuple(
        replace(step, depends_on=tuple(sorted(needs[step.label], key=place.__getitem__)))
        for step in steps
    )
    return mended, tuple(dict.fromkeys(notes))


def _part_twins(plan: Sequence[SubQuestion]) -> tuple[list[SubQuestion], list[str]]:
    """Give steps whose label was taken before them a free one."""
    steps: list[SubQuestion] = []
    notes: list[str] = []
    taken = {step.label for step in plan}
    seen: set[str] = set()
    for step in plan:
        label = step.label
        if label in seen:
            label = _find_free_label(taken)
            taken.add(label)
            notes.append(f"Two steps are called {step.label}; the second is called {label} now.")
        seen.add(label)
        steps.append(step if label == step.label else replace(step, label=label))
    return steps, notes


def _find_free_label(taken: Collection[str]) -> str:
    numbers = [int(label[1:]) for label in taken if _LABEL.fullmatch(label)]
    return name_step(max(numbers, default=0) + 1)


def _gather_needed(needs: Mapping[str, Collection[str]], label: str) -> set[str]:
    """Return all that `label` needs, however far, and itself."""
    gathered: set[str] = set()
    waiting = [label]
    while waiting:
        following = waiting.pop()
        if following not in gathered:
            gathered.add(following)
            waiting.extend(needs[following])
    return gathered


# Editing: each returns a new plan, and raises PlanError where that would be none


def change_step(plan: Decomposition, label: str, text: str) -> Decomposition:
    """Return the plan with another text in a step; what is set of its answer goes with the old.

    Raises:
        PlanError: there is no such step, the text is empty, or steps would wait for each other.
    """
    step = _get_step(plan, label)
    text = _read_text(plan, text)
    # What it needed beside the references of its old text it still needs.
    beside = set(step.depends_on) - set(find_references(step.text))
    kept = tuple(needed for needed in step.depends_on if needed in beside)
    changed = SubQuestion(label, text, kept, passages=step.passages)
    _refuse_cycle(plan.sub_questions, changed)
    return _put_step(plan, changed)


def add_step(plan: Decomposition, text: str, after: str | None = None) -> Decomposition:
    """Return the plan with one more step, behind `after` or at the end; its label is a new one.

    Raises:
        PlanError: there is no step `after`, or the text is empty.
    """
    labels = [step.label for step in plan.sub_questions]
    place = len(labels) if after is None else labels.index(_get_step(plan, after).label) + 1
    # What a text refers to in vain is no name for a new step: it would mean another.
    spoken_of = [label for step in plan.sub_questions for label in find_references(step.text)]
    step = SubQuestion(_find_free_label([*labels, *spoken_of]), _read_text(plan, text))
    _refuse_cycle(plan.sub_questions, step)
    return _build_plan((*plan.sub_questions[:place], step, *plan.sub_questions[place:]), plan.notes)


def remove_step(plan: Decomposition, label: str) -> Decomposition:
    """Return the plan without a step; the notes tell which steps still refer to it.

    Raises:
        PlanError: there is no such step, or it is the only one.
    """
    removed = _get_step(plan, label)
    rest = [step for step in plan.sub_questions if step is not removed]
    if not rest:
        raise PlanError(f"{label} is the only step of the plan. Change it instead.")
    # What the text does not speak of is no longer needed, and nothing to be told.
    rest = [
        replace(step, depends_on=tuple(needed for needed in step.depends_on if needed != label))
        for step in rest
    ]
    return _build_plan(rest, plan.notes)


def pin_answer(plan: Decomposition, label: str, answer: str) -> Decomposition:
    """Return the plan with a step's answer set by the user; it is then taken as it is.

    Raises:
        PlanError: there is no such step, or the answer is empty.
    """
    answer = answer.strip()
    if not answer:
        raise PlanError(f"The answer set for {label} is empty. Write one, or let it be searched.")
    return _put_step(plan, replace(_get_step(plan, label), answer=answer))


def pin_evidence(plan: Decomposition, label: str, passage_ids: Sequence[str]) -> Decomposition:
    """Return the plan with the passages set that a step is answered from.

    Raises:
        PlanError: there is no such step, or no passage.
    """
    passages = tuple(dict.fromkeys(key for key in passage_ids if key))
    if not passages:
        raise PlanError(f"No passage is named for {label}. Name one, or let it be searched.")
    return _put_step(plan, replace(_get_step(plan, label), passages=passages))


def unpin(plan: Decomposition, label: str) -> Decomposition:
    """Return the plan with a step that is searched and answered by the run again.

    Raises:
        PlanError: there is no such step.
    """
    return _put_step(plan, replace(_get_step(plan, label), answer=None, passages=None))


def find_kept(earlier: ResearchResult, plan: Decomposition) -> Mapping[str, SubAnswer]:
    """Return the sub-answers of an earlier run that stay valid under an edited plan, by label.

    Kept is the answer to a step whose text, needs and pins are what they were, while the answers
    to all steps that it needs are kept too.
    """
    before = {step.label: step for step in earlier.decomposition.sub_questions}
    answers = {answer.label: answer for answer in earlier.sub_answers}
    kept: dict[str, SubAnswer] = {}
    for step in (step for wave in order_steps(plan) for step in wave):
        same = step.label in answers and _asks_the_same(before.get(step.label), step)
        if same and all(needed in kept for needed in step.depends_on):
            kept[step.label] = answers[step.label]
    return kept


def _asks_the_same(before: SubQuestion | None, step: SubQuestion) -> bool:
    if before is None or set(before.depends_on) != set(step.depends_on):
        return False
    return (before.text, before.answer, before.passages) == (step.text, step.answer, step.passages)


def _get_step(plan: Decomposition, label: str) -> SubQuestion:
    for step in plan.sub_questions:
        if step.label == label:
            return step
    known = list_labels([step.label for step in plan.sub_questions])
    raise PlanError(f"The plan has no step {label}. It has {known}.")


def _put_step(plan: Decomposition, changed: SubQuestion) -> Decomposition:
    steps = [changed if step.label == changed.label else step for step in plan.sub_questions]
    return _build_plan(steps, plan.notes)


def _build_plan(steps: Sequence[SubQuestion], notes: Sequence[str]) -> Decomposition:
    mended, found = mend_references(steps)
    return Decomposition(mended, tuple(dict.fromkeys((*notes, *found))))


def _refuse_cycle(steps: Sequence[SubQuestion], changed: SubQuestion) -> None:
    """Raise PlanError where the new text of a step refers to itself or closes a cycle."""
    needs: dict[str, Collection[str]] = {step.label: step.depends_on for step in steps}
    needs[changed.label] = ()
    for needed in (*find_references(changed.text), *changed.depends_on):
        if needed not in needs:
            continue
        if changed.label in _gather_needed(needs, needed):
            told = "itself" if needed == changed.label else f"{needed}, which waits for it"
            raise PlanError(f"{changed.label} would wait for {told}. Refer to another step.")


def _read_text(plan: Decomposition, text: str) -> str:
    flat = " ".join(text.split())
    if not flat:
        raise PlanError("A step of the plan is empty. Write what is to be found out.")
    return spell_references(flat, {step.label for step in plan.sub_questions})


def list_labels(labels: Sequence[str]) -> str:
    """Write "Q1, Q2 and Q3"."""
    return " and ".join(filter(None, (", ".join(labels[:-1]), labels[-1]))) if labels else "none"
