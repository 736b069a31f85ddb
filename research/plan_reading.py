"""A plan as text: written in the published format, and read from what models make of it.

Accepted beside "### Q1: ..." are marks without a space or a colon, several steps in a line and one
in two lines, references in words ("the answer to Q1"), labels that skip and counting from 0. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from research.errors import PlanError
from research.plan import REFERENCE, mend_references, name_step, spell_references
from research.questions import Decomposition, SubQuestion

# "### Q1: ", and what models make of it: no colon, brackets, a name in brackets before the colon.
_LABELLED = re.compile(
    r"\s*###\s*Q\s?(?:(?P<number>\d{1,3})|\w{0,3}(?=\s*:))"
    r"(?:\s*\([^)]*\)(?=\s*:))?(?:\s*[:.)]|\s+[-\u2013](?=\s)|(?=[\s(]|$))(?P<body>.*)"
)
# "### " alone, and before the text a number that counts the lines, in figures or with a word.
_MARKED = re.compile(
    r"\s*###(?!#)\s*(?:(?:(?:sub-?\s?)?(?:question|claim)\s*|step\s*)?(?P<number>\d{1,2})"
    r"\s*[:.)](?:\s+|$))?(?P<body>.*)",
    re.IGNORECASE,
)
# A mark within a line starts another step.
_RUN_ON = re.compile(r"(?<=[^#\s])[ \t]*(?=###[ \t]*(?:Q?\d|[A-Z]))")
_LABEL = re.compile(r"Q[1-9]\d*")
_CONTROL = re.compile(r"<\|[^|<>]*\|>")


def write_steps(texts: Iterable[str]) -> str:
    """Write steps as the Decomposer shall: a line "### Qn: ..." each, counted from 1."""
    return "\n".join(f"### {name_step(at)}: {text}" for at, text in enumerate(texts, start=1))


def read_steps(text: str, *, labelled: bool) -> tuple[SubQuestion, ...]:
    """Read the lines that start with "### Q" and a label; unless `labelled`, with "###" alone too.

    Label and text part at the first colon. A label that is written once is kept, since references
    are to it; where one stands twice or holds no number, the steps are counted.
    """
    patterns = (_LABELLED,) if labelled else (_LABELLED, _MARKED)
    parts: list[tuple[int | None, str]] = []
    is_open = False
    for line in _RUN_ON.sub("\n", _CONTROL.sub("", text)).splitlines():
        found = next(filter(None, (pattern.fullmatch(line) for pattern in patterns)), None)
        if found is not None:
            number = found["number"]
            parts.append((int(number) if number else None, _clean_body(found["body"])))
        elif is_open and _continues(parts[-1][1], line):
            number_before, body = parts[-1]
            parts[-1] = (number_before, _clean_body(f"{body} {line}"))
        # A step may go on in the next line, not behind lines that are none of it.
        is_open = bool(parts) and (found is not None or (is_open and bool(line.strip())))
    return _number_steps([part for part in parts if part[1]])


def _continues(body: str, line: str) -> bool:
    """Whether a line goes on with a step that was broken off, rather than speak of the plan."""
    following = line.strip()
    if not following or following.startswith("#") or body.endswith(("?", ".", "!")):
        return False
    return not body or not following[0].isupper()


def _clean_body(body: str) -> str:
    body = body.strip().strip("*").strip()
    is_wrapped = body.startswith("(") and body.find(")") == len(body) - 1
    return body[1:-1].strip() if is_wrapped else body


def _number_steps(parts: Sequence[tuple[int | None, str]]) -> tuple[SubQuestion, ...]:
    """Give the steps their labels; the references of a plan that counts from 0 are moved up."""
    written = [number for number, _ in parts if number is not None]
    is_counted = len(written) < len(parts) or len(set(written)) < len(written)
    numbers = list(range(1, len(parts) + 1)) if is_counted else written
    labels = {name_step(number) for number in (0, *numbers)}
    texts = [spell_references(text, labels) for _, text in parts]
    if 0 in numbers:
        numbers = [number + 1 for number in numbers]
        texts = [_move_references(text) for text in texts]
    elif _count_from_zero(numbers, texts):
        texts = [_move_references(text) for text in texts]
    steps = [
        SubQuestion(name_step(number), text) for number, text in zip(numbers, texts, strict=True)
    ]
    return mend_references(steps)[0]


def _count_from_zero(numbers: Sequence[int], texts: Sequence[str]) -> bool:
    """Whether there is a "#0", and all references, moved up by one, are to earlier steps."""
    references = [[int(found) for found in REFERENCE.findall(text)] for text in texts]
    return any(0 in found for found in references) and all(
        number + 1 in numbers[:place] for place, found in enumerate(references) for number in found
    )


def _move_references(text: str) -> str:
    return REFERENCE.sub(lambda match: f"#{int(match[1]) + 1}", text)


def parse_plan(text: str) -> Decomposition:
    """Read a plan that a user wrote; its notes tell what of its references had to be mended.

    It is lines that start with "###", or JSON: a list of {"text"} with "label", "depends_on",
    "answer" and "passages" where wanted, or an object whose "decomposition" is such a list. Unlike
    a model's plan it is taken as it stands: nothing is taken out.

    Raises:
        PlanError: it is neither, or holds no step.
    """
    if text.lstrip()[:1] in ("[", "{"):
        steps = _parse_json_steps(text)
    else:
        steps = read_steps(text, labelled=False)
    if not steps:
        raise PlanError(
            'The plan has no step. Write a line for each, such as "### Q1: What were net sales '
            'in 2023?".'
        )
    mended, notes = mend_references(steps)
    return Decomposition(mended, notes)


def _parse_json_steps(text: str) -> tuple[SubQuestion, ...]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise PlanError(f"The plan is no JSON ({error}).") from None
    if isinstance(read, dict):
        read = read.get("decomposition")
    if not isinstance(read, list):
        raise PlanError("The plan's JSON is no list of steps.")
    return tuple(_parse_json_step(item, place) for place, item in enumerate(read, start=1))


def _parse_json_step(item: object, place: int) -> SubQuestion:
    if not isinstance(item, dict):
        raise PlanError(f"Step {place} of the plan is no JSON object.")
    label = item.get("label") or name_step(place)
    text, answer = item.get("text"), item.get("answer")
    if not isinstance(text, str) or not text.strip():
        raise PlanError(f"Step {place} of the plan has no text.")
    if not isinstance(label, str) or not _LABEL.fullmatch(label):
        raise PlanError(
            f'Step {place} of the plan is called {label}. Call it "{name_step(place)}".'
        )
    if answer is not None and (not isinstance(answer, str) or not answer.strip()):
        raise PlanError(f"The answer that is set for {label} is no text.")
    return SubQuestion(
        label,
        " ".join(text.split()),
        _read_texts(item, "depends_on", label) or (),
        answer,
        _read_texts(item, "passages", label),
    )


def _read_texts(item: dict[str, object], name: str, label: str) -> tuple[str, ...] | None:
    texts = item.get(name)
    if texts is None:
        return None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise PlanError(f"The field {name} of {label} is no list of texts.")
    return tuple(texts)
