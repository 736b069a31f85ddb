"""GBNF grammars that keep a small model's output in AceSearcher's format.

They say how an answer is written, never what it says.
"""

from __future__ import annotations

from collections.abc import Sequence

from research.copying import Copied

# The average over three years of a measure made of three figures takes sixteen.
MOST_SUB_QUESTIONS = 17
LEAST_SUB_QUESTIONS = 2
_LONGEST_SUB_QUESTION = 160
# A sum of six years, say.
_MOST_REFERENCES = 6
# "Is #1 larger than #2?" begins with so little.
_SHORTEST = 2
_LONGEST_REST = 80
_LONGEST_REASONING = 400
_LONGEST_ANSWER = 160


def build_decomposition_grammar(
    copied: Copied | None = None,
    least: int = LEAST_SUB_QUESTIONS,
    most: int = MOST_SUB_QUESTIONS,
) -> str:
    """Allow `least` to `most` lines "### Qn: ...?", each referring to earlier ones only (#k).

    With `copied`, no other name and no other number is allowed.
    """
    rules = _build_text_rules("[A-Z]", copied)
    for number in range(1, most + 1):
        following = f" tail{number + 1}" if number < most else ""
        if number >= least and following:
            following = f" (tail{number + 1})?"
        body = "text"
        if number > 1:
            body = f"text ({_allow_reference(number, copied)}){{0,{_MOST_REFERENCES}}}"
        head = '"### Q1: "' if number == 1 else f'"\\n### Q{number}: "'
        rules.append(f'tail{number} ::= {head} {body} "?"{following}')
    return "\n".join(["root ::= tail1", *rules])


def _build_text_rules(first: str, copied: Copied | None) -> list[str]:
    """Return the rules of a step's text: as far as its first reference, and behind one."""
    size = f"{{{_SHORTEST},{_LONGEST_SUB_QUESTION}}}"
    if copied is None:
        return [f"text ::= {first} [^#?\\n]{size}", f"rest ::= [^#?\\n]{{0,{_LONGEST_REST}}}"]
    # A number stands behind a letter, a sign or a space: two together, or with a point between
    # them, would make a third.
    return [
        f"text ::= ({first} | name) part{size}",
        f"rest ::= part{{0,{_LONGEST_REST}}}",
        "part ::= gap number? | [.,] | name",
        "gap ::= [^#?\\nA-Z0-9.,]",
        f"name ::= {_join(copied.names)}",
        f"number ::= {_join(copied.numbers)}",
    ]


def _join(texts: Sequence[str]) -> str:
    return " | ".join(map(_quote, texts))


def _allow_reference(number: int, copied: Copied | None) -> str:
    """Allow "#k" to a step before `number`, and what follows it: no digit, or "#1" were "#12"."""
    earlier = " | ".join(f'"{k}"' for k in range(1, number))
    behind = "([^#?\\n0-9] rest)?" if copied is None else "((gap number? | [.,]) rest)?"
    return f'"#" ({earlier}) {behind}'


def build_claim_grammar(
    copied: Copied | None = None,
    least: int = LEAST_SUB_QUESTIONS,
    most: int = MOST_SUB_QUESTIONS,
) -> str:
    """Allow `least` to `most` lines "### Qn: ..." or "### ...", referring to earlier ones only.

    A step is a smaller claim, or a question whose answer decides it. `copied` is as with questions.
    """
    rules = _build_text_rules("[A-Z0-9]", copied)
    for number in range(1, most + 1):
        following = f" tail{number + 1}" if number < most else ""
        if number >= least and following:
            following = f" (tail{number + 1})?"
        body = "text"
        if number > 1:
            reference = _allow_reference(number, copied)
            more = f"({reference}){{0,{_MOST_REFERENCES}}}"
            body = f"(text {more} | {reference} {more})"
        head = "" if number == 1 else "\\n"
        rules.append(f'tail{number} ::= "{head}### " ("Q{number}: ")? {body} ("?")?{following}')
    return "\n".join(["root ::= tail1", *rules])


def build_document_plan_grammar(
    least: int = LEAST_SUB_QUESTIONS, most: int = MOST_SUB_QUESTIONS
) -> str:
    """Allow `least` to `most` lines "### ...?" or "### Qn: ...?"."""
    return "\n".join(
        [
            f'root ::= step ("\\n" step){{{least - 1},{most - 1}}}',
            'step ::= "### " ("Q" [1-9] [0-9]? ": ")? text "?"',
            f"text ::= [A-Z] [^?\\n]{{{_SHORTEST},{_LONGEST_SUB_QUESTION}}}",
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
    return f"root ::= {_join(choices)}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
