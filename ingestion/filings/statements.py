"""Which financial statement a table is, told by its title or, failing that, by its rows.

Pure functions on text. Precision comes first: a table that could be two things is none, and a
few rows of a note that name inventories are no balance sheet. Knows nothing of values or files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingestion.documents import Page, StatementKind

# A primary statement names itself within the first lines of its page.
TITLE_LINES = 12
# A page that lists this many statements is an index of them, not one of them.
INDEX_TITLES = 3

_INSTANT: dict[StatementKind, bool] = {
    "balance_sheet": True,
    "income": False,
    "cash_flow": False,
    "comprehensive_income": False,
}

_BEFORE = (
    r"(?:(?:unaudited|interim|condensed|consolidated|consolidating|combined|supplement(?:al|ary)"
    r"|parent|company|only|summari[sz]ed|annual|quarterly)\s+)*"
)
_WORD = (
    r"(?:\(?(?:net|other|total|consolidated|condensed|comprehensive|income|operations|earnings"
    r"|loss(?:es)?|profits?|cash|flows?|financial|position|condition|changes|in|and|or|of|the"
    r"|equity|deficits?|capital|investments?|retained|accumulated|redeemable|convertible"
    r"|preferred|temporary|mezzanine|stock|noncontrolling|non-controlling|interests?|parent"
    r"|stockholders?|shareholders?|shareowners?|members?|partners?|owners?)"
    r"['’]?s?['’]?\)?(?![\w]))"
)
_TITLE = re.compile(
    rf"{_BEFORE}(?:"
    rf"statements?\s+of(?:[\s,/&-]+{_WORD})+"
    r"|balance\s+sheets?(?![\w-])"
    r"|(?:income|earnings|operations|cash\s+flows?)\s+statements?(?!\w)"
    r")",
    re.IGNORECASE,
)
# What may follow a title on its own line: a date, a span, a scale, a mark of continuation.
_DATE_WORD = (
    r"(?:as|of|at|for|the|and|to|fiscal|years?|quarters?|months?|weeks?|periods?|ended|ending"
    r"|three|six|nine|twelve|thirteen|twenty-six|thirty-nine|fifty-two|fifty-three|through"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|unaudited|continued|cont[’']d"
    r"|in|dollars|u\.?s\.?|thousands|millions|billions|\d{1,2}|(?:19|20)\d\d)"
)
_TAIL = re.compile(rf"(?:\([^()]*\)|[\s,.;:|*—–-]|{_DATE_WORD}(?!\w))*", re.IGNORECASE)
_SUBSIDIARIES = re.compile(r"^.{2,80}\bsubsidiar(?:y|ies)(?:\s+companies)?\b[\s,:—–-]*", re.I)
_COMPANY_BEHIND = re.compile(r"^\s[A-Z].{2,60}\b[Ss]ubsidiar(?:y|ies)(?:\s+[Cc]ompanies)?")
# Without one of these words a title also heads parts of notes: it must stand at the very top.
_WHOLE_TITLE = re.compile(r"consolidat|condensed|combined", re.IGNORECASE)
BARE_TITLE_LINES = 4
_OPEN_END = re.compile(r"(?:\b(?:and|of|in|or)|['’,])$", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:[A-Za-z).]|(?:19|20)\d\d)\s+(?:F-)?\d{1,3}$")
# A link over a title can tear off a word's last letter: "Incom e", "Registrant’ s".
_TORN_LETTER = re.compile(r"(?:(?<=[A-Za-z]{3})|(?<=[a-z]['’])) ([b-z](?=[\s,]|$)|a$)")
# The words before a title that make it a thing spoken of: "recognized in the balance sheets".
_SPOKEN_OF = re.compile(
    r"\b(?:in|on|to|from|the|our|its|their|within|of|affecting|by|into|and|off)[\s-]*$",
    re.IGNORECASE,
)
_DETAIL = re.compile(
    r"^[\s,:—–-]*(?:line|location|caption|classification|component|detail|item|impact|effect|"
    r"presentation|account|exposure|reclassification)",
    re.IGNORECASE,
)
# Shares of sales, pro forma and adjusted figures are not those of the statement.
_NOT_AS_REPORTED = re.compile(
    r"\bper\s?cent|%|pro\s+forma|non-?gaap|\badjusted\b|\bebitda|reconcil|free\s+cash\s+flow"
)
_HEDGES = re.compile(r"\bhedg(?:e|es|ing)\b")

_TOPICS: tuple[tuple[StatementKind, re.Pattern[str]], ...] = (
    (
        "tax",
        re.compile(
            r"\bincome\s+tax(?:es)?\b|\beffective\s+(?:income\s+)?tax\s+rate|"
            r"\bdeferred\s+(?:income\s+)?tax|\bprovision\s+for\s+(?:income\s+)?taxes|"
            r"\bunrecognized\s+tax\s+benefit|\buncertain\s+tax\s+position"
        ),
    ),
    (
        "per_share",
        re.compile(r"\b(?:earnings|income|loss|profit)(?:\s+\(loss(?:es)?\))?\s+per\b.*\bshare"),
    ),
    (
        "segment",
        re.compile(r"\b(?:reportable|operating|business|reporting|by)\s+segments?\b|^segments?\b"),
    ),
    (
        "cash_flow",
        re.compile(
            r"\bsupplement(?:al|ary)\s+(?:disclosures?\s+of\s+)?cash\s+flows?\b|"
            r"^(?:summary\s+(?:of\s+)?)?(?:consolidated\s+)?cash\s+flows?"
            r"(?:\s+(?:data|information|summary|activity))?$"
        ),
    ),
)
# Topics that a note's title lends to all of its tables.
_NOTE_TOPICS = frozenset({"tax", "per_share", "segment"})


@dataclass(frozen=True, slots=True)
class _Marks:
    """Labels that betray a statement: patterns by name, and which of them make it certain."""

    kind: StatementKind
    patterns: dict[str, re.Pattern[str]]
    is_enough: Callable[[frozenset[str]], bool]

    def find(self, labels: str) -> frozenset[str]:
        """The names of the patterns that some label meets; labels are parted by line breaks."""
        return frozenset(name for name, each in self.patterns.items() if each.search(labels))


def _compile(**patterns: str) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern, re.MULTILINE) for name, pattern in patterns.items()}


_OWNERS = r"(?:(?:stock|share)(?:holders|owners)|members|partners|owners)'?"
_BALANCE_SHEET = _Marks(
    "balance_sheet",
    _compile(
        current_assets=r"^total current assets$",
        assets=r"^total assets$",
        current_liabilities=r"^total current liabilities$",
        liabilities=r"^total liabilities$",
        equity=rf"^total (?:{_OWNERS} )?(?:equity|deficit)\b|^total {_OWNERS} ",
        all=rf"^total liabilities,?(?: .*)?(?: and| &) .*(?:equity|deficit|capital|{_OWNERS})",
    ),
    lambda met: len(met) >= 3 or ("all" in met and len(met) >= 2),
)
_CASH_FLOW = _Marks(
    "cash_flow",
    _compile(
        operating=r"\bcash\b.*\boperating activities",
        investing=r"\bcash\b.*\binvesting activities",
        financing=r"\bcash\b.*\bfinancing activities",
        change=r"^(?:net )?(?:\(?(?:increase|decrease|change)\)?[ /]?(?:or |and |\(decrease\) )?)+"
        r"in cash",
        beginning=r"^cash\b.*\bbeginning of",
        end=r"^cash\b.*\bend of",
    ),
    lambda met: len(met & {"operating", "investing", "financing"}) >= 2 or len(met) >= 4,
)
_INCOME = _Marks(
    "income",
    _compile(
        revenue=r"^(?:total )?(?:net )?(?:operating )?(?:sales|revenues?)(?:,? net)?$",
        cost=r"^(?:total )?costs? of (?:sales|goods|revenues?|products?|services)",
        gross=r"^gross (?:profit|margin)$",
        operating=r"^(?:total )?(?:operating (?:income|loss|profit|earnings)"
        r"|(?:income|loss|earnings|profit)(?: \(loss\))? from operations)",
        pretax=r"^(?:income|loss|earnings|profit)\b.*\bbefore\b.*\b(?:tax|provision|equity)",
        tax=r"^(?:provision|benefit|\(?provision\)?).* for (?:income )?tax|^income tax",
        net=r"^(?:consolidated )?net (?:income|earnings|loss|profit)",
    ),
    lambda met: "net" in met and bool(met & {"pretax", "tax", "operating"}) and len(met) >= 4,
)
_COMPREHENSIVE = _Marks(
    "comprehensive_income",
    _compile(
        net=r"^(?:consolidated )?net (?:income|earnings|loss|profit)",
        other=r"^(?:total )?other comprehensive (?:income|loss|earnings)",
        whole=r"^(?:total |consolidated )?comprehensive (?:income|loss|earnings)",
    ),
    lambda met: len(met) == 3,
)
_EQUITY = _Marks(
    "equity",
    _compile(
        balance=r"^(?:beginning |ending |opening |closing )?balances?\b",
        net=r"^(?:consolidated )?net (?:income|earnings|loss|profit)",
        dividends=r"\bdividends?\b",
        stock=r"\b(?:repurchase|issuance|stock-based|share-based|treasury)\b",
    ),
    lambda met: len(met) == 4,
)
_TAX = _Marks(
    "tax",
    _compile(
        statutory=r"\bstatutory\b.*\brate\b",
        effective=r"^effective (?:income )?tax rate",
        deferred_assets=r"\bdeferred (?:income )?tax assets",
        deferred_liabilities=r"\bdeferred (?:income )?tax liabilities",
        allowance=r"\bvaluation allowance",
    ),
    lambda met: (
        {"statutory", "effective"} <= met
        or {"deferred_assets", "deferred_liabilities", "allowance"} <= met
    ),
)
_PER_SHARE = _Marks(
    "per_share",
    _compile(
        shares=r"\bweighted[- ]average\b",
        dilution=r"\bdiluti(?:ve|on)\b",
        result=r"\bper\b.*\bshare\b|^net (?:income|earnings|loss)",
    ),
    lambda met: len(met) == 3,
)


def classify_statement(
    caption: str, labels: Sequence[str], section: str = ""
) -> StatementKind | None:
    """Return which statement a table is; None where neither title nor rows make it clear.

    `caption` is the title above the table, `labels` its rows' labels from top to bottom and
    `section` the path of the section that it stands in, joined by " > ".
    """
    title = _normalise(caption)
    as_reported = not (_NOT_AS_REPORTED.search(title) or _HEDGES.search(title))
    named = _find_titled(mend_letters(title)) if as_reported else None
    if named is not None:
        return named
    topic = _find_topic(title)
    if topic is not None:
        return topic
    normal = "\n".join(filter(None, map(_normalise_label, labels)))
    from_rows = _classify_rows(normal) if as_reported else None
    return from_rows or _classify_by_section(section, normal, as_reported)


def is_instant(kind: StatementKind | None) -> bool | None:
    """Whether a statement speaks of days (True) or of spans (False); None where of either."""
    return None if kind is None else _INSTANT.get(kind)


def read_page_title(page: Page) -> str:
    """Return the title of the primary statement at the top of a page ("" where there is none).

    The title may run over two lines and may follow the company's name; dates and "(unaudited)"
    are left out.
    """
    texts = [line.text for line in page.lines[:TITLE_LINES]]
    titles: list[str] = []
    skip = False
    for index, text in enumerate(texts):
        if skip:
            skip = False
            continue
        title, lines = match_statement_title(text, texts[index + 1] if texts[index + 1 :] else "")
        skip = lines == 2
        if index >= BARE_TITLE_LINES and not _WHOLE_TITLE.search(title):
            continue
        if title and title.lower() not in {known.lower() for known in titles}:
            titles.append(title)
    return titles[0] if titles and len(titles) < INDEX_TITLES else ""


def match_statement_title(text: str, below: str = "") -> tuple[str, int]:
    """Return the statement's title that a line is, and over how many lines it runs.

    ("", 0) for a line that is none: a cross reference, prose, or a contents entry with its page
    number. The company's name may stand before the title, a date or a scale behind it.
    """
    whole = f"{text} {below}".strip()
    if below and _OPEN_END.search(text.strip()) and _match_line(whole):
        return _match_line(whole), 2
    title = _match_line(text)
    return (title, 1) if title else ("", 0)


def find_statement_kind(title: str) -> StatementKind | None:
    """Return the kind that a statement's own title names ("Statements of Cash Flows")."""
    return _find_titled(_normalise(title))


