"""All data sets to two files of examples: what trains, in its mix, and what only measures.

Sets that are not in the folder are told and left out. What is found in an evaluation is dropped,
and a set whose licence does not allow what ships is refused. Knows the order of the work, and no
set's format.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from random import Random

from training.errors import SourceError
from training.examples import Example, Part, write_examples
from training.leaks import EvaluationTexts, find_leaks, read_contents, read_evaluation_texts
from training.mixing import load_portions, mix_examples
from training.plans.builder import build_examples as build_questions
from training.plans.builder import build_window_examples
from training.sources import (
    break_qdmr,
    convfinqa,
    drop,
    finqa,
    gsm8k,
    hotpotqa,
    musique,
    squad,
    strategyqa,
    tatqa,
    twowiki,
)
from training.sources.licences import check_sources
from training.splits import Splits, load_splits

Say = Callable[[str], None]
TRAIN_FILE, MEASURE_FILE, COUNTS_FILE = "train.jsonl", "measure.jsonl", "counts.json"
_SETS = (
    tatqa,
    finqa,
    convfinqa,
    strategyqa,
    break_qdmr,
    musique,
    hotpotqa,
    twowiki,
    squad,
    drop,
    gsm8k,
)
# A made-up question has more than so many tokens with its plan: enough of them for any mix.
_QUESTION_TOKENS = 160
_MEASURING = 300
# Windows of filings that some of them are asked over.
_WINDOWS: dict[Part, int] = {"train": 120, "measure": 30}
_EACH = 5
_LONGEST_WINDOW = 1700


@dataclass(frozen=True, slots=True)
class DataSettings:
    """Where the data is, and how much of it trains.

    `sources` is the folder of the public sets, `evaluations` that of what the desk is measured on,
    `splits` a file that says what trains, `tokens` about how many tokens train.
    """

    sources: Path
    evaluations: Path | None = None
    splits: Path | None = None
    tokens: int = 500_000
    seed: int = 17


@dataclass(frozen=True, slots=True)
class Counts:
    """How many examples there are, by source and role, and how many were dropped as leaks."""

    train: dict[str, dict[str, int]]
    measure: dict[str, dict[str, int]]
    leaks: dict[str, int]


def build_data(
    settings: DataSettings,
    folder: Path,
    say: Say,
    filings: Callable[[Part, Random], Iterable[Example]] | None = None,
) -> Counts:
    """Write train.jsonl, measure.jsonl and counts.json into `folder`; returns the counts.

    `filings` yields the examples of a workspace's filings, where there is one.

    Raises:
        SourceError: there is no data, or a set may not be used.
        SplitError: the splits cannot be read.
    """
    splits = load_splits(settings.splits)
    found: dict[Part, list[Example]] = {}
    for part in ("train", "measure"):
        random = Random(f"{settings.seed} {part}")
        found[part] = list(_gather(settings, splits, part, random, say, filings))
    texts = read_evaluation_texts(settings.evaluations) if settings.evaluations else None
    clean, leaks = _drop_leaks(found["train"], texts)
    mixed = mix_examples(clean, settings.tokens, Random(settings.seed), load_portions())
    check_sources({example.source for example in mixed})
    write_examples(folder / TRAIN_FILE, mixed)
    write_examples(folder / MEASURE_FILE, found["measure"])
    counts = Counts(count_examples(mixed), count_examples(found["measure"]), leaks)
    text = json.dumps(asdict(counts), indent=2, sort_keys=True)
    (folder / COUNTS_FILE).write_text(text, encoding="utf-8")
    return counts


def _gather(
    settings: DataSettings,
    splits: Splits,
    part: Part,
    random: Random,
    say: Say,
    filings: Callable[[Part, Random], Iterable[Example]] | None,
) -> Iterator[Example]:
    """Yield all examples of a part: of the public sets, of filings, and of made-up questions."""
    for module in _SETS:
        try:
            examples = list(module.build_examples(settings.sources, splits, part, random))
        except SourceError as error:
            say(f"{module.SOURCE} is left out: {error}")
            continue
        say(f"{module.SOURCE}: {len(examples)} examples to {part}.")
        yield from examples
    windows: list[tuple[str, ...]] = []
    if filings is not None:
        of_filings = list(filings(part, random))
        say(f"Filings: {len(of_filings)} examples to {part}.")
        windows = list(islice(_list_windows(of_filings), _WINDOWS[part]))
        yield from of_filings
    enough = settings.tokens // _QUESTION_TOKENS
    yield from build_questions(part, random, enough if part == "train" else min(enough, _MEASURING))
    yield from build_window_examples(windows, part, random, _EACH)


def _list_windows(examples: Sequence[Example]) -> Iterator[tuple[str, ...]]:
    """Yield the passages of examples, each window once, but for long ones."""
    seen: set[tuple[str, ...]] = set()
    for example in examples:
        passages = read_contents(example).passages
        if passages and passages not in seen and sum(map(len, passages)) <= _LONGEST_WINDOW:
            seen.add(passages)
            yield passages


def _drop_leaks(
    examples: Sequence[Example], texts: EvaluationTexts | None
) -> tuple[list[Example], dict[str, int]]:
    """Return the examples without those found in an evaluation, and how many of each set were."""
    if texts is None:
        return list(examples), {}
    leaks = find_leaks(examples, texts)
    dropped = {leak.example.key for leak in leaks}
    kept = [example for example in examples if example.key not in dropped]
    return kept, dict(Counter(leak.example.source for leak in leaks))


def count_examples(examples: Iterable[Example]) -> dict[str, dict[str, int]]:
    """Return how many examples each source gives to each role."""
    counts: dict[str, Counter[str]] = {}
    for example in examples:
        counts.setdefault(example.source, Counter())[example.role] += 1
    return {source: dict(roles) for source, roles in sorted(counts.items())}
