"""The financial line items, their many names, and which of them a label or a question means.

The items and names are data (`lexicon.toml`); this module reads them, brings labels to one
spelling and matches them, precision before recall: no concept rather than a doubtful one. Knows
nothing of files, tables or numbers, and no company's own words.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal, cast, get_args

from ingestion.documents import StatementKind
from ingestion.errors import IngestionError

ConceptUnit = Literal["USD", "USD/share", "shares", "percent", "ratio", "count", "days", "years"]

# Where a name stands in several statements and nothing says which is meant, the first wins.
_ORDER: tuple[StatementKind, ...] = (
    "income",
    "balance_sheet",
    "equity",
    "comprehensive_income",
    "cash_flow",
    "tax",
    "per_share",
    "segment",
    "other",
)
_FIELDS = {
    "label",
    "names",
    "changes",
    "alone",
    "under",
    "forms",
    "unit",
    "instant",
    "made_of",
    "or_of",
    "tags",
}
_CACHED_LABELS = 1 << 16

# Dashes and quotes of all kinds, and the spaces that PDF files print.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201b\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        "\u00a0": " ",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
    }
)
_BRACKETS = re.compile(r"\(([^()]*)\)")
# Brackets with these words change what the label means; all others are notes and units.
_KEPT_IN_BRACKETS = frozenset(
    "basic diluted adjusted gaap pro current noncurrent gross pre-tax pretax domestic foreign"
    " federal state percent percentage continuing discontinued average".split()
)
_KEPT_OPENINGS = ("pre-", "before ", "after ", "non-gaap", "nongaap")
_OTHER_SIGN = re.compile(r"/\s*(?:loss(?:es)?|deficit|gains?|benefit|decrease|increase|used in)\b")
_LESS = re.compile(r"(?<=\w)\s*[,;-]\s*less\b(?=\s*\S)")
_INITIALS = re.compile(r"\b([a-z])\.(?=[a-z]\b)")
_WORD = re.compile(r"[a-z0-9]+")
_FOOTNOTE_DIGITS = re.compile(r"(?<=[a-z]{5})\d{1,2}$")
_SAME_WORD = {
    "stockholder": "shareholder",
    "shareowner": "shareholder",
    "licence": "license",
    "pct": "percent",
    "programme": "program",
    "labour": "labor",
}
_PREFIXES = frozenset({"non", "pre", "post"})
# "net of" an allowance says how an amount is shown; net of these it is another amount.
_OTHER_NET = frozenset({"current", "interest"})

_STOP_WORDS = frozenset("the of and for in on to a an by from with at or".split())
_LEADING = frozenset("less add plus total consolidated subtotal aggregate gaap the our".split())
_TRAILING = frozenset("net total gaap unaudited restated".split())
# Words that a label may have beside a name without meaning something else.
_NEUTRAL = frozenset(
    "company consolidated reported common ordinary primarily principally mainly annual fiscal"
    " approximate aggregate respectively overall total gaap our its".split()
)
_AT_A_DATE = re.compile(
    r" (?:(?:as of|at|on|in|for(?: the)?(?: fiscal)? year(?: ended)?) )?"
    r"(?:(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december) (?:\d{1,2} )?)?(?:19|20)\d\d$"
)
_CHANGE = re.compile(
    r"^(?:net )?(?:change|increase|decrease)(?: (?:and|or) (?:increase|decrease))? in "
)
_LEAST_COVERED = 0.75

_PARENT_STATEMENTS: tuple[tuple[str, StatementKind], ...] = (
    ("operating activity", "cash_flow"),
    ("investing activity", "cash_flow"),
    ("financing activity", "cash_flow"),
    ("change in operating asset", "cash_flow"),
    ("change in asset and liability", "cash_flow"),
    ("adjustment to reconcile", "cash_flow"),
    ("current asset", "balance_sheet"),
    ("current liability", "balance_sheet"),
    ("noncurrent asset", "balance_sheet"),
    ("noncurrent liability", "balance_sheet"),
    ("liability and shareholder equity", "balance_sheet"),
)
# Under a heading with the phrase a label has its usual meaning only where the marker stands in
# the concept's name, unit or statement: "Inventories" below "Deferred tax assets" are taxes.
_ESTRANGING = (
    ("percent", "percent"),
    ("percentage", "percent"),
    ("per share", "share"),
    ("per common share", "share"),
    ("pro forma", "pro_forma"),
    ("stock based compensation", "stock"),
    ("share based compensation", "stock"),
    ("asset acquired", "acquired"),
    ("liability assumed", "acquired"),
    ("purchase price", "purchase"),
    ("discontinued operation", "discontinued"),
    ("deferred tax", "tax"),
    ("deferred income tax", "tax"),
    ("restructuring", "restructuring"),
    ("plan asset", "plan"),
    ("interest income", "interest"),
    ("interest expense", "interest"),
)
_NEVER_COMPOSED = frozenset({"total", "net", "subtotal", "gross total", "balance"})
_LONGEST_COMPOSED = 3
# Words of company names; a form's "{owner}" is made of these and of words in no line item.
_COMPANY_WORDS = frozenset(
    "inc incorporated corp corporation company co group holding international lp llc plc ltd"
    " limited the and of financial brand energy industry".split()
)
_LONGEST_OWNER = 6

# One-word names that a sentence mostly uses in another sense.
_NOT_IN_SENTENCES = frozenset(
    "selling technology deficit opening closing closure member supply intersegment elimination"
    " unallocated software equipment personnel order property security surplus volatility ev"
    " saving openings leverage building machinery computer vehicle warranty arr acquisition"
    " patent derivative hedge litigation communication premium premiums administration".split()
)
_SENTENCE_TOKEN = re.compile(r"[A-Za-z0-9]+(?:'s\b|')?|[&%]|[.?!;:](?=\s|$)|[()\n]")


class BadLexicon(IngestionError):
    """The lexicon's file cannot be read or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One line item: its id, how an analyst calls it, where it stands and its other names.

    `names` begins with the label. `alone` are names that mean this concept only on a cash flow
    statement, where "Inventories" is the change in them. `under` holds pairs of a parent's
    phrase and a label, both normalised. `made_of` names the concepts it is computed from,
    `or_of` other sets of concepts that it may be computed from.
    """

    name: str
    label: str
    statement: StatementKind
    instant: bool
    unit: ConceptUnit
    names: tuple[str, ...]
    alone: tuple[str, ...] = ()
    under: tuple[tuple[str, str], ...] = ()
    forms: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    or_of: tuple[tuple[str, ...], ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def ways(self) -> tuple[tuple[str, ...], ...]:
        """All sets of concepts that it may be computed from, the usual one first."""
        return (*((self.made_of,) if self.made_of else ()), *self.or_of)


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept that a text names: `text[start:end]` are the words."""

    concept: Concept
    start: int
    end: int


