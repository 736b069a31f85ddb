"""Which companies of the library a question names.

A company is known by the name on its covers, by its ticker, and by the word with which its files'
names begin ("BLOCK_2020_10K.pdf" is of a company that its cover calls Square). A name counts
where the question writes it as a name; a first word of a longer name counts only where it is no
everyday word and no other company's first word. Pure functions over documents.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from ingestion.documents import Document
from research.understanding.query import Company

_WORD = re.compile(r"[A-Za-z0-9&]+")
_APOSTROPHE = re.compile(r"['\u2019\u2018]s?\b")
# What companies add to their names, and questions leave out.
_FORMS = frozenset(
    "inc incorporated corp corporation co company companies plc ltd limited llc lp llp sa nv ag"
    " se group holding holdings trust bancorp de new the and".split()
)
# First words that alone name no company.
_EVERYDAY = frozenset(
    "american national general united first international global best new old great us north south"
    " west east western eastern northern southern pacific atlantic central bank digital energy"
    " health home royal standard target gap match public service air capital city consolidated"
    " dollar delta union world park church live five block square".split()
)
_FILE_WORD = re.compile(r"[A-Za-z0-9&]+?(?=[_\-. ]|(?<=[A-Za-z])(?:19|20)\d\d|$)")
# Words that a file's name begins with when it does not begin with the company.
_NO_COMPANY = frozenset(
    "form annual report quarterly results earnings filing document k q sec".split()
)


def list_companies(documents: Iterable[Document]) -> tuple[Company, ...]:
    """Return the companies of `documents`; documents that share a name or alias are of one.

    A company is called as its first document calls it.
    """
    groups: list[tuple[set[str], list[Document]]] = []
    for document in documents:
        aliases = set(_find_aliases(document))
        if not aliases:
            continue
        members = [document]
        for group in [group for group in groups if group[0] & aliases]:
            aliases |= group[0]
            members = [*group[1], *members]
            groups.remove(group)
        groups.append((aliases, members))
    return tuple(
        Company(
            name=next((d.filing.company for d in members if d.filing.company), min(aliases)),
            aliases=frozenset(aliases),
            document_ids=frozenset(document.document_id for document in members),
        )
        for aliases, members in groups
    )


def find_companies(text: str, companies: Sequence[Company]) -> tuple[Company, ...]:
    """Return the companies that `text` names, in their order."""
    words = _split_words(text)
    written = _APOSTROPHE.sub("", text)
    openings = _index_openings(companies)
    return tuple(
        company
        for company in companies
        if any(_is_named(alias, words, written) for alias in company.aliases)
        or any(
            _is_named(opening, words, written)
            for opening in openings
            if openings[opening] == {company.name}
        )
    )


def _find_aliases(document: Document) -> Iterable[str]:
    name = _strip_forms(_split_words(document.filing.company or ""))
    if name:
        yield " ".join(name)
    file_word = _FILE_WORD.match(PurePath(document.name).name)
    if file_word and not file_word[0].isdigit() and file_word[0].lower() not in _NO_COMPANY:
        yield file_word[0].lower()


def _split_words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_APOSTROPHE.sub("", text))]


def _strip_forms(words: Sequence[str]) -> list[str]:
    kept = list(words)
    while kept and kept[-1] in _FORMS:
        kept.pop()
    while len(kept) > 1 and kept[0] == "the":
        kept.pop(0)
    return kept


def _index_openings(companies: Sequence[Company]) -> dict[str, set[str]]:
    """Return the first words of the names, and of which companies each is."""
    openings: dict[str, set[str]] = defaultdict(set)
    for company in companies:
        for alias in company.aliases:
            words = alias.split()
            for count in range(1, len(words)):
                opening = " ".join(words[:count])
                if count > 1 or (len(opening) > 1 and opening not in _EVERYDAY):
                    openings[opening].add(company.name)
    return openings


def _is_named(alias: str, words: Sequence[str], written: str) -> bool:
    parts = alias.split()
    count = len(parts)
    if count > 1 or alias not in _EVERYDAY:
        for start in range(len(words) - count + 1):
            if list(words[start : start + count]) == parts:
                return count > 1 or _is_written_as_name(alias, written)
        # "Footlocker" is Foot Locker, and "American Water Works" is the file AMERICANWATERWORKS.
        return _is_joined(alias.replace(" ", ""), words)
    return _is_written_as_name(alias, written)


def _is_joined(alias: str, words: Sequence[str]) -> bool:
    if len(alias) < 6:
        return False
    for start in range(len(words)):
        joined = ""
        for word in words[start : start + 5]:
            joined += word
            if joined == alias:
                return True
    return False


def _is_written_as_name(word: str, written: str) -> bool:
    """Whether a word stands in the text as names do; a text without capitals writes none so."""
    if written == written.lower():
        return word not in _EVERYDAY
    return re.search(rf"\b{re.escape(word)}\b", written, re.I) is not None and any(
        found[0].isupper() or found[0].isdigit()
        for found in re.findall(rf"\b{re.escape(word)}\b", written, re.I)
    )
