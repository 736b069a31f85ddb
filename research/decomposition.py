"""The Decomposer: from a question or a claim to a plan of steps, and from plan to text.

Reading is pure; what a plan must not hold is taken out by `plan_repair`. Knows nothing of evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

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
from research.plan import REFERENCE, name_step
from research.plan_reading import read_steps
from research.plan_repair import count_parts, count_words, repair_plan
from research.prompts import render_claim_decomposition_prompt, render_decomposition_prompt
from research.questions import Decomposition, SubQuestion

_MOST_TOKENS = 600
# Of other plans than the likeliest.
_SAMPLING_TEMPERATURE = 0.8
# Enough for a plan: one sub-question alone is only the question again.
_GOOD_PLAN = 2
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
        f"The model gave no usable plan in {count_words(len(attempts), 'try')}, so the "
        f"{kind.noun} is asked whole."
    )
    return Decomposition((SubQuestion(name_step(1), whole),), (*notes, note))


def _list_attempts(kind: _Kind, whole: str) -> tuple[GenerationSettings, ...]:
    grammar = kind.grammar(list_copied(whole))
    first = GenerationSettings(_MOST_TOKENS, grammar=grammar, distinct_lines=True)
    shown = replace(first, examples=kind.examples)
    return (first, shown, replace(shown, temperature=0.7, seed=1))


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


def resolve_references(text: str, answers: Mapping[str, str]) -> str:
    """Put answers in the place of "#k"; "#10" is never taken for "#1" and a zero.

    A reference without an answer stays as it is.
    """
    return REFERENCE.sub(lambda match: answers.get(name_step(int(match[1])), match[0]), text)
