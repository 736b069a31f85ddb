"""AceSearcher's prompts: the input format that its weights were trained on.

Every character counts, the doubled space and the space before a line break too: the texts are
pinned by tests. From ritaranx/AceSearcher (MIT, see NOTICE), arXiv 2509.24193. Each prompt is one
user message, without a system message of ours, stripped at both ends.
"""

from __future__ import annotations

from collections.abc import Sequence

_DECOMPOSE_QUESTION = (
    'Please break down the question "{question}" into multiple specific sub-questions that '
    "address individual components of the original question. \n"
    "Mark each sub-question with ### at the beginning.  If you need to refer to answers from "
    "earlier sub-questions, use #1, #2, etc., to indicate the corresponding answers.\n"
    "Decomposed Question:"
)
_ANSWER_SUB_QUESTION = (
    "You have the following context passages:\n"
    "{passages}\n"
    "\n"
    "Please answer the question '{sub_question}' with a short span using the context as "
    "reference.\n"
    "If no answer is found in the context, use your own knowledge. Your answer needs to be as "
    "short as possible."
)
_ANSWER_QUESTION = (
    "You have the following passages:\n"
    "{passages}\n"
    "\n"
    "You are also given some subquestions and their answers:\n"
    "{sub_answers}\n"
    "\n"
    "Please answer the question '{question}' with a short span using the documents and "
    "subquestions as reference.\n"
    "Make sure your response is grounded in documents and provides clear reasoning followed by a "
    "concise conclusion. If no relevant information is found, use your own knowledge. \n"
    "Wrap your answer with <answer> and </answer> tags."
)


def render_decomposition_prompt(question: str) -> str:
    """P1: break a question down."""
    return _fill(_DECOMPOSE_QUESTION, question=question)


def render_sub_question_prompt(sub_question: str, passages: Sequence[str]) -> str:
    """P3: answer a sub-question from passages, best ones at both ends."""
    return _fill(_ANSWER_SUB_QUESTION, sub_question=sub_question, passages=join_passages(passages))


def render_final_prompt(
    question: str, passages: Sequence[str], sub_answers: Sequence[tuple[str, str, str]]
) -> str:
    """P5: answer the whole question; `sub_answers` are label, resolved question and answer."""
    lines = [
        f"### {label}: {sub_question}, Answer for {label}: {answer}"
        for label, sub_question, answer in sub_answers
    ]
    return _fill(
        _ANSWER_QUESTION,
        question=question,
        passages=join_passages(passages),
        sub_answers="\n".join(lines),
    )


def join_passages(passages: Sequence[str]) -> str:
    """Join passages by one blank line."""
    return "\n\n".join(passages)


def _fill(template: str, **values: str) -> str:
    """Put values in place in one pass, so that braces within a value stay as they are."""
    parts = template.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, rest = part.split("}", 1)
        filled.append(values[name] + rest)
    return "".join(filled).strip()
