"""Examples of the Solver over passages: short answers (P3), none where there is none, and P5.

Questions over the same passages share every character of their prompts up to the question. Knows
prompts and what a good completion looks like; knows no data set.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from research.prompts import render_final_prompt, render_sub_question_prompt
from training.examples import NOT_DISCLOSED, Example
from training.sources.reading import squeeze

# The desk lets the Solver write 64 tokens; good answers are far shorter.
_LONGEST_ANSWER = 80
_LONGEST_REASONING = 360
_QUOTED = re.compile('["\u201c]([^"\u201c\u201d]+)["\u201d]')
# The full stop of "Martin Luther King Jr." and "U.S." is a part of it.
_ENDS_SHORTENED = re.compile(r"(?:\b[A-Z]|\b(?:Jr|Sr|Inc|Co|Corp|Ltd))\.$")


@dataclass(frozen=True, slots=True)
class Window:
    """The passages that several questions are asked over, and where they are from."""

    passages: tuple[str, ...]
    source: str
    document: str

    @property
    def text(self) -> str:
        """All passages, a line each."""
        return "\n".join(self.passages)


@dataclass(frozen=True, slots=True)
class Step:
    """A sub-question with the answers before it put in, and its own answer."""

    question: str
    answer: str
    accepted: tuple[str, ...] = field(default=())


def is_short(answer: str) -> bool:
    """Whether a text is fit to be a short answer: one line, not long, without tags."""
    return 0 < len(answer) <= _LONGEST_ANSWER and not set(answer) & set("\n<>")


def build_sub_answer(window: Window, step: Step) -> Example:
    """Return a question over passages with its short answer; `accepted` are right as well."""
    answer = clean_answer(step.answer)
    others = [text for text in dict.fromkeys(map(clean_answer, step.accepted)) if text != answer]
    return Example(
        role="sub_answer",
        prompt=render_sub_question_prompt(squeeze(step.question), window.passages),
        completion=answer,
        source=window.source,
        document=window.document,
        gold={"accepted": others} if others else {},
    )


def build_refusal(window: Window, question: str) -> Example:
    """Return a question that the passages do not answer."""
    return Example(
        role="sub_answer",
        prompt=render_sub_question_prompt(squeeze(question), window.passages),
        completion=NOT_DISCLOSED,
        source=window.source,
        document=window.document,
    )


def build_final_answer(
    window: Window, question: str, steps: Sequence[Step], reasoning: str, answer: str
) -> Example | None:
    """Return the whole question over passages and sub-answers; None where the end is too long.

    The completion is one or two sentences and the answer in its tags.
    """
    reasoning, answer = squeeze(reasoning), clean_answer(answer)
    if not is_short(answer) or not 0 < len(reasoning) <= _LONGEST_REASONING or "<" in reasoning:
        return None
    answers = [
        (f"Q{at}", squeeze(step.question), clean_answer(step.answer))
        for at, step in enumerate(steps, start=1)
    ]
    return Example(
        role="final_answer",
        prompt=render_final_prompt(squeeze(question), window.passages, answers),
        completion=f"{reasoning} <answer>{answer}</answer>",
        source=window.source,
        document=window.document,
        gold={"answer": answer},
    )


def clean_answer(answer: str) -> str:
    """Return an answer without the spaces, quotation marks and full stop around it."""
    text = squeeze(answer)
    quoted = _QUOTED.fullmatch(text)
    text = quoted[1] if quoted else text
    return text if _ENDS_SHORTENED.search(text) else text.rstrip(" .,;")
