"""Which kinds of questions a model plans rightly: made-up ones, in wordings that nobody trains on.

    python -m benchmarks.plan_forms [--adapter FILE.gguf]... [--kinds NAME]... [--each N]

Each question is asked as the desk asks it (greedy, in the grammar that copies from the question),
and its plan is carried out over figures that were drawn for its look-ups. A plan is right when it
is the gold's word for word, or comes to what the gold comes to, so that a figure too few, a wrong
year or a wrong order shows. Without an adapter the bare model is asked.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from benchmarks.tables import render_share, render_table
from models.builtin import find_builtin_chat
from models.chat import CancelToken, Completion, Request
from models.llama.model import LlamaChatModel
from research.plan_reading import read_steps
from training.examples import Example
from training.leaks import read_contents
from training.plans.builder import build_example
from training.plans.families import fill_family, load_families
from training.plans.formulas import fill_formula
from training.plans.measures import fill_measure, load_measures
from training.report.asking import build_settings
from training.report.cells import read_cells
from training.report.golds import fits_result
from training.report.plans import carry_out

_MEASURE, _FORMULA = "a measure by name", "a formula of its own"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the share of right plans by kind, one column an adapter."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan_forms", description=__doc__)
    parser.add_argument("--adapter", type=Path, action="append", default=[], metavar="FILE.gguf")
    parser.add_argument("--kinds", action="append", default=[], metavar="NAME")
    parser.add_argument("--each", type=int, default=4, metavar="N")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--show", action="store_true", help="print the plans that are wrong")
    options = parser.parse_args(arguments)
    random = Random(options.seed)  # noqa: S311 - draws questions, hides nothing
    kinds = list_kinds()
    if unknown := set(options.kinds) - set(kinds):
        print(f"plan_forms: no kind is called {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    examples = {
        kind: list(draw_questions(kind, random, options.each))
        for kind in options.kinds or list(kinds)
    }
    shares = [_measure(path, examples, show=options.show) for path in options.adapter or [None]]
    rows = [
        [kind, str(len(examples[kind])), *(render_share(share[kind]) for share in shares)]
        for kind in examples
    ]
    means = [sum(share.values()) / len(share) for share in shares]
    rows.append(["all kinds, each alike", "", *map(render_share, means)])
    names = [path.stem for path in options.adapter] or ["bare"]
    print(render_table(["kind", "n", *names], rows))
    return 0


def list_kinds() -> list[str]:
    """Return the names of all kinds of made-up questions."""
    return [*(family.name for family in load_families()), _MEASURE, _FORMULA]


def draw_questions(kind: str, random: Random, count: int) -> Iterator[Example]:
    """Yield questions of a kind."""
    families = {family.name: family for family in load_families()}
    for number in range(count):
        if kind == _MEASURE:
            asked = fill_measure(random.choice(load_measures()), random, held_out=True)
        elif kind == _FORMULA:
            asked = fill_formula(random, held_out=True)
        else:
            asked = fill_family(families[kind], random, held_out=True)
        example = build_example(asked, random, number)
        if example is not None:
            yield example


def _measure(
    adapter: Path | None, examples: dict[str, list[Example]], *, show: bool
) -> dict[str, float]:
    """Return the share of right plans of each kind."""
    print(f"Asking {adapter.name if adapter else 'the bare model'} ...", file=sys.stderr)
    model = LlamaChatModel(find_builtin_chat(), adapter)
    asked = [(kind, example) for kind, members in examples.items() for example in members]
    requests = [
        Request(
            example.prompt,
            build_settings(example.role, "desk", read_contents(example).question),
        )
        for _, example in asked
    ]
    right: dict[str, list[bool]] = defaultdict(list)
    for at, piece in model.stream_many(requests, CancelToken()):
        if not isinstance(piece, Completion):
            continue
        kind, example = asked[at]
        fits = is_right(example, piece.text)
        right[kind].append(fits)
        if show and not fits:
            question = read_contents(example).question
            print(f"\n[{kind}] {question}\n{piece.text.strip()}", file=sys.stderr)
    model.close()
    return {kind: sum(right[kind]) / max(len(right[kind]), 1) for kind in examples}


def is_right(example: Example, text: str) -> bool:
    """Whether a plan is the gold's, or comes to what it comes to over the gold's figures."""
    steps = read_steps(text, labelled=False)
    if steps == read_steps(example.completion, labelled=False):
        return True
    if not example.gold:
        return False
    outcome = carry_out(steps, read_cells(example.gold["cells"], example.document))
    return outcome.result is not None and fits_result(outcome.result, str(example.gold["answer"]))


if __name__ == "__main__":
    sys.exit(main())
