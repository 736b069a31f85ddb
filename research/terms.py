"""The words of a question that carry meaning, in a form that can be compared.

Pure functions. Knows no synonyms: "capital spending" and "purchases of property" do not meet
here.
"""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[A-Za-z0-9&]+(?:['\u2019][a-z]+)?")
# Words that ask, bind or fill; and those that a table leaves to its reader.
_EMPTY = frozenset(
    "a about according all also amount amounts an and any are as at be been being by can "
    "company could did disclosed do does during each end ended ending figure figures fiscal "
    "following for from full fy had has have how if in into is it its many me much number of "
    "on or please report reported reporting reports respectively s say shown stated states "
    "tell that the their there these this those to total totals us usd value values was we "
    "were what when where which who whose will with would year years inc corp corporation co "
    "plc ltd dollar dollars million millions billion billions thousand thousands give state "
    "come spend spent".split()
)
_MONTHS = frozenset(
    "january february march april may june july august september october november december".split()
)
_IRREGULAR = {"paid": "pay", "sold": "sell", "bought": "buy", "grew": "grow", "rose": "rise"}
_STEMMER = snowballstemmer.stemmer("english")


def find_terms(text: str) -> frozenset[str]:
    """Return the stems of the content words of `text`; bare numbers are left out."""
    words = (re.sub(r"['\u2019].*", "", word.lower()) for word in _WORD.findall(text))
    return frozenset(
        stem_word(word)
        for word in words
        if word not in _EMPTY and word not in _MONTHS and not word.isdigit() and len(word) > 1
    )


def spell_terms(terms: frozenset[str], text: str) -> tuple[str, ...]:
    """Return the words of `text` whose stems are in `terms`, for showing to a person."""
    words = dict.fromkeys(re.sub(r"['\u2019].*", "", word.lower()) for word in _WORD.findall(text))
    return tuple(word for word in words if word not in _EMPTY and stem_word(word) in terms)


@lru_cache(maxsize=20_000)
def stem_word(word: str) -> str:
    """Return a word's stem by the English Snowball rules; "purchases" gives "purchas"."""
    return str(_STEMMER.stemWord(_IRREGULAR.get(word, word)))
