"""Which companies of the library a question names.

A company is known by the name on its covers, by its tickers, and by the words with which its
files' names begin ("BLOCK_2020_10K.pdf" is of a company that its cover calls Square). Everyday
words ("target", "gap", "block") count only where the text writes them as a name: a text that has
no small letters, or no capitals, does not. The first words of a longer name count where they are
no other company's. What could be two things names nothing. Pure functions over documents.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

from ingestion.documents import Document
from ingestion.filings.lexicon import load_lexicon
from research.understanding.query import Company
from research.understanding.vocabulary import load_vocabulary

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:&[A-Za-z0-9]+)*|&")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201b": "'"})
_POSSESSIVE = re.compile(r"(?<=\w)'s?(?![\w&])")
# "V.F." and "J. P." are VF and JP; the point that ends a sentence stays.
_INITIALS = re.compile(r"\b([A-Za-z])\.\s?(?=[A-Za-z]\b(?!'))")
# What companies add to their names, and questions leave out.
_LEGAL = frozenset(
    "inc incorporated corp corporation plc ltd limited llc lp llp sa nv ag se".split()
)
COMPANY_FORMS = _LEGAL | frozenset(
    "co company companies group holding holdings trust bancorp de new the and".split()
)
_JOINTS = frozenset("of and the for".split())
# Before these a plain word is a plain word: "the target", "a block".
_DETERMINERS = frozenset(
    "a an the its our their his her this that these those each every any some no which what"
    " per such".split()
)
# What a name at a sentence's start is followed by: "Target spent", "Target 2022".
_VERB = re.compile(
    r"\w{3,}ed|has|had|have|is|was|will|did|does|spent|paid|grew|sold|made|saw|lost|cut|rose|fell"
    r"|held|owns|plans|expects|operates|reports|generates|spends|earns|pays|sells"
)
_PERIOD = re.compile(r"(?:19|20)\d\d|(?:fy|cy|fye|[1-4]q|q[1-4]|h[12]|[12]h)\d*|fiscal")
# Capitals that stand for something else in questions of finance; as tickers they need a "$".
_ACRONYMS = frozenset(
    "AI APR ARR CAGR CEO CFO COO CTO DCF EBIT EBITDA EPS ESG EU EV FCF FX FY GAAP HR IP IPO IR IT"
    " LIFO FIFO NAV NIM NOI OCI PE PPE ROA ROE ROI ROIC RSU SEC SGA SOFR TTM UK US USA USD VAT YOY"
    " YTD A I IN ON OR ALL ARE CASH COST KEY LOW NET NOW OUT OPEN REAL TRUE".split()
)
_FILE_TOKEN = re.compile(r"[A-Za-z0-9]+(?:&[A-Za-z0-9]+)*")
# In a file's name, what follows the company: a year, a form, a kind of report.
_FILE_MARK = re.compile(
    r"(?:fy|cy|[1-4]q|q[1-4])?(?:(?:19|20)\d\d)(?:q[1-4]|\d{4})?|(?:fy|q[1-4]|[1-4]q)\d*|\d+[kq]a?"
    r"|\d+|[a-z]{1,5}10[kq]|form|annual|quarterly|report|results|earnings|filing|document|release"
    r"|k|q|sec|dated|final|draft|copy|scan",
    re.IGNORECASE,
)
_GLUED_YEAR = re.compile(r"(?<=[A-Za-z])(?:FY)?(?:19|20)\d\d.*$")
_SHORTEST_JOINED = 6
_LONGEST_JOINED = 5
_LONGEST_SYMBOL = 4


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text: in small letters and as written, and what stands around it."""

    text: str
    written: str
    owns: bool
    starts_sentence: bool


@dataclass(frozen=True, slots=True)
class _Match:
    """Words `first` up to `end` (excluded) name a company."""

    first: int
    end: int
    company: int


