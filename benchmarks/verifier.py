"""The program that measures the verifier by itself: right answers, and the same spoilt.

    python -m benchmarks.verifier --data DIR --workspace DIR [--count 1000] [--examples N]

Right answers are typed facts of the filings' tables, sampled over filings and statements by a
fixed seed and asked for in several wordings; each is spoilt in one way. The verifier gets the
question, the answer and the page as evidence. Counted are spoilt ones that it supports and right
ones that it does not. What is right and what is spoilt is known to `fact_questions` and `spoiling`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fact_questions import FactQuestion, build_question, find_rivals, read_words
from benchmarks.fact_questions import speak_label as speak
from benchmarks.golds import DataMissing, list_filings
from benchmarks.library import prepare_library
from benchmarks.spoiling import WAYS, Around, Spoilt
from benchmarks.tables import render_share, render_table
from ingestion.documents import Document
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.embedding import BuiltinEmbedder
from models.errors import ModelError
from research.questions import Check
from research.verification.asking import read_asked
from research.verification.claims import verify_claim
from research.verification.fact_places import FactPlace, gather_places
from research.verification.matching import match_fact
from research.verification.verifier import verify_answer

# At most: spoilt answers that are supported, right ones that are not.
AIMS = (0.02, 0.05)
SEED = 20240607


@dataclass(frozen=True, slots=True)
class Judged:
    """What the verifier said of a right text and of its spoilt form, and why."""

    spoilt: Spoilt
    supports_right: bool
    supports_wrong: bool
    right_checks: tuple[Check, ...]
    wrong_checks: tuple[Check, ...]


class Sampler:
    """Draws questions from the filings, in turn from each filing's statements.

    `left_out` counts facts and ways of spoiling that were passed over, by rule.
    """

    def __init__(self, workspace: Workspace, documents: Sequence[Document], seed: int) -> None:
        self._workspace = workspace
        self._documents = documents
        self._random = Random(seed)  # noqa: S311 - draws a sample
        self.left_out: Counter[str] = Counter()
        self.looked_at = 0
        self._places = {one.document_id: self._gather(one.document_id) for one in documents}
        self._rivals = {key: find_rivals(places) for key, places in self._places.items()}
        self._pages: dict[tuple[str, int], list[FactPlace]] = defaultdict(list)
        self._concepts: dict[str, list[FactPlace]] = defaultdict(list)
        for place in (one for places in self._places.values() for one in places):
            self._pages[place.fact.document_id, place.fact.page].append(place)
            if place.fact.concept:
                self._concepts[place.fact.concept].append(place)

    def draw(self, count: int) -> list[Spoilt]:
        """Return that many right texts, each spoilt in one way, the ways in equal parts."""
        drawn: list[Spoilt] = []
        wanted = Counter({way: -(-count // len(WAYS)) for way in WAYS})
        for asked in self._ask():
            ways = [way for way, open_ in wanted.most_common() if open_ > 0]
            for way in ways:
                spoilt = WAYS[way](asked, self._look_around(asked), self._random)
                if isinstance(spoilt, Spoilt):
                    drawn.append(spoilt)
                    wanted[way] -= 1
                    break
                self.left_out[f"{way}: {spoilt}"] += 1
            if not ways or len(drawn) == count:
                break
        return drawn

    def _ask(self) -> Iterator[FactQuestion]:
        """Yield questions, in turn from each statement of each filing."""
        by_id = {one.document_id: one for one in self._documents}
        for place in take_turns(self._stack()):
            document_id = place.fact.document_id
            self.looked_at += 1
            words = read_words(speak(place.fact.line_item))
            rivals = self._rivals[document_id]
            sharing = min((rivals.get(word, []) for word in words), key=len, default=[])
            asked = build_question(place, by_id[document_id], sharing, self._random)
            if isinstance(asked, str):
                self.left_out[asked] += 1
            else:
                yield asked

    def _stack(self) -> dict[tuple[str, str], list[FactPlace]]:
        stacks: dict[tuple[str, str], list[FactPlace]] = defaultdict(list)
        for document_id, places in self._places.items():
            for place in places:
                if place.fact.source == "table":
                    stacks[document_id, place.fact.statement or "other"].append(place)
        for stack in stacks.values():
            self._random.shuffle(stack)
        return stacks

    def _gather(self, document_id: str) -> tuple[FactPlace, ...]:
        facts = self._workspace.find_facts([document_id])
        pages = sorted({(document_id, fact.page) for fact in facts})
        return gather_places(self._workspace, self._workspace.passages_on(pages))

    def _look_around(self, asked: FactQuestion) -> Around:
        fact = asked.place.fact
        company = self._company(fact.document_id)
        elsewhere = [
            one
            for one in self._concepts.get(fact.concept or "", [])
            if self._company(one.fact.document_id) != company and one.fact.value != 0
        ]
        return Around(self._pages[fact.document_id, fact.page], elsewhere)

    @cache  # noqa: B019 - one sampler a run
    def _company(self, document_id: str) -> str:
        document = next(one for one in self._documents if one.document_id == document_id)
        return (document.filing.company or "").split(" ")[0].lower()


def take_turns(stacks: Mapping[Any, list[FactPlace]]) -> Iterator[FactPlace]:
    """Yield one place of each stack in turn until all are used up."""
    for key in cycle(sorted(stacks)):
        if not any(stacks.values()):
            return
        if stacks[key]:
            yield stacks[key].pop()


def judge(spoilt: Spoilt, workspace: Workspace, documents: Sequence[Document]) -> Judged:
    """Ask the verifier of both forms, over the page of the fact."""
    pages = [(spoilt.asked.place.fact.document_id, spoilt.asked.place.fact.page)]
    if spoilt.other is not None:
        pages.append((spoilt.other.fact.document_id, spoilt.other.fact.page))
    places = gather_places(workspace, workspace.passages_on(pages))
    if spoilt.is_claim:
        claims = [verify_claim(text, documents, places) for text in (spoilt.right, spoilt.wrong)]
        right, wrong = ((one.label == "SUPPORTED", one.checks) for one in claims)
    else:
        question = spoilt.asked.question
        asked = read_asked(question, question, documents)
        said = [verify_answer(text, asked, places) for text in (spoilt.right, spoilt.wrong)]
        right, wrong = ((one.supported, one.checks) for one in said)
    return Judged(spoilt, right[0], wrong[0], tuple(right[1]), tuple(wrong[1]))


def count(judged: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """Return by way of spoiling how many were judged, and how many judged wrongly."""
    counts: dict[str, dict[str, int]] = {}
    for one in judged:
        for name in (one.spoilt.way, "all"):
            row = counts.setdefault(name, {"judged": 0, "spoilt supported": 0, "right missed": 0})
            row["judged"] += 1
            row["spoilt supported"] += one.supports_wrong
            row["right missed"] += not one.supports_right
    return counts


def render_counts(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return the table by way of spoiling, all together as its last row, and the aims."""
    names = [*(way for way in WAYS if way in counts), "all"]
    rows = [
        [
            name,
            str(counts[name]["judged"]),
            str(counts[name]["spoilt supported"]),
            render_share(counts[name]["spoilt supported"] / counts[name]["judged"]),
            str(counts[name]["right missed"]),
            render_share(counts[name]["right missed"] / counts[name]["judged"]),
        ]
        for name in names
    ]
    header = ["spoilt by", "judged", "spoilt supported", "share", "right not supported", "of right"]
    aim = f"The aims are at most {AIMS[0]:.0%} of the spoilt and {AIMS[1]:.0%} of the right."
    return f"{render_table(header, rows)}\n\n{aim}"


