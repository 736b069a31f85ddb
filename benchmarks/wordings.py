"""The program that measures which wordings of a computation are read, and whether they are right.

    python -m benchmarks.wordings [--unread]

`wordings.json` holds steps as analysts and language models write them, by a hand that had not seen
the rules, each with the expression that it asks for; null where a careful reader would not compute.
A step counts as right where its formula gives the value of the expression for arbitrary amounts.
Knows no filing; needs no data.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from benchmarks.tables import render_table
from research.calculation.compute import read_step
from research.calculation.evaluation import UndefinedRate, evaluate
from research.calculation.sandbox import run_program

_FILE = Path(__file__).with_name("wordings.json")
# Arbitrary amounts, no two alike; the last is the smallest.
_AMOUNTS = {f"Q{number}": Decimal(900) / number + Decimal(number) / 7 for number in range(1, 12)}
# A percentage may be told as the ratio that it is.
_FACTORS = (1.0, 100.0, 0.01)
_CLOSE = 1e-6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code, 1 where a step is read as another computation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wordings", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--unread", action="store_true", help="show the steps that are not read")
    options = parser.parse_args(arguments)
    steps = json.loads(_FILE.read_text(encoding="utf-8"))
    judged = [(step["step"], judge(step["step"], step["expected"])) for step in steps]
    counts = Counter(outcome for _, outcome in judged)
    print(render_table(("outcome", "steps"), [(name, str(n)) for name, n in counts.most_common()]))
    shown = {"read as another", "computed all the same"} | (
        {"not read"} if options.unread else set()
    )
    for text, outcome in judged:
        if outcome in shown:
            print(f"  {outcome}: {text}")
    return 1 if counts["read as another"] else 0


def judge(text: str, expected: str | None) -> str:
    """Return what came of one step."""
    node = read_step(text)[1]
    if expected is None:
        return "rightly not computed" if node is None else "computed all the same"
    if node is None:
        return "not read"
    try:
        found = evaluate(node, _AMOUNTS)
    except UndefinedRate:
        return "not read"
    return "right" if _agrees(found, expected, _AMOUNTS) else "read as another"


def _agrees(found: Decimal | bool | str, expected: str, amounts: Mapping[str, Decimal]) -> bool:
    kind, _, labels = expected.partition(":")
    if kind in ("max", "min"):
        choose = max if kind == "max" else min
        return found == choose(
            (label.strip().upper() for label in labels.split(",")), key=lambda one: amounts[one]
        )
    lines = [f"{label.lower()} = {float(amount)}" for label, amount in amounts.items()]
    ran = run_program("\n".join([*lines, f"ans = {expected}"]))
    value = ran.value
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    if isinstance(found, str) or not isinstance(value, int | float):
        return False
    return any(
        abs(float(found) * factor - value) <= _CLOSE * max(1.0, abs(value)) for factor in _FACTORS
    )


if __name__ == "__main__":
    raise SystemExit(main())
