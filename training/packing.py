"""Rows to train on: several examples in one, each blind to the others.

Examples over the same passages share them: the passages stand once, and each question after them
sees the passages and itself, at the positions that it would have alone. A row is learnt as its
examples would be one by one, with a fraction of the tokens. Groups are then laid into rows of
about one length, as "packing" does elsewhere. Pure; knows tokens only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from training.tokenizing import TokenExample

# Sharing fewer tokens than this is not worth a group.
_LEAST_SHARED = 48
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Group:
    """Examples that share their first tokens: the `prefix`, and the `tails` after it.

    A tail is the rest of the prompt and the completion.
    """

    prefix: tuple[int, ...]
    tails: tuple[TokenExample, ...]

    def __len__(self) -> int:
        return len(self.prefix) + sum(len(tail) for tail in self.tails)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `n` tokens.

    `ids`, `positions` and `labels` are of shape (n,): a label is the token to be learnt at its
    own place, IGNORED elsewhere. `weights` (n,) weigh the labels; `owners` (n, 2) tell which
    group and which tail (-1 in a prefix) a token is of.
    """

    ids: npt.NDArray[np.int64]
    positions: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]
    owners: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)


def group_examples(examples: Iterable[TokenExample], longest: int) -> list[Group]:
    """Put examples together that begin alike, none longer than `longest` tokens in all.

    Sorted by their tokens, those that share most stand side by side.
    """
    ordered = sorted(set(examples), key=lambda example: example.prompt)
    groups: list[Group] = []
    held: list[TokenExample] = []
    shared = 0
    for example in ordered:
        common = _count_common(held[0].prompt, example.prompt) if held else 0
        shared_now = min(shared, common) if len(held) > 1 else common
        # The last token of a prompt stays with its tail: the completion is read off it.
        shared_now = min(
            shared_now, len(example.prompt) - 1, len(held[0].prompt) - 1 if held else 0
        )
        size = shared_now + sum(len(one) - shared_now for one in (*held, example))
        if held and shared_now >= _LEAST_SHARED and shared_now * 2 >= shared and size <= longest:
            held.append(example)
            shared = shared_now
            continue
        if held:
            groups.append(_build_group(held, shared))
        held, shared = [example], 0
    if held:
        groups.append(_build_group(held, shared))
    return groups


def _count_common(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _build_group(held: Sequence[TokenExample], shared: int) -> Group:
    tails = tuple(TokenExample(one.prompt[shared:], one.completion) for one in held)
    return Group(held[0].prompt[:shared], tails)


def pack_groups(groups: Sequence[Group], longest: int, random: Random) -> list[Row]:
    """Lay groups into rows of at most `longest` tokens, first fit, in a random order.

    The order of the rows is random as well: what is learnt together must not be of one kind.
    """
    shuffled = list(groups)
    random.shuffle(shuffled)
    bins: list[list[Group]] = []
    room: list[int] = []
    open_from = 0
    for group in shuffled:
        for at in range(open_from, len(bins)):
            if room[at] >= len(group):
                break
        else:
            at = len(bins)
            bins.append([])
            room.append(longest)
            # Rows behind are full enough; looking through all of them would take ever longer.
            open_from = max(0, len(bins) - 64)
        bins[at].append(group)
        room[at] -= len(group)
    random.shuffle(bins)
    return [lay_row(held) for held in bins]


def lay_row(groups: Sequence[Group]) -> Row:
    """Lay groups one after the other.

    Each completion weighs as the square root of its length: a figure of a few tokens must not
    drown among plans of a hundred.
    """
    ids: list[int] = []
    positions: list[int] = []
    labels: list[int] = []
    weights: list[float] = []
    owners: list[tuple[int, int]] = []
    for number, group in enumerate(groups):
        ids += group.prefix
        positions += range(len(group.prefix))
        labels += [IGNORED] * len(group.prefix)
        weights += [0.0] * len(group.prefix)
        owners += [(number, -1)] * len(group.prefix)
        for place, tail in enumerate(group.tails):
            ids += (*tail.prompt, *tail.completion)
            positions += range(len(group.prefix), len(group.prefix) + len(tail))
            labels += [IGNORED] * len(tail.prompt) + list(tail.completion)
            weight = len(tail.completion) ** -0.5
            weights += [0.0] * len(tail.prompt) + [weight] * len(tail.completion)
            owners += [(number, place)] * len(tail)
    return Row(
        np.array(ids, dtype=np.int64),
        np.array(positions, dtype=np.int64),
        np.array(labels, dtype=np.int64),
        np.array(weights, dtype=np.float32),
        np.array(owners, dtype=np.int32).reshape(-1, 2),
    )


def see(row: Row) -> npt.NDArray[np.bool_]:
    """Return which token sees which, shape (n, n): its own tail and its group's prefix, so far."""
    group, tail = row.owners[:, 0], row.owners[:, 1]
    same_group = group[:, None] == group[None, :]
    own = (tail[:, None] == tail[None, :]) | (tail[None, :] == -1)
    causal = np.tril(np.ones((len(row), len(row)), dtype=bool))
    return np.asarray(same_group & own & causal)