def render_by(judged: Sequence[Judged], title: str, names: Sequence[str]) -> str:
    """Return right ones missed and spoilt ones supported by what `names` says of each."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for name, one in zip(names, judged, strict=True):
        groups[name].append(one)
    rows = [
        [
            name,
            str(len(group)),
            render_share(sum(one.supports_wrong for one in group) / len(group)),
            render_share(sum(not one.supports_right for one in group) / len(group)),
        ]
        for name, group in sorted(groups.items())
    ]
    return render_table([title, "judged", "spoilt supported", "right not supported"], rows)


def render_examples(judged: Sequence[Judged], most: int) -> str:
    """Return the first misses of each kind, with what the verifier said."""
    parts = []
    for title, missed in (
        ("Spoilt and supported", [one for one in judged if one.supports_wrong]),
        ("Right and not supported", [one for one in judged if not one.supports_right]),
    ):
        lines = [_describe(one, is_right=title[0] == "R") for one in missed[:most]]
        parts.append(f"{title} ({len(missed)}, the first {len(lines)}):\n" + "\n".join(lines))
    return "\n\n".join(parts)


def render_reasons(missed: Sequence[Judged], documents: Sequence[Document]) -> str:
    """Return which checks the right fact itself fails, where a right answer is not supported."""
    counts: Counter[str] = Counter()
    for one in missed:
        asked = one.spoilt.asked
        if one.spoilt.is_claim:
            counts[
                f"a claim: {one.right_checks[-1].detail}" if one.right_checks else "a claim"
            ] += 1
            continue
        match = match_fact(asked.place, read_asked(asked.question, asked.question, documents))
        failed = [check.name for check in match.checks if not check.passed]
        counts[" and ".join(failed) or "it fits, and another fact is preferred or the figure"] += 1
    rows = [[reason[:90], str(number)] for reason, number in counts.most_common()]
    return render_table(["the fact itself fails by", "right not supported"], rows)


def _describe(one: Judged, *, is_right: bool) -> str:
    spoilt, fact = one.spoilt, one.spoilt.asked.place.fact
    said = spoilt.right if is_right else spoilt.wrong
    checks = one.right_checks if is_right else one.wrong_checks
    asked = "" if spoilt.is_claim else f"{spoilt.asked.question} -> "
    told = [check for check in checks if check.passed is not is_right]
    why = "; ".join(f"{check.name}: {check.detail}" for check in told) or "no check"
    row = f"{' > '.join((*fact.parents, fact.line_item))} | {fact.value_as_printed}"
    where = f"{fact.document_id} page {fact.page}, {fact.statement or 'other'}"
    return f"- [{spoilt.way}] {asked}{said}\n    row: {row} ({where})\n    {why}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the filings or the workspace cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verifier", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder with the filings")
    add("--workspace", type=Path, required=True, help="filings that it lacks are added")
    add("--count", type=int, default=1000, metavar="N", help="right answers (1000)")
    add("--seed", type=int, default=SEED, metavar="N")
    add("--examples", type=int, default=10, metavar="N", help="misses shown of each kind (10)")
    add("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        print(_measure(options))
    except (DataMissing, IngestionError, ModelError, OSError) as error:
        print(f"verifier: {error}", file=sys.stderr)
        return 1
    return 0


def _measure(options: argparse.Namespace) -> str:
    filings = list_filings(options.data)
    workspace = Workspace(options.workspace, BuiltinEmbedder())
    library = prepare_library(workspace, options.data, filings, lambda text: None)
    wanted = set(library.ids.values())
    documents = [one for one in workspace.documents() if one.document_id in wanted]
    sampler = Sampler(workspace, documents, options.seed)
    drawn = sampler.draw(options.count)
    started = time.monotonic()
    judged = [judge(spoilt, workspace, documents) for spoilt in drawn]
    seconds = time.monotonic() - started
    counts = count(judged)
    if options.json:
        numbers = {"counts": counts, "left_out": sampler.left_out, "seconds": seconds}
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return "\n\n".join(
        (
            f"{len(judged)} right answers of {len(documents)} filings, drawn from "
            f"{sampler.looked_at:,} facts with seed {options.seed}; {seconds:.0f} s.",
            render_counts(counts),
            render_by(judged, "statement", [_name_statement(one) for one in judged]),
            render_by(judged, "asked for", [_name_kind(one) for one in judged]),
            render_reasons([one for one in judged if not one.supports_right], documents),
            "Left out, by rule:\n" + _render_left_out(sampler.left_out),
            render_examples(judged, options.examples),
        )
    )


def _name_statement(one: Judged) -> str:
    place = one.spoilt.asked.place
    return "a primary statement" if place.is_primary else place.fact.statement or "other"


def _name_kind(one: Judged) -> str:
    months = one.spoilt.asked.place.fact.period
    span = {0: "a balance", 12: "a year"}.get((months and months.months) or 0, "a part of a year")
    return f"{one.spoilt.asked.kind}, {span}"


def _render_left_out(left_out: Mapping[str, int]) -> str:
    rows = [[rule, str(number)] for rule, number in Counter(left_out).most_common()]
    return render_table(["rule", "times"], rows)


if __name__ == "__main__":
    sys.exit(main())
