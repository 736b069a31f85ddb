"""A mix of examples of about so many tokens: which kinds, and how much of each (`mix.toml`).

Examples over the same passages stay together, since a row then holds the passages once. Knows no
tokenizer: tokens are reckoned from characters.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from random import Random

from training.examples import Example, Role

# Prompts over passages begin with them; so many characters tell one window from another.
_HEAD = 400
_PLAIN: tuple[Role, ...] = ("question_plan", "claim_plan")
# What figures, tables and English come to, in characters a token.
_CHARACTERS = 3.3
# What the chat template and the prompt's own words take.
_FRAME = 12
# No window gives more than so many examples.
_MOST_A_WINDOW = 8


@dataclass(frozen=True, slots=True)
class Portion:
    """A kind of examples, and its share of all tokens, of 1000."""

    sources: tuple[str, ...]
    roles: tuple[str, ...]
    share: int

    def takes(self, example: Example) -> bool:
        """Whether an example is of this kind."""
        return example.source in self.sources and example.role in self.roles


@lru_cache(maxsize=1)
def load_portions() -> tuple[Portion, ...]:
    """Read the mix."""
    text = (resources.files("training") / "mix.toml").read_text(encoding="utf-8")
    return tuple(
        Portion(tuple(entry["sources"]), tuple(entry["roles"]), entry["share"])
        for entry in tomllib.loads(text)["portion"]
    )


def mix_examples(
    examples: Iterable[Example], tokens: int, random: Random, portions: Sequence[Portion]
) -> list[Example]:
    """Return examples of about `tokens` tokens in all, in the portions' shares."""
    held: dict[Portion, list[Example]] = {portion: [] for portion in portions}
    for example in examples:
        portion = next((one for one in portions if one.takes(example)), None)
        if portion is not None:
            held[portion].append(example)
    whole = sum(portion.share for portion in portions)
    chosen: list[Example] = []
    for portion, found in held.items():
        chosen += _take(found, tokens * portion.share / whole, random)
    return chosen


def _take(examples: Sequence[Example], tokens: float, random: Random) -> list[Example]:
    """Take windows at random, each source in turn, until the tokens are used up."""
    by_source: dict[str, dict[str, list[Example]]] = defaultdict(lambda: defaultdict(list))
    for example in examples:
        by_source[example.source][name_window(example)].append(example)
    queues = []
    for windows in by_source.values():
        queue = list(windows.values())
        random.shuffle(queue)
        queues.append(queue)
    taken: list[Example] = []
    while tokens > 0 and any(queues):
        for queue in filter(None, queues):
            window = queue.pop()
            window = random.sample(window, min(len(window), _MOST_A_WINDOW))
            taken += window
            tokens -= count_tokens(window)
    return taken


def name_window(example: Example) -> str:
    """Return what examples over the same passages have in common."""
    return example.prompt if example.role in _PLAIN else example.prompt[:_HEAD]


def count_tokens(window: Sequence[Example]) -> float:
    """Reckon the tokens of examples over one window: the passages once, the rest of each."""
    shared = 0
    if len(window) > 1:
        first = min(example.prompt for example in window)
        last = max(example.prompt for example in window)
        pairs = enumerate(zip(first, last, strict=False))
        shared = next((at for at, (one, other) in pairs if one != other), len(first))
    apart = sum(len(one.prompt) - shared + len(one.completion) for one in window)
    return (shared + apart) / _CHARACTERS + _FRAME * len(window)
