"""MuSiQue: questions put together from single hops, with the hops (Trivedi et al., 2022).

CC BY 4.0. The hops give the plan (P1), sub-answers over their paragraphs (P3) and the final answer
(P5). A hop is a question, or a relation ("Brand >> author") that is asked in words. Reads a file of
rows as JSON or JSON lines, as published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from research.decomposition import resolve_references
from research.plan import find_references, name_step
from training.examples import Example, Part
from training.sources.passages import Paragraph, holds, lay_passages, quote_sentence
from training.sources.plan_writing import asks, build_plan_example, tidy_step
from training.sources.reading import (
    find_files,
    read_json,
    read_json_lines,
    reading_row,
    squeeze,
    tidy_text,
)
from training.sources.relations import ask_relation, state_relation
from training.sources.sub_answering import (
    Step,
    Window,
    build_final_answer,
    build_refusal,
    build_sub_answer,
    is_short,
)
from training.splits import Splits

SOURCE = "MuSiQue"
_FILES = ("multihop/*musique_train.json", "training/musique/*train*.json*")
_RELATION = re.compile(r"^(?P<subject>.+?)\s*>>\s*(?P<relation>.+)$")
_LONGEST_QUOTE = 250
_REFUSALS = 0.5


@dataclass(frozen=True, slots=True)
class _Hop:
    asked: str
    # What answers it, up to the answer; only where the hop is a relation.
    stated: str | None
    answer: str
    support: int


@dataclass(frozen=True, slots=True)
class _Row:
    document: str
    question: str
    answer: str
    aliases: tuple[str, ...]
    hops: tuple[_Hop, ...]
    paragraphs: tuple[Paragraph, ...]


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield plans, sub-answers and final answers of the rows of a part.

    Rows with a hop that cannot be worded, or without an answer, are left out.

    Raises:
        SourceError: the files are missing or of another format.
    """
    for path in find_files(folder, _FILES, SOURCE):
        lines = path.suffix == ".jsonl"
        rows: Iterable[Any] = read_json_lines(path, SOURCE) if lines else read_json(path, SOURCE)
        for number, row in enumerate(rows, start=1):
            with reading_row(path, number, SOURCE):
                read = _read_row(row)
            if read is not None and splits.part_of(read.document) == part:
                yield from _build_row(read, random)


def _read_row(row: Mapping[str, Any]) -> _Row | None:
    hops = [_read_hop(hop) for hop in row["question_decomposition"]]
    if not row.get("answerable", True) or None in hops:
        return None
    return _Row(
        document=f"musique:{row['id']}",
        question=squeeze(row["question"]),
        answer=row["answer"],
        aliases=tuple(row.get("answer_aliases") or ()),
        hops=tuple(hop for hop in hops if hop is not None),
        paragraphs=tuple(
            Paragraph(one["title"], tidy_text(one["paragraph_text"])) for one in row["paragraphs"]
        ),
    )


def _read_hop(hop: Mapping[str, Any]) -> _Hop | None:
    """Read a hop; None where it is neither a question nor a relation with a wording."""
    text, answer, support = squeeze(hop["question"]), hop["answer"], hop["paragraph_support_idx"]
    found = _RELATION.match(text)
    if found is None:
        asked: str | None = text
        stated = None
    else:
        asked = ask_relation(found["relation"], found["subject"])
        stated = state_relation(found["relation"], found["subject"], answer)
    if asked is None or not isinstance(support, int):
        return None
    asked = tidy_step(asked)
    return _Hop(asked, stated, answer, support) if asks(asked) else None


def _build_row(row: _Row, random: Random) -> Iterator[Example]:
    plan = build_plan_example(row.question, [hop.asked for hop in row.hops], SOURCE, row.document)
    if plan is not None:
        yield plan
    steps = _resolve(row)
    window = _lay(row, random)
    if window is not None:
        for step in steps:
            if is_short(step.answer) and holds(window.text, step.answer):
                yield build_sub_answer(window, step)
        reasoning = _reason(row, window)
        final = build_final_answer(window, row.question, steps, reasoning, row.answer)
        if final is not None:
            yield final
    if random.random() < _REFUSALS:
        yield from _refuse(row, random)


def _resolve(row: _Row) -> tuple[Step, ...]:
    """Return the hops with the answers before them put in."""
    answers = {name_step(at): hop.answer for at, hop in enumerate(row.hops, start=1)}
    last = len(row.hops)
    return tuple(
        Step(resolve_references(hop.asked, answers), hop.answer, row.aliases if at == last else ())
        for at, hop in enumerate(row.hops, start=1)
    )


def _lay(row: _Row, random: Random) -> Window | None:
    chosen = {hop.support for hop in row.hops}
    support = [row.paragraphs[at] for at in sorted(chosen)]
    others = [one for at, one in enumerate(row.paragraphs) if at not in chosen]
    passages = lay_passages(support, others, random)
    return Window(passages, SOURCE, row.document) if passages else None


def _refuse(row: _Row, random: Random) -> Iterator[Example]:
    """Ask a hop over paragraphs that were found for the question and do not hold its answer."""
    chosen = {hop.support for hop in row.hops}
    others = [one for at, one in enumerate(row.paragraphs) if at not in chosen]
    if len(others) < 2:
        return
    first, *rest = random.sample(others, len(others))
    passages = lay_passages([first], rest, random)
    window = Window(passages, SOURCE, row.document)
    step = random.choice(_resolve(row))
    if passages and not holds(window.text, step.answer):
        yield build_refusal(window, step.question)


def _reason(row: _Row, window: Window) -> str:
    """Return what the last hop rests on: its statement, or the sentence that holds the answer."""
    last = row.hops[-1]
    if last.stated is None:
        support = row.paragraphs[last.support].passage
        return quote_sentence([support], last.answer, _LONGEST_QUOTE)
    answers = {name_step(at): hop.answer for at, hop in enumerate(row.hops, start=1)}
    is_loose = any(label not in answers for label in find_references(last.stated))
    return "" if is_loose else resolve_references(last.stated, answers)
