"""The words of questions about filings, read from `vocabulary.toml`.

Knows which words stand for one another, which item of a form tells of what, and which words say
nothing of which line item is meant. Knows no line item: those are in the lexicon.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from ingestion.documents import StatementKind
from research.terms import stem_word

_WORD = re.compile(r"[a-z0-9&]+")
_STATEMENT_WORDS: tuple[tuple[StatementKind, str], ...] = (
    ("cash_flow", r"statements?\s+of\s+(?:consolidated\s+)?cash\s?-?flows?"),
    ("cash_flow", r"cash[\s-]flows?\s+statements?"),
    (
        "income",
        r"statements?\s+of\s+(?:consolidated\s+)?(?:income|operations|earnings"
        r"|profit\s+(?:and|or|&)\s+loss)",
    ),
    ("income", r"(?:income|earnings|profit\s+(?:and|or|&)\s+loss)\s+statements?"),
    ("income", r"P\s?(?:&|and|/)\s?L(?:\s+(?:statements?|accounts?))?"),
    ("balance_sheet", r"balance[\s-]sheets?"),
    ("balance_sheet", r"statements?\s+of\s+(?:financial\s+)?(?:position|condition)"),
    ("equity", r"statements?\s+of\s+(?:changes\s+in\s+)?(?:share|stock)holders['\u2019]?\s+equity"),
    ("comprehensive_income", r"statements?\s+of\s+comprehensive\s+income"),
)
_STATEMENTS = tuple(
    (kind, re.compile(rf"\b(?:consolidated\s+)?{words}(?![\w-])", re.IGNORECASE))
    for kind, words in _STATEMENT_WORDS
)
# The three headings of a cash flow statement, asked for together.
_ACTIVITIES = tuple(
    re.compile(rf"\b{word}\b", re.IGNORECASE)
    for word in ("operat(?:ing|ions)", "investing", "financing")
)
# Measures outside the accounting rules stand in earnings releases more than in reports.
_NOT_GAAP = re.compile(
    r"\b(?:adjusted|non[\s-]?gaap|organic|constant[\s-]currency|EBITDAR?"
    r"|(?<!accounting\s)guidance)\b",
    re.IGNORECASE,
)
_FORMS = (
    ("10-K", re.compile(r"\b10-?Ks?\b|\bannual reports?\b", re.IGNORECASE)),
    ("10-Q", re.compile(r"\b10-?Qs?\b|\bquarterly reports?\b", re.IGNORECASE)),
    ("8-K", re.compile(r"\b8-?Ks?\b|\bcurrent reports?\b", re.IGNORECASE)),
)
_COMPARES = re.compile(
    r"\b(?:which|what|who|among|rank|list)\b.{0,400}?\b(?:most|least|best|worst|\w{2,}est)\b",
    re.IGNORECASE | re.DOTALL,
)
# Words that end like a superlative and are none, and superlatives that compare nothing.
_NOT_SUPERLATIVE = re.compile(
    r"\b(?:(?:dis)?interest|(?:re|di)?invest|harvest|(?:re|be|con|in)?quest"
    r"|(?:con|pro|at|de)?test|(?:mid|north|south)?west|forest|arrest|manifest|infest|modest|latest|suggest|guest|earliest"
    r"|nearest|honest|digest|rest|crest|Budapest|Everest)\b"
    r"|\bmost\s+recent(?:ly)?\b|\bat\s+(?:the\s+)?(?:least|most|best|worst|latest|earliest)\b"
    r"|\bbest\s+(?:efforts?|estimates?|practices?|knowledge)\b|\bworst[\s-]case\b",
    re.IGNORECASE,
)
# A name with a superlative in it: "Best Buy".
_BEST_NAME = re.compile(r"(?<!^)\b(?:Best|Most|Finest)\s+[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the file holds; `generic` are stems.

    `places` leads from a name to other words for the same places; `everyday` are words that name
    no company where they are not written as names; after `unspecific` ones a company's name keeps
    what others leave out ("US Bancorp").
    """

    groups: tuple[tuple[str, ...], ...]
    asked: Mapping[str, tuple[str, ...]]
    kin: Mapping[str, tuple[str, ...]]
    items: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]
    places: Mapping[str, re.Pattern[str]]
    generic: frozenset[str]
    everyday: frozenset[str]
    unspecific: frozenset[str]

    def find_alternatives(self, text: str) -> dict[str, tuple[str, ...]]:
        """Return the words and phrases of `text` that have others beside them, and those."""
        flat = f" {' '.join(_WORD.findall(text.lower()))} "
        found: dict[str, tuple[str, ...]] = {}
        for group in self.groups:
            for words in group:
                if _is_said(words, flat):
                    others = [other for other in group if other != words]
                    found[words] = tuple(dict.fromkeys([*found.get(words, ()), *others]))
        for words, others_said in self.asked.items():
            if _is_said(words, flat):
                found[words] = tuple(dict.fromkeys([*found.get(words, ()), *others_said]))
        return found

    def name_places(self, text: str) -> str:
        """Return `text` with one name for each of the places that have several."""
        for name, others in self.places.items():
            text = others.sub(name, text)
        return text

    def find_items(self, text: str) -> frozenset[str]:
        """Return the items of an annual report that tell of what `text` asks."""
        return frozenset(
            item for item, patterns in self.items if any(p.search(text) for p in patterns)
        )