def mend_letters(text: str) -> str:
    """Return a title with the letters that were torn off its words put back ("Incom e")."""
    return _TORN_LETTER.sub(r"\1", text)


def _match_line(text: str) -> str:
    """The title that the whole of a line is, or ""."""
    stripped = mend_letters(text.strip(" |*#_"))
    company = None if _TITLE.match(stripped) else _SUBSIDIARIES.match(stripped)
    start = company.end() if company else 0
    match = _TITLE.match(stripped, start)
    if match is None or not stripped[start].isupper() or _PAGE_NUMBER.search(stripped):
        return ""
    title = match.group().strip()
    tail = _COMPANY_BEHIND.sub("", stripped[match.end() :])
    if _OPEN_END.search(title) or not _TAIL.fullmatch(tail) or not _is_titled(title):
        return ""
    return title


def _is_titled(title: str) -> bool:
    """Whether a title is set as one: capitals, or only its small words without."""
    return all(
        word[0].isupper() or word in {"of", "and", "in", "or", "the"}
        for word in re.findall(r"[A-Za-z][\w'’-]*", title)
    ) or title.lower().startswith(("consolidated", "condensed"))


def _normalise(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("’", "'")).strip().lower()


def _normalise_label(text: str) -> str:
    """A label in lower case without footnote marks, a closing colon or its leaders."""
    return re.sub(r"(?:\(\w{1,2}\)|[\s.:*])+$", "", _normalise(text))


