"""Which examples are asked, and in what order.

So many a role, drawn from its sources in turn so that a large set does not hide a small one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from training.examples import ROLES, Example


def sample_examples(examples: Iterable[Example], limit: int, random: Random) -> list[Example]:
    """Draw up to `limit` examples of each role, in the order in which they are best asked.

    Prompts that begin with the same passages come one after another, of whatever role: what a
    model has read of one serves the next.
    """
    pools: dict[str, dict[str, list[Example]]] = {role: {} for role in ROLES}
    known: set[str] = set()
    for example in examples:
        if example.key not in known:
            known.add(example.key)
            pools[example.role].setdefault(example.source, []).append(example)
    drawn: list[Example] = []
    for by_source in pools.values():
        # The order of the file must not matter.
        shuffled = [sorted(by_source[source], key=_by_key) for source in sorted(by_source)]
        for pool in shuffled:
            random.shuffle(pool)
        drawn += _take_in_turn(shuffled, limit)
    return sorted(drawn, key=lambda example: (example.prompt, example.key))


def _take_in_turn(pools: Sequence[list[Example]], limit: int) -> list[Example]:
    """Take one from each pool, again and again, until there are enough or none is left."""
    taken: list[Example] = []
    depth = max(map(len, pools), default=0)
    for place in range(depth):
        taken += [pool[place] for pool in pools if place < len(pool)]
    return taken[:limit]


def _by_key(example: Example) -> str:
    return example.key
