"""The Decomposer: from a question or a claim to a plan of steps, and from plan to text.

Parsing and repair are pure; what a repair changed is told in the plan's notes. Knows nothing of
evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ingestion.figures import find_years
from models.chat import (
    CancelToken,
    ChatModel,
    Completion,
    GenerationSettings,
    Request,
    complete,
)
from research.copying import Copied, list_copied
from research.grammars import build_claim_grammar, build_decomposition_grammar
from research.plan import (
    REFERENCE,
    add_step,
    find_references,
    mend_references,
    name_step,
    order_steps,
)
from research.plan_reading import read_steps
from research.prompts import render_claim_decomposition_prompt, render_decomposition_prompt
from research.questions import Decomposition, SubQuestion
from research.terms import find_terms

_MOST_TOKENS = 600
# Of other plans than the likeliest.
_SAMPLING_TEMPERATURE = 0.8
# Enough for a plan: one sub-question alone is only the question again.
_GOOD_PLAN = 2
# The method's own training prefers plans of fewer than seven; what is far above is a ramble.
_MOST_STEPS = 24
# A step that holds this part of the question's matter asks the question again.
_RESTATED = 0.8
# Of invented companies, in the published format; shown only after a first try without them.
_QUESTION_EXAMPLES = tuple(
    (render_decomposition_prompt(question), "\n".join(plan))
    for question, plan in (
        (
            "Did Ardent's advertising costs grow faster than its revenue from 2014 to 2015?",
            (
                "### Q1: What were Ardent's advertising costs in 2014?",
                "### Q2: What were Ardent's advertising costs in 2015?",
                "### Q3: What was Ardent's revenue in 2014?",
                "### Q4: What was Ardent's revenue in 2015?",
                "### Q5: Is the growth from #1 to #2 larger than the growth from #3 to #4?",
            ),
        ),
        (
            "Which company had the higher gross profit in 2010, Zelkova or Orrin, and by how much?",
            (
                "### Q1: What was Zelkova's gross profit in 2010?",
                "### Q2: What was Orrin's gross profit in 2010?",
                "### Q3: Which is larger, #1 or #2?",
                "### Q4: What is the difference between #1 and #2?",
            ),
        ),
    )
)
_CLAIM_EXAMPLES = tuple(
    (render_claim_decomposition_prompt(claim), "\n".join(plan))
    for claim, plan in (
        (
            "Ardent's revenue rose and its advertising costs fell from 2014 to 2015.",
            (
                "### Q1: Ardent's revenue rose from 2014 to 2015.",
                "### Q2: Ardent's advertising costs fell from 2014 to 2015.",
            ),
        ),
        (
            "Zelkova, which is based in Lyon, had a gross profit of $40 million in 2010, and "
            "Orrin had less.",
            (
                "### Q1: Zelkova is based in Lyon.",
                "### Q2: Zelkova had a gross profit of $40 million in 2010.",
                "### Q3: Orrin's gross profit in 2010 was less than $40 million.",
            ),
        ),
    )
)
# A small model copies them into its own plans.
_INVENTED = ("Ardent", "Zelkova", "Orrin", "Lyon")
_FIGURE = re.compile(r"(?<!#)\b\d+(?:[.,]\d+)*")
_NAME = re.compile(r"(?<![.?!] )\b[A-Z][A-Za-z&]+")
# A filing's tables look about so far back and ahead.
_NEAR_YEARS = 5
# Words with a capital that name no one.
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december "
    "fy fiscal q i usd us gaap eps ebitda".split()
)
_FIRST_OWNER = re.compile(r"([A-Z][A-Za-z&]+)['\u2019]s\b")
# "Net sales of Acme in 2021?" is a question without a verb, too.
_LONGEST_NOUN = 120
# What asks something; a line of a table that was copied into the plan does not.
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how)\b"
    r"|^\W*(?:did|do|does|is|are|was|were|has|have|had|can|could|will|would|should|calculate"
    r"|compute|find|determine|identify|list|name|give|tell|compare|sum|add|subtract|divide"
    r"|multiply|take|state|describe|explain|express)\b",
    re.IGNORECASE,
)
# Stems that speak of the question instead of asking it.
_ABOUT_ASKING = frozenset({"answer", "question"})

Tries: TypeAlias = Literal["all", "published", "shown"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is broken down, with its prompt, the form of its plan, and how its steps are called."""

    noun: str
    prompt: Callable[[str], str]
    grammar: Callable[[Copied], str]
    examples: tuple[tuple[str, str], ...]
    labelled: bool