def list_companies(documents: Iterable[Document]) -> tuple[Company, ...]:
    """Return the companies of `documents`; documents that share a name or alias are of one.

    A company is called as its first document calls it. An alias in capitals is a symbol: it
    counts only where a text writes it so.
    """
    groups: dict[int, tuple[set[str], list[Document]]] = {}
    group_of: dict[str, int] = {}
    for number, document in enumerate(documents):
        filing = document.filing
        aliases = set(_find_aliases(filing.company, filing.tickers, document.name))
        if not aliases:
            continue
        members = [document]
        keys = {_join(alias) for alias in aliases}
        for old in sorted({group_of[key] for key in keys if key in group_of}, reverse=True):
            others, earlier = groups.pop(old)
            aliases |= others
            members = [*earlier, *members]
        groups[number] = (aliases, members)
        group_of.update((_join(alias), number) for alias in aliases)
    short = _share_out(groups.values())
    return tuple(
        Company(
            name=next((d.filing.company for d in members if d.filing.company), min(aliases)),
            aliases=frozenset(aliases | more),
            document_ids=frozenset(document.document_id for document in members),
        )
        for (aliases, members), more in zip(groups.values(), short, strict=True)
    )


def _share_out(groups: Iterable[tuple[set[str], list[Document]]]) -> list[set[str]]:
    """Return each company's short names, but for those that several companies might have."""
    found = [
        {short for d in members for short in _find_short_names(d.filing.company or "")}
        for _, members in groups
    ]
    owners = Counter(short for names in found for short in names)
    return [{short for short in names if owners[short] == 1} for names in found]


def find_companies(text: str, companies: Sequence[Company]) -> tuple[Company, ...]:
    """Return the companies that `text` names, in their order."""
    text = text.translate(_QUOTES)
    words = _read_words(text)
    has_case = _has_case(words)
    matches = [
        match
        for index, company in enumerate(companies)
        for alias in company.aliases
        for match in _match_alias(alias, index, words, has_case)
    ]
    for opening, owners in _index_openings(companies).items():
        if len(owners) == 1:
            (index,) = owners
            matches += _match_opening(opening, index, words, has_case)
    symbols = _find_symbols(text, words)
    named = {match.company for match in _keep_longest(matches)}
    named |= {index for index, company in enumerate(companies) if company.aliases & symbols}
    return tuple(company for index, company in enumerate(companies) if index in named)


# Names of a company


@lru_cache(maxsize=1 << 14)
def _find_aliases(company: str | None, tickers: tuple[str, ...], file_name: str) -> frozenset[str]:
    """Return how a document's company may be called; a library asks for the same every time."""
    words = _strip_forms(_split_name(company or ""))
    aliases = {ticker.upper() for ticker in tickers if len(ticker) > 1}
    if words:
        aliases.add(" ".join(words))
    file_words = _split_file_name(file_name, is_filing=company is not None)
    alias = " ".join(file_words)
    if words and alias and _is_symbol(alias, words):
        aliases.add(alias.upper())
    elif alias and (alias not in " ".join(words) or len(words) == 1):
        aliases.add(alias)
    return frozenset(aliases)


def _split_name(name: str) -> list[str]:
    return [word.text for word in _read_words(name.translate(_QUOTES))]


def _strip_forms(words: Sequence[str]) -> list[str]:
    """Leave out what a question leaves out; "US Bancorp" keeps its second word."""
    kept = list(words)
    while len(kept) > 1 and kept[0] == "the":
        kept.pop(0)
    while kept and kept[-1] in COMPANY_FORMS:
        rest = kept[:-1]
        if rest and kept[-1] not in _LEGAL and set(rest) <= load_vocabulary().unspecific:
            break
        kept = rest
    return kept


@lru_cache(maxsize=1 << 14)
def _find_short_names(name: str) -> frozenset[str]:
    """Return "j&j", "pepsi" for "PepsiCo", "mcdonalds" and, in capitals only, "AMD"."""
    return frozenset(_shorten(name, _strip_forms(_split_name(name))))


