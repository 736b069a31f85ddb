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
_DECOMPOSE_CLAIM = (
    'Please break down the claim "{claim}" into multiple smaller sub-claims that each focus on a '
    "specific component of the original statement, making it easier for a model to verify.\n"
    "Begin each sub-claim with ###. If needed, refer to answers from earlier sub-claims using #1, "
    "#2, etc.\n"
    "Decomposed claim:"
)
_CHECK_SUB_CLAIM = (
    "You have the following context passages:\n"
    "{passages}\n"
    "\n"
    "Please verify whether the claim '{sub_claim}' is correct using the context as reference. \n"
    "If no answer is found in the context, use your own knowledge.\n"
    "Please only output Yes or No and do not give any explanation."
)
_JUDGE_CLAIM = (
    "You have the following passages:\n"
    "{passages}\n"
    "\n"
    "You are given some subquestions and their answers:\n"
    "{sub_answers}\n"
    "\n"
    "Please verify the correctness of the claim: '{claim}' using the subquestions as reference. "
    "Please provide a concise and clear reasoning followed by a concise conclusion. Your answer "
    "should be Yes or No only. \n"
    "Wrap your answer with <answer> and </answer> tags."
)
# The next two begin alike up to the end of the passages: what the first has read serves both.
_OVER_DOCUMENT = "You have the following passages and table:\nPassages:\n{passages}\n"
_PLAN_OVER_DOCUMENT = (
    f"{_OVER_DOCUMENT}"
    "Please break down the question '{question}' into multiple specific sub-questions that "
    "address individual components of the original question, with the table and passages as the "
    "reference. Use ### to mark the start of each sub-question."
)
_WRITE_PROGRAM = (
    f"{_OVER_DOCUMENT}"
    "For the question '{question}', here is a referenced breakdown:\n"
    "{plan}.\n"
    "\n"
    "Write a Python program to solve the question. Store the final result in the variable ans."
)


def render_decomposition_prompt(question: str) -> str:
    """P1: break a question down."""
    return _fill(_DECOMPOSE_QUESTION, question=question)


def render_claim_decomposition_prompt(claim: str) -> str:
    """P2: break a claim down."""
    return _fill(_DECOMPOSE_CLAIM, claim=claim)


def render_sub_question_prompt(sub_question: str, passages: Sequence[str]) -> str:
    """P3: answer a sub-question from passages, best ones at both ends."""
    return _fill(_ANSWER_SUB_QUESTION, sub_question=sub_question, passages=join_passages(passages))


def render_sub_claim_prompt(sub_claim: str, passages: Sequence[str]) -> str:
    """P4: check a sub-claim against passages; begins as P3 does over the same passages."""
    return _fill(_CHECK_SUB_CLAIM, sub_claim=sub_claim, passages=join_passages(passages))


def render_final_prompt(
    question: str, passages: Sequence[str], sub_answers: Sequence[tuple[str, str, str]]
) -> str:
    """P5: answer the whole question; `sub_answers` are label, resolved question and answer."""
    return _fill(
        _ANSWER_QUESTION,
        question=question,
        passages=join_passages(passages),
        sub_answers=_join_sub_answers(sub_answers),
    )


def render_claim_verdict_prompt(
    claim: str, passages: Sequence[str], sub_answers: Sequence[tuple[str, str, str]]
) -> str:
    """P6: judge the whole claim; `sub_answers` are label, resolved sub-claim and answer."""
    return _fill(
        _JUDGE_CLAIM,
        claim=claim,
        passages=join_passages(passages),
        sub_answers=_join_sub_answers(sub_answers),
    )


def render_document_plan_prompt(question: str, passages: Sequence[str]) -> str:
    """P7: break a question down with the passages and tables in view."""
    return _fill(_PLAN_OVER_DOCUMENT, question=question, passages=join_passages(passages))


def render_program_prompt(question: str, passages: Sequence[str], plan: str) -> str:
    """P8: write the program that answers the question; `plan` is what P7 gave, as text."""
    return _fill(_WRITE_PROGRAM, question=question, passages=join_passages(passages), plan=plan)


def _join_sub_answers(sub_answers: Sequence[tuple[str, str, str]]) -> str:
    return "\n".join(
        f"### {label}: {sub_question}, Answer for {label}: {answer}"
        for label, sub_question, answer in sub_answers
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