_QUESTION = _Kind(
    "question",
    render_decomposition_prompt,
    build_decomposition_grammar,
    _QUESTION_EXAMPLES,
    labelled=True,
)
_CLAIM = _Kind(
    "claim",
    render_claim_decomposition_prompt,
    build_claim_grammar,
    _CLAIM_EXAMPLES,
    labelled=False,
)
_KINDS = {"question": _QUESTION, "claim": _CLAIM}


def decompose_question(
    question: str,
    model: ChatModel,
    cancel: CancelToken,
    *,
    count: Callable[[Completion], None] | None = None,
    tries: Tries = "all",
) -> Decomposition:
    """Ask the model for a plan; again, each time in another way, while it is no plan.

    The first try is as published. Weights that were trained for this seldom need another; a
    general model is then shown two worked examples, and after that allowed to stray. When all
    fail the question itself is the only step, and the notes say so. `count` is told of each
    completion. `tries` may be "published" or "shown": the first of them alone, or the second.
    """
    attempts = _list_attempts(_QUESTION, question)
    made = {"all": attempts, "published": attempts[:1], "shown": attempts[1:2]}[tries]
    return _decompose(_QUESTION, question, model, cancel, count, made)


def decompose_claim(
    claim: str,
    model: ChatModel,
    cancel: CancelToken,
    *,
    count: Callable[[Completion], None] | None = None,
) -> Decomposition:
    """Ask the model for the smaller claims that a claim is made of, as `decompose_question` does.

    When all tries fail the claim itself is the only step.
    """
    return _decompose(_CLAIM, claim, model, cancel, count, _list_attempts(_CLAIM, claim))


def sample_plans(
    whole: str,
    noun: Literal["question", "claim"],
    model: ChatModel,
    cancel: CancelToken,
    number: int,
    *,
    count: Callable[[Completion], None] | None = None,
) -> tuple[Decomposition, ...]:
    """Return other plans than the likeliest: `number` are written, together; some may be alike.

    What a small model thinks likeliest is often one word off a plan that it knows as well
    (self-consistency: Wang et al. 2022, arXiv 2203.11171). Those that ask only the whole again
    are left out.
    """
    kind = _KINDS[noun]
    settings = replace(_list_attempts(kind, whole)[0], temperature=_SAMPLING_TEMPERATURE)
    requests = [
        Request(kind.prompt(whole), replace(settings, seed=seed)) for seed in range(1, number + 1)
    ]
    texts: dict[int, str] = {}
    for index, piece in model.stream_many(requests, cancel):
        if isinstance(piece, Completion):
            texts[index] = piece.text
            if count is not None:
                count(piece)
    plans: list[Decomposition] = []
    for _, text in sorted(texts.items()):
        steps, notes = repair_plan(read_steps(text, labelled=kind.labelled), whole, noun)
        if count_parts(steps, whole) >= _GOOD_PLAN:
            plans.append(Decomposition(steps, notes))
    return tuple(plans)