def _shorten(name: str, words: Sequence[str]) -> Iterable[str]:
    if "and" in words[1:-1]:
        yield "".join("&" if word == "and" else word[0] for word in words if word != "of")
    elif len(words) > 2:
        symbol = "".join(word[0] for word in words if word not in _JOINTS).upper()
        if len(symbol) > 2 and symbol not in _ACRONYMS:
            yield symbol
    camel = re.match(r"(?:The\s+)?([A-Z][a-z]{3,})Co\b", name)
    if camel:
        yield camel[1].lower()
    if len(words) == 1 and re.search(r"\w'[sS]\b", name.translate(_QUOTES)):
        yield f"{words[0]}s"


def _split_file_name(name: str, *, is_filing: bool) -> list[str]:
    """Return the words before the year or the form in a filing's file name.

    Without such a mark, and where nothing else says so, a file is no filing.
    """
    tokens = _FILE_TOKEN.findall(_GLUED_YEAR.sub("", PurePath(name).stem))
    marked = (at for at, token in enumerate(tokens) if _FILE_MARK.fullmatch(token))
    end = next(marked, len(tokens))
    kept = [token.lower() for token in tokens[:end]]
    if not is_filing and end == len(tokens):
        return []
    return kept if len("".join(kept)) > 1 else []


def _is_symbol(alias: str, words: Sequence[str]) -> bool:
    """Whether a short file's name is a ticker rather than the company's name or initials."""
    initials = "".join(word[0] for word in words)
    return (
        len(alias) <= _LONGEST_SYMBOL
        and alias != initials
        and not "".join(words).startswith(alias)
        and alias not in words
    )


def _join(alias: str) -> str:
    return alias.replace(" ", "")


def _index_openings(companies: Sequence[Company]) -> dict[str, set[int]]:
    """Return the first words of the names, and of which companies each is."""
    openings: dict[str, set[int]] = defaultdict(set)
    for index, company in enumerate(companies):
        for alias in company.aliases:
            words = alias.split()
            for count in range(1, len(words)):
                if words[count - 1] not in _JOINTS and not _is_open(words[:count]):
                    openings[" ".join(words[:count])].add(index)
    return openings


def _is_open(words: Sequence[str]) -> bool:
    """Whether the first words of a name are too common to name the company."""
    common = _plain_words() if len(words) == 1 else load_vocabulary().unspecific
    return common.issuperset(words)


@lru_cache(maxsize=1)
def _plain_words() -> frozenset[str]:
    """Words that alone name no company: everyday ones, and those of line items."""
    of_items = {
        word.lower()
        for concept in load_lexicon().concepts
        for name in concept.names
        for word in _TOKEN.findall(name)
    }
    return load_vocabulary().everyday | of_items | COMPANY_FORMS | _JOINTS


# Names in a text


def _read_words(text: str) -> list[_Word]:
    """Return the words of a text without possessives; initials are joined, "&" is "and"."""
    text = _INITIALS.sub(r"\1", text)
    words: list[_Word] = []
    ended = 0
    for match in _TOKEN.finditer(text):
        possessive = _POSSESSIVE.match(text, match.end())
        between = text[ended : match.start()]
        written = match[0]
        if written.lower() == "s" and between == "'":
            ended = match.end()
            continue
        words.append(
            _Word(
                text="and" if written == "&" else written.lower(),
                written=written,
                owns=possessive is not None,
                starts_sentence=not words or re.search(r"[.?!:;\n\"(]", between) is not None,
            )
        )
        ended = match.end()
    return words


def _has_case(words: Sequence[_Word]) -> bool:
    """Whether capitals tell names from other words: not in titles, nor in texts of one case."""
    long = [word for word in words if len(word.text) > 3]
    return any(word.written[0].islower() for word in long) and any(
        word.written[0].isupper() for word in words
    )


