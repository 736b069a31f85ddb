"""GSM8K: word problems for school with their solutions (Cobbe et al., 2021; MIT).

The solutions mark their calculations ("<<48/2=24>>"): they become programs (P8) whose variables are
named for what the solution says of the results. A program stands only if it computes to the
problem's answer. Reads `training/gsm8k/train.jsonl`, or `train_socratic.jsonl`, whose questions
before each line become the plan.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from research.grammars import MOST_SUB_QUESTIONS
from research.plan_reading import write_steps
from research.prompts import render_program_prompt
from training.examples import Example, Part
from training.sources.calculations import (
    compute,
    name_results,
    read_expression,
    read_number,
    run_program,
    say_expression,
)
from training.sources.passages import split_sentences
from training.sources.plan_writing import tidy_step
from training.sources.reading import find_files, read_json_lines, reading_row, squeeze
from training.splits import Splits

SOURCE = "GSM8K"
_FILES = ("training/gsm8k/train*.jsonl",)
_MARKED = re.compile(r"<<(?P<expression>[^<>=]+)=(?P<result>[^<>]+)>>(?P<after>[^<\n]*)")
_SOCRATIC = re.compile(r"^(?P<question>.+?\?) \*\* ")
_ANSWER = re.compile(r"^####\s*(\S+)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_PRINTED = re.compile(r"^\s*\$?[\d,.]*\d%?")
_MOST_WORDS = 3
# Numbers that are told in words: a result of the same value is not taken for them.
_SPELLED: Mapping[str, int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "dozen": 12, "twice": 2, "double": 2,
    "half": 2, "halves": 2, "triple": 3, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5,
    "week": 7, "weekly": 7, "day": 24, "hour": 60, "minute": 60, "year": 12, "month": 30,
    "percent": 100,
}  # fmt: skip
# A name neither begins nor ends with these.
_HOLLOW = frozenset(
    "a an the of in on at for to from per by with and or each every more less total so is are was "
    "were then which that this his her their its he she they it as altogether after before if "
    "there have has had into out over than also when while because total all ans left".split()
)


@dataclass(frozen=True, slots=True)
class _Step:
    """A calculation: what is computed, its result, a name for it or "", and the question if any."""

    tree: ast.expr
    result: Fraction
    name: str
    question: str | None


@dataclass(frozen=True, slots=True)
class _Written:
    """A program's lines, and what each computes in words."""

    lines: tuple[str, ...]
    said: tuple[str, ...]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield programs of the problems of a part; a problem is known by its line.

    `random` is not used: nothing is drawn.

    Raises:
        SourceError: the file is missing or of another format.
    """
    for path in find_files(folder, _FILES, SOURCE):
        for number, row in enumerate(read_json_lines(path, SOURCE), start=1):
            document = f"gsm8k:{number}"
            if splits.part_of(document) != part:
                continue
            with reading_row(path, number, SOURCE):
                example = _build_example(row, document)
            if example is not None:
                yield example


def _build_example(row: Mapping[str, Any], document: str) -> Example | None:
    problem = squeeze(row["question"])
    found = _ANSWER.search(row["answer"])
    answer = read_number(found[1]) if found else None
    steps = read_steps(row["answer"])
    question = split_sentences(problem)[-1]
    if answer is None or not steps or not question.endswith("?") or question == problem:
        return None
    written = _write_program(steps, _list_numbers(problem))
    if written is None or run_program("\n".join(written.lines)) != answer:
        return None
    asked = [step.question for step in steps]
    told = [f"What is {said}?" for said in written.said]
    plan = [question for question in asked if question] if all(asked) else told
    return Example(
        role="program",
        prompt=render_program_prompt(question, [problem], write_steps(plan)),
        completion="\n".join(written.lines),
        source=SOURCE,
        document=document,
        gold={"answer": _write_decimal(answer)},
    )


def read_steps(solution: str) -> tuple[_Step, ...]:
    """Read the marked calculations of a solution, in order; () where one does not hold."""
    steps: list[_Step] = []
    for line in solution.splitlines():
        asked = _SOCRATIC.match(line)
        for marked in _MARKED.finditer(line):
            tree, result = read_expression(marked["expression"]), read_number(marked["result"])
            if tree is None or result is None or compute(tree, {}) != result:
                return ()
            if not isinstance(tree, ast.BinOp):
                continue
            question = tidy_step(asked["question"]) if asked else None
            steps.append(_Step(tree, result, _name(marked["after"]), question))
    return tuple(steps) if len(steps) <= MOST_SUB_QUESTIONS else ()


def _name(after: str) -> str:
    """Name a result for the words behind it: "24 clips in May." gives "clips_in_may"; or ""."""
    said = re.split(r"[.,;:(=+*/]", _PRINTED.sub("", after), maxsplit=1)[0].lower()
    words = re.findall(r"[a-z]+", said.replace("'s", ""))[:_MOST_WORDS]
    while words and words[-1] in _HOLLOW:
        words.pop()
    is_hollow = not words or words[0] in _HOLLOW or keyword.iskeyword("_".join(words))
    return "" if is_hollow else "_".join(words)


def _write_program(steps: Sequence[_Step], given: frozenset[Fraction]) -> _Written | None:
    """Write a line for each calculation, the last one as `ans`; None where a result goes unused.

    A number that is an earlier result is named, unless the problem gives it too.
    """
    names: dict[Fraction, str] = {}
    labels: dict[Fraction, str] = {}
    lines: list[str] = []
    said: list[str] = []
    used: set[str] = set()
    for at, step in enumerate(steps, start=1):
        named = name_results(step.tree, names)
        used.update(node.id for node in ast.walk(named) if isinstance(node, ast.Name))
        name = "ans" if at == len(steps) else _make_unique(step.name or f"step_{at}", lines)
        lines.append(f"{name} = {ast.unparse(named)}")
        said.append(_say(named, {names[value]: label for value, label in labels.items()}))
        if step.result not in given:
            names[step.result], labels[step.result] = name, f"#{at}"
    intermediate = {line.partition(" = ")[0] for line in lines[:-1]}
    return _Written(tuple(lines), tuple(said)) if intermediate <= used else None


def _say(tree: ast.expr, labels: Mapping[str, str]) -> str:
    """Tell a line in words, with references in the place of names."""
    text = say_expression(tree)
    for name in sorted(labels, key=len, reverse=True):
        text = re.sub(rf"\b{name}\b", labels[name], text)
    return text


def _make_unique(name: str, lines: Sequence[str]) -> str:
    taken = {line.partition(" = ")[0] for line in lines}
    if name not in taken:
        return name
    return next(
        candidate for count in range(2, 99) if (candidate := f"{name}_{count}") not in taken
    )


def _list_numbers(problem: str) -> frozenset[Fraction]:
    """Return the numbers that a problem gives, in figures or in words."""
    words = re.findall(r"[a-z]+", problem.lower())
    spelled = [_SPELLED.get(word, _SPELLED.get(word.removesuffix("s"))) for word in words]
    written = [read_number(text) for text in _NUMBER.findall(problem)]
    return frozenset(Fraction(number) for number in (*spelled, *written) if number is not None)


def _write_decimal(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0")