def _decompose(
    kind: _Kind,
    whole: str,
    model: ChatModel,
    cancel: CancelToken,
    count: Callable[[Completion], None] | None,
    attempts: Sequence[GenerationSettings],
) -> Decomposition:
    best: tuple[SubQuestion, ...] = ()
    notes: tuple[str, ...] = ()
    for settings in attempts:
        completion = complete(model, kind.prompt(whole), settings, cancel)
        if count is not None:
            count(completion)
        steps = read_steps(completion.text, labelled=kind.labelled)
        plan, found = repair_plan(steps, whole, kind.noun)
        if count_parts(plan, whole) > count_parts(best, whole) or not best:
            best, notes = plan, found
        if count_parts(best, whole) >= _GOOD_PLAN:
            if settings.examples:
                notes = (*notes, f"The plan was made with worked examples before the {kind.noun}.")
            return Decomposition(best, notes)
    if best:
        return Decomposition(best, notes)
    note = (
        f"The model gave no usable plan in {_count(len(attempts), 'try')}, so the {kind.noun} is "
        "asked whole."
    )
    return Decomposition((SubQuestion(name_step(1), whole),), (*notes, note))


def _list_attempts(kind: _Kind, whole: str) -> tuple[GenerationSettings, ...]:
    grammar = kind.grammar(list_copied(whole))
    first = GenerationSettings(_MOST_TOKENS, grammar=grammar, distinct_lines=True)
    shown = replace(first, examples=kind.examples)
    return (first, shown, replace(shown, temperature=0.7, seed=1))


def count_parts(plan: Sequence[SubQuestion], question: str) -> int:
    """Count the steps that ask for less than the whole: a plan of restatements is none."""
    whole, figures = _build_key(question), frozenset(_FIGURE.findall(question))
    shared = [_build_key(step.text) & whole for step in plan]
    return sum(
        bool(step.depends_on)
        or len(key) < _RESTATED * len(whole)
        or 0 < len(key & figures) < len(figures)  # one year of two, say
        for step, key in zip(plan, shared, strict=True)
    )


# Reading


def parse_decomposition(text: str) -> tuple[SubQuestion, ...]:
    """Read the lines that start with "### Q" and a label; see `read_steps`."""
    return read_steps(text, labelled=True)


def parse_claim_decomposition(text: str) -> tuple[SubQuestion, ...]:
    """Read the lines that start with "###", with a label or without."""
    return read_steps(text, labelled=False)


def parse_document_plan(text: str, question: str) -> Decomposition:
    """Read a plan that was made with the documents in view: lines that start with "###".

    Its years and names may be the documents' own, so none is taken out for them.
    """
    steps, notes = repair_plan(read_steps(text, labelled=False), question, stays=False)
    return Decomposition(steps, notes)


# Repair


def repair_plan(
    plan: Sequence[SubQuestion], question: str, noun: str = "question", *, stays: bool = True
) -> tuple[tuple[SubQuestion, ...], tuple[str, ...]]:
    """Take out what a plan must not hold; returns the plan, numbered anew, and notes.

    Taken out are repetitions (in other words too), and, where it `stays` with its question, steps
    that bring in a year or a name that the question does not hold, or share no word with it: their
    answers would be beside the point. So is a step that holds an answer against itself ("the
    difference between #1 and #1"), one whose references lead nowhere, and one that refers to a
    step taken out, and one that asks nothing. References follow their sub-question.
    """
    mended, _ = mend_references(plan)
    used = frozenset(label for step in mended for label in step.depends_on)
    repair = _Repair(question, stays, used, asks=noun == "question")
    for wave in order_steps(Decomposition(mended)):
        for step in wave:
            repair.judge(step)
    kept = [step.label for step in mended if step.label in repair.kept]
    number = {label: place for place, label in enumerate(kept, start=1)}
    steps, _ = mend_references(
        [
            SubQuestion(
                name_step(number[label]),
                REFERENCE.sub(lambda k: f"#{number[name_step(int(k[1]))]}", repair.kept[label]),
            )
            for label in kept
        ]
    )
    return steps, repair.tell(noun)


