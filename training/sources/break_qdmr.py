"""BREAK: questions of other sets taken apart (Wolfson et al., 2020; MIT).

Its steps ("return the director of #1") are no questions; those that can be asked in plain words
become plans (P1), the rest is left out. Only parts about text are read. Reads
`training/break/QDMR-high-level/*.csv` and `training/break/QDMR/*.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from training.examples import Example, Part
from training.leaks import holds_question, read_evaluation_texts
from training.sources.plan_writing import build_plan_example
from training.sources.qdmr import ask_steps
from training.sources.reading import find_files, read_csv, reading_row, squeeze
from training.splits import Splits

SOURCE = "BREAK"
# Coarse steps first: a question that is in both files is taken from there.
_HIGH_LEVEL = ("training/break/QDMR-high-level/*.csv",)
_LOW_LEVEL = ("training/break/QDMR/*.csv",)
# Sets about text, by the first part of a question's id; low-level steps only where there are no
# others.
_HIGH_LEVEL_SETS = frozenset({"HOTPOT", "CWQ", "DROP"})
_LOW_LEVEL_SETS = frozenset({"COMQA"})


def build_examples(folder: Path, splits: Splits, part: Part, random: Random) -> Iterator[Example]:
    """Yield plans of the questions of a part; questions of evaluations under `folder` are left out.

    `random` is not used: nothing is drawn.

    Raises:
        SourceError: the files are missing or of another format.
    """
    evaluated = read_evaluation_texts(folder)
    for patterns, sets in ((_HIGH_LEVEL, _HIGH_LEVEL_SETS), (_LOW_LEVEL, _LOW_LEVEL_SETS)):
        for path in find_files(folder, patterns, SOURCE):
            for number, row in enumerate(read_csv(path, SOURCE), start=1):
                with reading_row(path, number, SOURCE):
                    name, decomposition = row["question_id"], row["decomposition"]
                    question = squeeze(row["question_text"])
                document = f"break:{name}"
                if name.partition("_")[0] not in sets or splits.part_of(document) != part:
                    continue
                if holds_question(question, evaluated):
                    continue
                steps = ask_steps(decomposition.split(";"), question)
                example = build_plan_example(question, steps, SOURCE, document)
                if example is not None:
                    yield example