def _find_titled(title: str) -> StatementKind | None:
    """Return the kind of the first statement's title within a caption."""
    for match in _TITLE.finditer(title):
        before, after = title[: match.start()], title[match.end() :]
        if _SPOKEN_OF.search(before) or _DETAIL.match(after):
            continue
        return _name_kind(match.group())
    return None


def _name_kind(title: str) -> StatementKind:
    """The kind of a title in lower case; one of two statements in one is the first's."""
    if re.search(r"cash\s+flow", title):
        return "cash_flow"
    if re.search(r"balance\s+sheet|financial\s+(?:position|condition)", title):
        return "balance_sheet"
    first = re.search(
        r"comprehensive|operations|retained\s+earnings|income|earnings|loss|profit|equity|deficit"
        r"|capital|investment",
        title,
    )
    word = first.group() if first else ""
    if word == "comprehensive":
        return "comprehensive_income"
    return "income" if word in {"operations", "income", "earnings", "loss", "profit"} else "equity"


def _find_topic(title: str) -> StatementKind | None:
    return next((kind for kind, pattern in _TOPICS if pattern.search(title)), None)


def _classify_rows(labels: str) -> StatementKind | None:
    """Return the one kind whose marks the rows meet; None for none and for a mixture."""
    if _NOT_AS_REPORTED.search(labels):
        # Net cash from operations is reported even where free cash flow is reckoned from it.
        return _find_marked(labels, (_CASH_FLOW, _TAX))
    primary = [
        marks.kind
        for marks in (_BALANCE_SHEET, _CASH_FLOW, _INCOME)
        if marks.is_enough(marks.find(labels))
    ]
    if primary:
        return primary[0] if len(primary) == 1 and not _is_mixed(labels) else None
    return _find_marked(labels, (_COMPREHENSIVE, _EQUITY, _TAX, _PER_SHARE))