class Lexicon:
    """All concepts, and the ways from a label, a tag or a sentence to one of them."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        self.concepts = tuple(concepts)
        self._by_name = {concept.name: concept for concept in self.concepts}
        self._by_tag: dict[str, Concept] = {}
        self._by_key = _index_names(self.concepts, normalise_label)
        self._by_bag = _without_ambiguous(_index_names(self.concepts, _bag_of_label))
        self._bare = {
            normalise_label(name): concept for concept in self.concepts for name in concept.alone
        }
        self._under: dict[str, list[tuple[str, Concept]]] = {}
        for concept in self.concepts:
            for tag in concept.tags:
                self._by_tag.setdefault(tag, concept)
            for parent, label in concept.under:
                self._under.setdefault(label, []).append((parent, concept))
        self._forms = tuple(_read_forms(self.concepts))
        self._words = frozenset(word for key in self._by_key for word in key.split())
        self._longest = max((len(key.split()) for key in self._by_key), default=0)
        self._find_cached = lru_cache(maxsize=_CACHED_LABELS)(self._find)

    def __len__(self) -> int:
        return len(self.concepts)

    def get(self, name: str) -> Concept | None:
        """Return the concept with that id, or None."""
        return self._by_name.get(name)

    def by_tag(self, tag: str) -> Concept | None:
        """Return the concept of an XBRL tag ("us-gaap:Assets"), or None."""
        return self._by_tag.get(tag)

    def names_of(self, concept_name: str) -> tuple[str, ...]:
        """Return the names of a concept, the label first; () where there is no such concept."""
        concept = self._by_name.get(concept_name)
        return concept.names if concept else ()

    def match(
        self,
        label: str,
        statement: StatementKind | None = None,
        parents: Sequence[str] = (),
    ) -> Concept | None:
        """Return the concept that a row's label means, or None where that is not sure.

        `statement` is the table's, `parents` the headings above the row, outermost first.
        """
        return self._find_cached(label, statement, tuple(parents))

    def find_mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the concepts that `text` names, in its order; longer names come first."""
        tokens = list(_read_tokens(text))
        found: list[tuple[int, int, Concept]] = []
        for first in range(len(tokens)):
            found.extend(self._names_at(tokens, first))
        found.sort(key=lambda candidate: (candidate[0] - candidate[1], candidate[0]))
        taken: set[int] = set()
        mentions = []
        for first, last, concept in found:
            if taken.isdisjoint(range(first, last)):
                taken.update(range(first, last))
                mentions.append(Mention(concept, tokens[first][1], tokens[last - 1][2]))
        return tuple(sorted(mentions, key=lambda mention: mention.start))

    def _names_at(
        self, tokens: list[tuple[str, int, int]], first: int
    ) -> Iterator[tuple[int, int, Concept]]:
        words: list[str] = []
        for word, _, _ in tokens[first : first + self._longest]:
            if not word:  # the sentence or the bracket ends here
                return
            words.append(word)
            key = " ".join(words)
            concepts = self._by_key.get(key)
            if concepts and key not in _NOT_IN_SENTENCES:
                yield first, first + len(words), concepts[0]

    def _find(
        self, label: str, statement: StatementKind | None, parents: tuple[str, ...]
    ) -> Concept | None:
        key = normalise_label(label)
        if not key or key.isdigit():
            return None
        headings = tuple(filter(None, map(normalise_label, reversed(parents))))
        statement = statement or _statement_of(headings)
        below = self._match_below(key, headings)
        if below is not None:
            return below
        concept = self._match_key(key, statement) or self._match_composed(key, statement, headings)
        if concept is None or _is_estranged(concept, headings):
            return None
        return concept

    def _match_below(self, key: str, headings: tuple[str, ...]) -> Concept | None:
        """Return what a bare label ("Basic") means below one of its headings, nearest first."""
        candidates = self._under.get(key)
        if not candidates:
            return None
        for heading in headings:
            fitting = [
                (len(phrase), concept)
                for phrase, concept in candidates
                if self._is_heading(heading, phrase, concept)
            ]
            if fitting:
                return max(fitting, key=lambda candidate: candidate[0])[1]
        return None

    def _is_heading(self, heading: str, phrase: str, concept: Concept) -> bool:
        if heading == phrase:
            return True
        if concept.unit in {"shares", "USD/share"}:
            return _has_phrase(heading, phrase)
        if " " in phrase and (heading.startswith(f"{phrase} ") or heading.endswith(f" {phrase}")):
            return True
        meant = self._match_key(heading, None)
        return meant is not None and meant is self._match_key(phrase, None)

    def _match_key(self, key: str, statement: StatementKind | None) -> Concept | None:
        """Match a normalised label: as it is, as a change, in other order, without qualifiers."""
        concept = self._look_up(key, statement)
        if concept is None:
            bare = _unqualified(key)
            if bare != key:
                concept = self._look_up(bare, statement)
        return concept or self._match_form(key, statement) or self._match_loosely(key, statement)

    def _look_up(self, key: str, statement: StatementKind | None) -> Concept | None:
        if statement == "cash_flow" and key in self._bare:
            return self._bare[key]
        concept = _choose(self._by_key.get(key), statement)
        if concept is None:
            changed = _CHANGE.sub("change in ", key)
            concept = _choose(self._by_key.get(changed), statement) if changed != key else None
        return concept or _choose(self._by_bag.get(_bag(key)), statement)

    def _match_loosely(self, key: str, statement: StatementKind | None) -> Concept | None:
        """Match a label that has neutral words ("Company net income") beside a name."""
        words = [word for word in key.split() if word not in _STOP_WORDS]
        core = [word for word in words if word not in _NEUTRAL]
        if len(core) < 2 or len(core) == len(words) or len(core) < _LEAST_COVERED * len(words):
            return None
        return _choose(self._by_bag.get(" ".join(sorted(core))), statement)

    def _match_form(self, key: str, statement: StatementKind | None) -> Concept | None:
        """Match a label with the company's own name in it, which is no word of a line item."""
        for before, after, concept in self._forms:
            if not (key.startswith(before) and key.endswith(after)):
                continue
            owner = key[len(before) : len(key) - len(after)].split()
            if self._is_owner(owner):
                return _choose((concept,), statement)
        return None

    def _is_owner(self, words: list[str]) -> bool:
        strange = [word for word in words if word not in _COMPANY_WORDS]
        return 0 < len(words) <= _LONGEST_OWNER and (
            bool(strange) and self._words.isdisjoint(strange)
        )

    def _match_composed(
        self, key: str, statement: StatementKind | None, headings: tuple[str, ...]
    ) -> Concept | None:
        """Match a short label together with a heading: "Other" below "Current assets"."""
        if key in _NEVER_COMPOSED or len(key.split()) > _LONGEST_COMPOSED:
            return None
        for heading in headings:
            concept = _choose(self._by_bag.get(_bag(f"{heading} {key}")), statement)
            if concept is not None:
                return concept
        return None


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Return the lexicon that is shipped with the program, read once.

    Raises BadLexicon when its file is missing, is no TOML or contradicts itself.
    """
    file = resources.files("ingestion.filings").joinpath("lexicon.toml")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadLexicon("lexicon.toml is missing; install the program again") from error
    return parse_lexicon(text)


def parse_lexicon(text: str) -> Lexicon:
    """Read a lexicon from TOML; raises BadLexicon, which says what to mend, on a fault."""
    try:
        statements = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadLexicon(f"lexicon.toml is not valid TOML: {error}; mend that line") from error
    concepts = []
    for statement, entries in statements.items():
        if statement not in get_args(StatementKind):
            raise BadLexicon(f"lexicon.toml: no statement is called {statement!r}; rename it")
        for name, entry in entries.items():
            concepts.append(_build_concept(name, cast(StatementKind, statement), entry))
    _check_concepts(concepts)
    return Lexicon(concepts)


@lru_cache(maxsize=_CACHED_LABELS)
def normalise_label(text: str) -> str:
    """Return the one spelling of a label: lower-case words with single spaces, plurals folded.

    Notes, units and other signs in brackets go ("(1)", "(in millions)", "(loss)"), brackets that
    change the meaning stay ("(diluted)"). "& " is "and", "%" is "percent", "stockholders" are
    shareholders, ", net of allowances" is "net". The result is its own spelling.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN)).casefold()
    plain = plain.encode("ascii", "ignore").decode()
    if "interest" in plain:  # "Interest income (expense)" is the balance of the two
        plain = plain.replace("(expense)", " expense ").replace("(income)", " income ")
    plain = plain.replace("401(k)", "401k").replace("&", " and ").replace("%", " percent ")
    plain = _remove_brackets(plain.replace("'s", "").replace("'", ""))
    plain = _OTHER_SIGN.sub(" ", plain)
    plain = _LESS.sub(" net of", plain)
    words = _WORD.findall(_INITIALS.sub(r"\1", plain))
    if words:
        words[-1] = _FOOTNOTE_DIGITS.sub("", words[-1])
    return " ".join(_fold_words(words))


