"""How a stage is asked: greedy, with the desk's own grammar and length, or free of the grammar.

The settings are those of `research/` (planning, decomposition, solving, final_answer), which
tests hold against them.
"""

from __future__ import annotations

from models.chat import GenerationSettings
from research.copying import list_copied
from research.grammars import (
    build_answer_grammar,
    build_choice_grammar,
    build_claim_grammar,
    build_decomposition_grammar,
    build_document_plan_grammar,
    build_short_answer_grammar,
)
from training.examples import Role
from training.report.measures import Way

_PLAN_TOKENS = 600
_ANSWER_TOKENS = 64
_CHOICE_TOKENS = 4
_FINAL_TOKENS = 256
_PROGRAM_TOKENS = 300
# No plan in the published format is longer; what rambles on has failed by then.
_FREE_TOKENS = 256


def build_settings(role: Role, way: Way, question: str) -> GenerationSettings:
    """Return how a prompt of this role is answered; a plan holds to the names of its question."""
    if way == "free":
        return GenerationSettings(max_tokens=_FREE_TOKENS)
    return _ask_as_desk(role, question)


def _ask_as_desk(role: Role, question: str) -> GenerationSettings:
    match role:
        case "question_plan":
            return _ask_plan(build_decomposition_grammar(list_copied(question)))
        case "claim_plan":
            return _ask_plan(build_claim_grammar(list_copied(question)))
        case "document_plan":
            return _ask_plan(build_document_plan_grammar())
        case "sub_answer":
            grammar = build_short_answer_grammar()
            return GenerationSettings(_ANSWER_TOKENS, grammar=grammar, stop=("\n",))
        case "sub_claim":
            return GenerationSettings(_CHOICE_TOKENS, grammar=build_choice_grammar(("Yes", "No")))
        case "final_answer" | "claim_verdict":
            grammar = build_answer_grammar()
            return GenerationSettings(_FINAL_TOKENS, grammar=grammar, stop=("</answer>",))
        case "program":
            return GenerationSettings(_PROGRAM_TOKENS)


def _ask_plan(grammar: str) -> GenerationSettings:
    return GenerationSettings(_PLAN_TOKENS, grammar=grammar, distinct_lines=True)