def _find_marked(labels: str, kinds: Sequence[_Marks]) -> StatementKind | None:
    return next((each.kind for each in kinds if each.is_enough(each.find(labels))), None)


def _is_mixed(labels: str) -> bool:
    """Whether rows of several statements stand together, as in selected financial figures."""
    sheet, income = _BALANCE_SHEET.find(labels), _INCOME.find(labels)
    flows = _CASH_FLOW.find(labels) & {"operating", "investing", "financing"}
    return bool(sheet and income & {"revenue", "gross"}) or bool(
        flows and (sheet & {"assets", "liabilities"} or income & {"revenue", "gross"})
    )


def _classify_by_section(section: str, labels: str, as_reported: bool) -> StatementKind | None:
    """Return what the innermost section says, where the rows do not speak against it."""
    innermost = _normalise(section.rsplit(" > ", 1)[-1])
    topic = _find_topic(innermost)
    if topic in _NOTE_TOPICS:
        return topic
    if not as_reported or not match_statement_title(section.rsplit(" > ", 1)[-1])[0]:
        return None
    kind = _find_titled(innermost)
    own = next((marks for marks in _PRIMARY if marks.kind == kind), None)
    return kind if own and len(own.find(labels)) >= 2 else None


_PRIMARY = (_BALANCE_SHEET, _CASH_FLOW, _INCOME, _COMPREHENSIVE, _EQUITY)