def find_statements(text: str) -> frozenset[StatementKind]:
    """Return the statements that `text` names, or whose headings it names."""
    named = {kind for kind, pattern in _STATEMENTS if pattern.search(text)}
    if all(activity.search(text) for activity in _ACTIVITIES):
        named.add("cash_flow")
    return frozenset(named)


def remove_statements(text: str) -> str:
    """Return `text` without the names of statements: "cash flow statement" asks for no cash."""
    for _, pattern in _STATEMENTS:
        text = pattern.sub(" ", text)
    return text


def asks_to_compare(text: str) -> bool:
    """Whether the answer is one of several that are to be compared: "which ... the largest"."""
    text = _BEST_NAME.sub(" ", _NOT_SUPERLATIVE.sub(" ", text))
    return _COMPARES.search(text) is not None


def find_forms(text: str) -> frozenset[str]:
    """Return the forms that `text` names; "release" where it asks what earnings releases tell."""
    forms = {form for form, pattern in _FORMS if pattern.search(text)}
    if not forms and _NOT_GAAP.search(text):
        forms.add("release")
    return frozenset(forms)


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """Return the vocabulary that comes with the program."""
    file = resources.files("research.understanding") / "vocabulary.toml"
    return parse_vocabulary(file.read_text(encoding="utf-8"))


def parse_vocabulary(text: str) -> Vocabulary:
    """Read a vocabulary; raises tomllib.TOMLDecodeError and KeyError when it is not one."""
    entries = tomllib.loads(text)
    return Vocabulary(
        groups=tuple(tuple(group) for group in entries["same"]["groups"]),
        asked={words: tuple(said) for words, said in entries["asked"].items()},
        kin={concept: tuple(others) for concept, others in entries["kin"].items()},
        items=tuple(
            (item.strip(), tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns))
            for item, patterns in entries["items"].items()
        ),
        places={
            name: re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, others))})(?!\w)", re.IGNORECASE)
            for name, others in entries["places"].items()
        },
        generic=frozenset(stem_word(word) for word in entries["generic"]["words"].split()),
        everyday=frozenset(entries["everyday"]["words"].split()),
        unspecific=frozenset(entries["everyday"]["unspecific"].split()),
    )


def _is_said(words: str, flat: str) -> bool:
    """Whether the words stand in a flattened text; a last word may stand in the plural."""
    phrase = " ".join(_WORD.findall(words.lower()))
    return f" {phrase} " in flat or f" {phrase}s " in flat