def _remove_brackets(text: str) -> str:
    while "(" in text:
        shorter = _BRACKETS.sub(_keep_bracket, text)
        if shorter == text:
            break
        text = shorter
    return text


def _keep_bracket(match: re.Match[str]) -> str:
    inside = match[1].strip()
    words = set(re.findall(r"[a-z]+(?:-tax)?", inside.replace("non-", "non")))
    kept = words & _KEPT_IN_BRACKETS or inside.startswith(_KEPT_OPENINGS)
    return f" {inside} " if kept and not inside.startswith("in ") else " "


def _fold_words(words: list[str]) -> list[str]:
    while True:
        folded = _cut_net_of(_join_prefixes([_fold_word(word) for word in words]))
        if folded == words:
            return folded
        words = folded


@lru_cache(maxsize=_CACHED_LABELS)
def _fold_word(word: str) -> str:
    """Return the singular in American spelling; small words and those on "ss" stay."""
    if len(word) > 4 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 6:
        word = word.replace("isation", "ization")
        if word.endswith("ised"):
            word = word[:-3] + "zed"
    return _SAME_WORD.get(word, word)


def _join_prefixes(words: list[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _PREFIXES:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _cut_net_of(words: list[str]) -> list[str]:
    for place in range(1, len(words) - 2):
        rest = words[place + 2 :]
        if words[place : place + 2] == ["net", "of"] and rest != ["cash"]:
            return words if rest[0] in _OTHER_NET else words[: place + 1]
    return words


def _unqualified(key: str) -> str:
    """Return the label without date, "total" before it and "net" after it."""
    words = _AT_A_DATE.sub("", key).split()
    if len(words) == 1:  # "Liability at December 31" is a balance of something
        words = key.split()
    while len(words) > 1 and words[0] in _LEADING:
        words = words[1:]
    while len(words) > 1 and words[-1] in _TRAILING:
        words = words[:-1]
    return " ".join(words)


def _bag(key: str) -> str:
    return " ".join(sorted(word for word in key.split() if word not in _STOP_WORDS))


def _bag_of_label(label: str) -> str:
    return _bag(normalise_label(label))


def _choose(
    concepts: tuple[Concept, ...] | None, statement: StatementKind | None
) -> Concept | None:
    """Return the concept of the statement, else the first that can stand in such a statement."""
    if not concepts:
        return None
    for concept in concepts:
        if concept.statement == statement:
            return concept
    for concept in concepts:
        if _can_stand_in(concept, statement):
            return concept
    return None


def _can_stand_in(concept: Concept, statement: StatementKind | None) -> bool:
    if statement == "balance_sheet":
        return concept.instant and concept.unit in {"USD", "USD/share", "shares"}
    if statement == "cash_flow":
        return concept.unit == "USD" and (not concept.instant or "cash" in concept.name)
    if statement in {"income", "comprehensive_income"}:
        return not concept.instant and concept.unit != "count"
    return True


def _statement_of(headings: tuple[str, ...]) -> StatementKind | None:
    for heading in headings:
        for phrase, statement in _PARENT_STATEMENTS:
            if _has_phrase(heading, phrase):
                return statement
    return None


def _is_estranged(concept: Concept, headings: tuple[str, ...]) -> bool:
    marks = f"{concept.name} {concept.unit} {concept.statement}"
    return any(
        marker not in marks and _has_phrase(heading, phrase)
        for heading in headings
        for phrase, marker in _ESTRANGING
    )


def _has_phrase(text: str, phrase: str) -> bool:
    return f" {phrase} " in f" {text} "


def _read_tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the folded words of a text with their offsets; "" where a name cannot go on."""
    waiting: tuple[str, int] | None = None
    for match in _SENTENCE_TOKEN.finditer(text.translate(_PLAIN)):
        raw = match.group().lower().removesuffix("'s").rstrip("'")
        word = {"&": "and", "%": "percent"}.get(raw, raw)
        word = _fold_word(word) if word.isalnum() else ""
        start = match.start()
        if waiting and word:
            word, start = _fold_word(waiting[0] + word), waiting[1]
        waiting = (word, start) if word in _PREFIXES else None
        if waiting is None:
            yield word, start, match.end()


def _index_names(
    concepts: Sequence[Concept], spell: Callable[[str], str]
) -> dict[str, tuple[Concept, ...]]:
    """Map each name's spelling to its concepts, ordered by statement."""
    index: dict[str, dict[str, Concept]] = {}
    for concept in concepts:
        for name in concept.names:
            index.setdefault(spell(name), {}).setdefault(concept.name, concept)
    return {
        key: tuple(sorted(found.values(), key=lambda concept: _ORDER.index(concept.statement)))
        for key, found in index.items()
        if key
    }


def _without_ambiguous(index: Mapping[str, tuple[Concept, ...]]) -> dict[str, tuple[Concept, ...]]:
    """Drop the keys that stand for two concepts of one statement."""
    return {
        key: concepts
        for key, concepts in index.items()
        if len({concept.statement for concept in concepts}) == len(concepts)
    }


def _read_forms(concepts: Iterable[Concept]) -> Iterator[tuple[str, str, Concept]]:
    for concept in concepts:
        for form in concept.forms:
            before, _, after = form.partition("{owner}")
            head, tail = normalise_label(before), normalise_label(after)
            yield (f"{head} " if head else ""), (f" {tail}" if tail else ""), concept


def _build_concept(name: str, statement: StatementKind, entry: object) -> Concept:
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
        raise BadLexicon(f"lexicon.toml: {statement}.{name} has no label; give it one")
    unknown = set(entry) - _FIELDS
    if unknown:
        raise BadLexicon(f"lexicon.toml: {statement}.{name} has an unknown key {min(unknown)!r}")
    unit = entry.get("unit", "USD")
    if unit not in get_args(ConceptUnit):
        raise BadLexicon(f"lexicon.toml: {statement}.{name} has an unknown unit {unit!r}")
    changes = _texts(entry, "changes", name)
    alone = (*changes, *_texts(entry, "alone", name))
    names = (entry["label"], *_texts(entry, "names", name), *(f"change in {x}" for x in changes))
    return Concept(
        name=name,
        label=entry["label"],
        statement=statement,
        instant=bool(entry.get("instant", statement == "balance_sheet")),
        unit=cast(ConceptUnit, unit),
        names=tuple(dict.fromkeys(names)),
        alone=alone,
        under=tuple(_read_under(text, name) for text in _texts(entry, "under", name)),
        forms=_texts(entry, "forms", name),
        made_of=_texts(entry, "made_of", name),
        or_of=_read_ways(entry, name),
        tags=_texts(entry, "tags", name),
    )


def _texts(entry: Mapping[str, object], field: str, name: str) -> tuple[str, ...]:
    texts = entry.get(field, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadLexicon(f"lexicon.toml: {field} of {name} must be a list of texts")
    return tuple(texts)


def _read_ways(entry: Mapping[str, object], name: str) -> tuple[tuple[str, ...], ...]:
    ways = entry.get("or_of", [])
    if not isinstance(ways, list):
        raise BadLexicon(f"lexicon.toml: or_of of {name} must be a list of lists of texts")
    return tuple(_texts({"or_of": way}, "or_of", name) for way in ways)


def _read_under(text: str, name: str) -> tuple[str, str]:
    parent, mark, label = text.partition(">")
    if not mark:
        raise BadLexicon(f"lexicon.toml: {text!r} of {name} must read 'parent > label'")
    return normalise_label(parent), normalise_label(label)


def _check_concepts(concepts: Sequence[Concept]) -> None:
    """Raise BadLexicon for an id or a name given twice, or a part that does not exist."""
    ids: set[str] = set()
    owners: dict[tuple[str, str], str] = {}
    for concept in concepts:
        if concept.name in ids:
            raise BadLexicon(f"lexicon.toml: {concept.name} stands there twice; rename one")
        ids.add(concept.name)
        for key in {normalise_label(name) for name in concept.names}:
            owner = owners.setdefault((concept.statement, key), concept.name)
            if owner != concept.name:
                raise BadLexicon(
                    f"lexicon.toml: {key!r} names both {owner} and {concept.name};"
                    " take it from one of them"
                )
    for concept in concepts:
        for part in (part for way in concept.ways for part in way):
            if part not in ids:
                raise BadLexicon(
                    f"lexicon.toml: {concept.name} is made of {part}, which is not there"
                )
