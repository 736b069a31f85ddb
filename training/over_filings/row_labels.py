"""How one speaks of a row's label: without notes and marks, and by the words that tell it apart.

Pure; knows no fact and no table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingestion.filings.lexicon import load_lexicon

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)?")
# What a row says of how it is added up.
_SIGN_WORDS = re.compile(
    r"^\s*(?:add|plus|less|deduct)\s*(?:[:\u2014\u2013-]+\s*|(?=[A-Z]))", re.IGNORECASE
)
_FULL_STOP = re.compile(r"(?<!\.\w)\.$")
_WORD = re.compile(r"[a-z0-9&]+")
# Words that tell nothing of a row by themselves.
_BARE = frozenset(
    "total other net subtotal balance amount value basic diluted current noncurrent federal state "
    "foreign domestic international consolidated and all thereof of at end beginning deferred "
    "reported gaap".split()
)
_LIGHT = frozenset("net total of and the to for in on at by or from a an".split())


def speak_label(label: str) -> str:
    """Return a row's label as one says it: without brackets, marks, and a first capital.

    The capital stays where the label may be a name: "Mac", "United States".
    """
    spoken = _take_out_brackets(_SIGN_WORDS.sub("", label)).strip(" :;,-–$*")
    words = _FULL_STOP.sub("", spoken).split(" ")
    if _is_line_item(words):
        return " ".join(word.lower() if word.istitle() else word for word in words)
    if words[0][:1].isupper() and words[0][1:].islower() and not _may_be_name(words):
        words[0] = words[0].lower()
    return " ".join(words)


def _is_line_item(words: Sequence[str]) -> bool:
    """Whether the words are one line item that is known, and so no name: "Net Sales"."""
    whole = " ".join(words)
    mentions = load_lexicon().find_mentions(whole)
    return len(mentions) == 1 and mentions[0].end - mentions[0].start == len(whole)


def read_words(text: str) -> frozenset[str]:
    """Return the words that tell a row from others, in small letters."""
    return frozenset(_WORD.findall(text.lower().replace("'s", ""))) - _LIGHT


def is_telling(label: str) -> bool:
    """Whether a label says by itself what its row is of: "Total" and "Other" do not."""
    return bool(read_words(label) - _BARE)


def is_printed(label: str, text: str) -> bool:
    """Whether a spoken label stands in a text, in capitals or not."""
    printed = re.escape(label.casefold()) + r"(?![a-z])"
    return bool(re.search(printed, _take_out_brackets(text).casefold()))


def _take_out_brackets(text: str) -> str:
    return " ".join(_IN_BRACKETS.sub(" ", text).replace("—", " ").split())


def _may_be_name(words: Sequence[str]) -> bool:
    if words[0].strip(",").lower() in _BARE or any(
        w.islower() and w not in _LIGHT for w in words[1:]
    ):
        return False
    return not any(mention.start == 0 for mention in load_lexicon().find_mentions(" ".join(words)))