@dataclass
class _Repair:
    """Judges the steps of one plan, each after those that it refers to.

    `kept` are the texts that stay, by label, with references to steps that stay.
    """

    question: str
    stays: bool
    used: frozenset[str]
    asks: bool
    kept: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    strayed: int = 0
    beyond: int = 0
    mute: int = 0
    loose: list[str] = field(default_factory=list)
    _same_as: dict[str, str] = field(default_factory=dict)
    _seen: dict[frozenset[str], str] = field(default_factory=dict)

    def judge(self, step: SubQuestion) -> None:
        """Keep a step, or note why not."""
        references = REFERENCE.findall(step.text)
        if set(find_references(step.text)) - set(step.depends_on):
            self.loose.append(step.text)
            return
        meant = {self._same_as.get(name_step(int(number))) for number in references}
        compares_one = len(references) > 1 and len(meant) == 1
        if compares_one or any(needed not in self._same_as for needed in step.depends_on):
            self.strayed += 1
            return
        text = REFERENCE.sub(
            lambda match: f"#{self._same_as[name_step(int(match[1]))][1:]}", step.text
        )
        key = _build_key(text)
        if key in self._seen:
            self.repeated += 1
            self._same_as[step.label] = self._seen[key]
        elif self.asks and not references and _is_copied(text):
            self.mute += 1
        elif self.stays and not _stays_with(text, self.question, step.label in self.used):
            self.strayed += 1
        elif len(self.kept) == _MOST_STEPS:
            self.beyond += 1
        else:
            self.kept[step.label] = text
            self._same_as[step.label] = self._seen[key] = step.label

    def tell(self, noun: str) -> tuple[str, ...]:
        """Say in words for the user what was taken out."""
        step = f"sub-{noun}"
        notes = [
            (self.repeated, f"repeated {step}", ""),
            (self.strayed, step, f" about something that is not in the {noun}"),
            (self.mute, step, " that asks nothing"),
            (self.beyond, step, f" beyond the first {_MOST_STEPS}"),
        ]
        told = [
            f"{_count(number, what)}{why} taken out of the plan."
            for number, what, why in notes
            if number
        ]
        told += [
            f'Taken out of the plan, since what it refers to is not there: "{text}"'
            for text in self.loose
        ]
        return tuple(told)


def _is_copied(text: str) -> bool:
    """Whether a step asks nothing, and reads like a line of a table: long, or full of figures."""
    is_row = len(_FIGURE.findall(text)) > 2 or len(text) > _LONGEST_NOUN
    return is_row and not _ASKS.search(text)


def ask_whole(plan: Decomposition, question: str) -> Decomposition:
    """Add the question itself as the last step, with a note; a plan that asks it stays as it is."""
    if any(_build_key(step.text) == _build_key(question) for step in plan.sub_questions):
        return plan
    grown = add_step(plan, question)
    note = "No sub-answer is grounded, so the question is asked whole as well."
    return replace(grown, notes=(*grown.notes, note))


def resolve_references(text: str, answers: Mapping[str, str]) -> str:
    """Put answers in the place of "#k"; "#10" is never taken for "#1" and a zero.

    A reference without an answer stays as it is.
    """
    return REFERENCE.sub(lambda match: answers.get(name_step(int(match[1])), match[0]), text)


def _build_key(text: str) -> frozenset[str]:
    """What a sub-question is about: its terms, figures and references, in any order."""
    terms = find_terms(text) - _ABOUT_ASKING
    return terms | frozenset(_FIGURE.findall(text)) | frozenset(REFERENCE.findall(text))


def _stays_with(text: str, question: str, is_used: bool) -> bool:
    """Whether a step speaks only of the question's names and years, and of some of its matter.

    A step that another one uses may speak of years near those of the question: what is asked for
    is often computed from its neighbours ("all maturities", "the second half").
    """
    allowed, years = find_years(question), find_years(text)
    near = _NEAR_YEARS if is_used else 0
    if any(not allowed or not min(allowed) - near <= year <= max(allowed) + near for year in years):
        return False
    known = question.lower()
    # The first word has its capital from its place, unless it owns something.
    names = [n for n in _NAME.findall(text.partition(" ")[2]) if n.lower() not in _NO_NAMES]
    owner = _FIRST_OWNER.match(text)
    names += [owner[1]] if owner else []
    names += [name for name in _INVENTED if name in text]
    if any(name.lower() not in known for name in names):
        return False
    return bool(find_terms(text) & find_terms(question)) or bool(REFERENCE.search(text))


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