def _find_symbols(text: str, words: Sequence[_Word]) -> frozenset[str]:
    """Return what may be a ticker: words in capitals among others, "$MMM", "(NYSE: MMM)"."""
    capitals = {word.written for word in words if word.written.isupper()}
    if len(capitals) == len(words) > 1:
        capitals = set()  # In a text in capitals they tell nothing.
    marked = re.findall(
        r"\$([A-Z]{1,5}(?:\.[A-Z])?)\b"
        r"|\((?:NYSE|NASDAQ|Nasdaq|AMEX|OTC)[\w ]*:\s*([A-Z]{1,5}(?:\.[A-Z])?)\s*\)",
        text,
    )
    return frozenset({one or other for one, other in marked} | (capitals - _ACRONYMS))


def _match_alias(
    alias: str, company: int, words: Sequence[_Word], has_case: bool
) -> Iterable[_Match]:
    if alias.isupper() or len(alias) < 2:
        return
    parts = alias.split()
    for first in _find_runs(parts, words):
        if len(parts) > 1 or _is_written_as_name(words, first, has_case):
            yield _Match(first, first + len(parts), company)
    # "Footlocker" is Foot Locker, and "American Water Works" is the file AMERICANWATERWORKS.
    for first, end in _find_joined(_join(alias), words):
        if end - first != len(parts):
            yield _Match(first, end, company)


def _match_opening(
    opening: str, company: int, words: Sequence[_Word], has_case: bool
) -> Iterable[_Match]:
    parts = opening.split()
    runs = [(first, first + len(parts)) for first in _find_runs(parts, words)]
    for first, end in [*runs, *_find_joined(_join(opening), words)]:
        if not has_case or all(map(_is_capital, words[first:end])):
            yield _Match(first, end, company)


def _is_capital(word: _Word) -> bool:
    return not word.written[0].islower() or word.text in _JOINTS


def _find_runs(parts: Sequence[str], words: Sequence[_Word]) -> Iterable[int]:
    for first, word in enumerate(words):
        if word.text == parts[0] and [w.text for w in words[first : first + len(parts)]] == parts:
            yield first


def _find_joined(alias: str, words: Sequence[_Word]) -> Iterable[tuple[int, int]]:
    if len(alias) < _SHORTEST_JOINED:
        return
    for first in range(len(words)):
        joined = ""
        for end in range(first, min(first + _LONGEST_JOINED, len(words))):
            joined += words[end].text
            if joined == alias:
                yield first, end + 1
            if not alias.startswith(joined):
                break


def _is_written_as_name(words: Sequence[_Word], at: int, has_case: bool) -> bool:
    """Whether a word that may be a name stands in a text as names do."""
    word = words[at]
    before = words[at - 1].text if at and not word.starts_sentence else ""
    if word.text not in _plain_words():
        return _is_capital(word) or before not in _DETERMINERS
    after = words[at + 1] if at + 1 < len(words) and not words[at + 1].starts_sentence else None
    if after is not None and after.text in _LEGAL:
        return True
    if has_case and word.written[0].isupper() and not word.starts_sentence:
        return before not in _DETERMINERS - {"the"}
    if before in _DETERMINERS:
        return False
    return word.owns or (word.starts_sentence and _is_subject(word, after, has_case))


def _is_subject(word: _Word, after: _Word | None, has_case: bool) -> bool:
    """Whether a sentence's first word is a name by what follows: "Target 2022", "Target spent"."""
    if after is None:
        return False
    spoken = has_case and word.written[0].isupper() and _VERB.fullmatch(after.text)
    return bool(spoken) or _PERIOD.fullmatch(after.text) is not None


def _keep_longest(matches: Sequence[_Match]) -> list[_Match]:
    """Leave out matches within longer ones: "Bank of America" is no America."""
    return [
        match
        for match in matches
        if not any(
            other.first <= match.first
            and match.end <= other.end
            and other.end - other.first > match.end - match.first
            for other in matches
        )
    ]
