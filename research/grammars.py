"""GBNF grammars that keep a small model's output in AceSearcher's format.

They say how an answer is written, never what it says.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_SUB_QUESTIONS = 5
LEAST_SUB_QUESTIONS = 2
_LONGEST_SUB_QUESTION = 160
_LONGEST_REASONING = 400
_LONGEST_ANSWER = 160


def build_decomposition_grammar(
    least: int = LEAST_SUB_QUESTIONS, most: int = MOST_SUB_QUESTIONS
) -> str:
    """Allow `least` to `most` lines "### Qn: ...?", each referring to earlier ones only (#k)."""
    rules = [
        f"text ::= [A-Z] [^#?\\n]{{8,{_LONGEST_SUB_QUESTION}}}",
    ]
    for number in range(1, most + 1):
        following = f" tail{number + 1}" if number < most else ""
        if number >= least and following:
            following = f" (tail{number + 1})?"
        body = "text"
        if number > 1:
            earlier = " | ".join(f'"{k}"' for k in range(1, number))
            body = f'text ("#" ({earlier}) [^#?\\n0-9]{{0,80}}){{0,2}}'
        head = '"### Q1: "' if number == 1 else f'"\\n### Q{number}: "'
        rules.append(f'tail{number} ::= {head} {body} "?"{following}')
    return "\n".join(["root ::= tail1", *rules])


def build_claim_grammar(least: int = LEAST_SUB_QUESTIONS, most: int = MOST_SUB_QUESTIONS) -> str:
    """Allow `least` to `most` lines "### Qn: ..." or "### ...", referring to earlier ones only."""
    rules = [f"text ::= [A-Z0-9] [^#?\\n]{{8,{_LONGEST_SUB_QUESTION}}}"]
    for number in range(1, most + 1):
        following = f" tail{number + 1}" if number < most else ""
        if number >= least and following:
            following = f" (tail{number + 1})?"
        body = "text"
        if number > 1:
            earlier = " | ".join(f'"{k}"' for k in range(1, number))
            reference = f'"#" ({earlier}) [^#?\\n0-9] [^#?\\n]{{0,79}}'
            body = f"(text ({reference}){{0,2}} | {reference} ({reference})?)"
        head = "" if number == 1 else "\\n"
        rules.append(f'tail{number} ::= "{head}### " ("Q{number}: ")? {body}{following}')
    return "\n".join(["root ::= tail1", *rules])


def build_document_plan_grammar(
    least: int = LEAST_SUB_QUESTIONS, most: int = MOST_SUB_QUESTIONS
) -> str:
    """Allow `least` to `most` lines "### ...?" or "### Qn: ...?"."""
    return "\n".join(
        [
            f'root ::= step ("\\n" step){{{least - 1},{most - 1}}}',
            f'step ::= "### " ("Q" [1-9] ": ")? [A-Z] [^?\\n]{{8,{_LONGEST_SUB_QUESTION}}} "?"',
        ]
    )


def build_answer_grammar() -> str:
    """Allow a short line of reasoning and then "<answer>...</answer>"."""
    return (
        f"root ::= [^<]{{0,{_LONGEST_REASONING}}} "
        f'"<answer>" [^<\\n]{{1,{_LONGEST_ANSWER}}} "</answer>"'
    )


def build_short_answer_grammar() -> str:
    """Allow one line."""
    return f"root ::= [^\\n]{{1,{_LONGEST_ANSWER}}}"


def build_choice_grammar(choices: Sequence[str]) -> str:
    """Allow exactly one of `choices`, which must not be empty."""
    return "root ::= " + " | ".join(_quote(choice) for choice in choices)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
