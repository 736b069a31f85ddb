"""Whether an amount is one of a span of time or of a day, told by what it is called.

"2024" over "Sales" is a year, over "Inventories" the year's last day. Statements say it of all
their rows; tables of notes do not, and are judged by their title, their years and their rows.
Knows words only; None where they do not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingestion.documents import StatementKind, Table
from ingestion.filings.lexicon import load_lexicon
from ingestion.filings.statements import is_instant

_FLOW = re.compile(
    r"\b(?:expenses?|income|earnings|costs?|sales|revenues?|provisions?|gains?|loss(?:es)?|charges?|"
    r"compensation|payments?|paid|purchases?|proceeds|contributions?|amortization|depreciation|"
    r"benefits? paid|dividends?|additions?|issued|granted|exercised|vested|forfeited|repurchased|"
    r"(?:net )?cash (?:provided|used)|interest|fees?|settlements?|reductions?|increases?|"
    r"decreases?|change in|acquired|translation|volatility|yield|tax rate|margin|recognized|"
    r"service cost|return on|write-?offs?|impairments?|ebitda\w*|profit|volume|growth|at statutory|"
    r"current year|prior years?|federal|foreign|state|domestic|deferred)\b",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"\b(?:assets?|liabilit\w+|payables?|receivables?|inventor\w+|balances?|outstanding|accrued|"
    r"reserves?|allowances?|goodwill|equity|debt|notes?|deposits?|investments?|securities|"
    r"cash equivalents|property|equipment|land|buildings?|machinery|accumulated|nonvested|unvested|"
    r"exercisable|fair value|carrying|benefit obligations?|funded status|plan assets|"
    r"tax benefits?|borrowings?|leasehold|backlog|employees|stores|restricted cash|prepaids?|"
    r"deferred revenue|carryforwards?|unrecognized|remaining|authorized|level [123])\b",
    re.IGNORECASE,
)
_FLOW_TITLE = re.compile(
    r"\b(?:years?|months|weeks|quarters?|periods?)\s+(?:then\s+)?end(?:ed|ing)\b|\bduring\b|"
    r"\bfor\s+(?:the\s+)?(?:fiscal|years?|each)\b|"
    r"\bdate\s+of\s+grant\b|\bassumptions\b|\bresults\b|\bexpenses?\b|\bincome\b(?!\s+tax\w*\s+(?:assets|payable))",
    re.IGNORECASE,
)
_STOCK_TITLE = re.compile(
    r"\bas\s+of\b|\bat\s+(?:the\s+end|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|year[\s-]end)\b|\bbalances?\b|\bconsist(?:s|ed)?\s+of\b|"
    r"\boutstanding\b|\bfair\s+values?\b|\bcarrying\b|\bassets\b|\bliabilities\b|\bproperty\b",
    re.IGNORECASE,
)
_SPAN_HEAD = re.compile(r"\b(?:years?|months?|weeks?|quarters?|periods?)\s+end(?:ed|ing)\b", re.I)
_ROLL_TITLE = re.compile(
    r"\broll-?\s?forward\b|\bactivity\b|\bchanges\s+in\b|\breconcil\w+\b", re.IGNORECASE
)
_DAY_HEAD = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"\s+\d{1,2}\b|\bas\s+of\b",
    re.IGNORECASE,
)
_DAY_TITLE = re.compile(
    r"\b(?:as\s+of|at)\s+(?:january|february|march|april|may|june|july|august|september|october|"
    r"november|december|(?:fiscal\s+)?year[\s-]end)\b",
    re.IGNORECASE,
)
# "Net sales for 2024 and 2023 and long-lived assets as of September 28, 2024".
_MIXED_TITLE = re.compile(
    r"\b(?:for|during)\s+(?:fiscal\s+)?(?:19|20)\d\d|\bsales\b|\brevenues?\b", re.IGNORECASE
)
_DURING = re.compile(r"\b(?:during|arising\s+in)\s+(?:the\s+)?(?:year|period)\b", re.IGNORECASE)
_AT_DAY = re.compile(
    r"\b(?:exercisable|vest|vested|outstanding)\b.*\b(?:as\s+of|at)\s+[a-z]{3,9}\s+\d",
    re.IGNORECASE,
)
_BOTH_TIMES = re.compile(r"\bas\s+of\s+and\s+for\b|\bat\s+and\s+for\b", re.IGNORECASE)
_TO_COME = re.compile(
    r"\b(?:future|estimated|expected|scheduled|maturit\w+|succeeding|next\s+five)\b", re.IGNORECASE
)
_FISCAL_HEAD = re.compile(r"\bfiscal\b", re.IGNORECASE)
_ALWAYS_STOCK = re.compile(
    r"\s*(?:(?:total|gross|net)\s+)?(?:(?:ending|closing|beginning|opening)\s+)?(?:shares\s+)?"
    r"(?:(?:outstanding|nonvested|unvested|non-vested|balances?)\b(?!\s+shares\s+repurchased)"
    r"|(?:vested|exercisable|expected to vest)\b.*\b(?:exercisable|expected|vest|at|as of)\b"
    r"|exercisable\b|expected to vest\b)",
    re.IGNORECASE,
)
# Sub-headings under which all rows are balances, whatever they are called.
_BALANCES = re.compile(
    r"\brecogni[sz]ed\s+(?:in|on)\s+(?:the\s+)?(?:consolidated\s+)?balance\s+sheets?\b"
    r"|\brecogni[sz]ed\s+in\s+accumulated\s+other\b"
    r"|^(?:total\s+|net\s+)?deferred\s+(?:income\s+)?tax\s+(?:assets?|liabilit\w+)",
    re.IGNORECASE,
)
# Below a cash flow statement: what the balance sheet's cash consists of.
_CASH_HELD = re.compile(
    r"(?:less:?\s*)?(?:cash\s+(?:and|&)\s+cash\s+equivalents|restricted\s+cash\b"
    r"(?!.*\b(?:change|increase|acquired)).*|total\s+cash,?\s+cash\s+equivalents,?\s+.*"
    r"restricted\s+cash(?!.*\bchange).*)",
    re.IGNORECASE,
)
# Income statements and cash flows show three years, balance sheets two.
_YEARS_OF_FLOWS = 3
# How much more of one kind the rows must show before they decide.
_CLEAR = 1.5


@dataclass(frozen=True, slots=True)
class Telling:
    """What a table as a whole says: `instant` as in `tell_instant`, and whether it is sure."""

    instant: bool | None
    is_sure: bool


def tell_table(table: Table, heads: Sequence[str], years: Iterable[int]) -> Telling:
    """Return whether a table's amounts are those of a day, from its statement, heads and title.

    `heads` are its columns' heads, `years` those that they name.
    """
    known = is_instant(table.statement) if table.statement else None
    if known is not None:
        return Telling(known, True)
    if table.statement == "equity":  # its balances tell themselves
        return Telling(False, False)
    corner = " ".join(head[0] for head in table.header if head and head[0])
    title = f"{table.caption} {corner}"
    told = _tell_time(table.caption, corner, heads, len(set(years)))
    if told is not None:
        return told
    if _ROLL_TITLE.search(title):
        return Telling(False, True)
    says_flow, says_stock = bool(_FLOW_TITLE.search(title)), bool(_STOCK_TITLE.search(title))
    if says_flow != says_stock:
        return Telling(says_stock, says_flow)
    if any(_DAY_HEAD.search(text) for text in heads):
        return Telling(True, False)
    return Telling(_vote(table, heads, years), False)


def _tell_time(caption: str, corner: str, heads: Sequence[str], years: int) -> Telling | None:
    """What words of time tell: spans in the heads first, then days in the heads or the title."""
    if _BOTH_TIMES.search(f"{corner} {caption}"):
        return Telling(None, False)
    if any(_SPAN_HEAD.search(text) for text in (*heads, corner)):
        return Telling(False, True)
    spans = _SPAN_HEAD.search(caption) is not None
    if not spans and not _TO_COME.search(caption) and _DAY_TITLE.search(caption):
        return Telling(True, _MIXED_TITLE.search(caption) is None)
    days = any(_DAY_HEAD.search(text) for text in (*heads, corner))
    if not days or spans or _FLOW_TITLE.search(caption):
        return Telling(True, True) if _DAY_TITLE.search(corner) else None
    return Telling(True, bool(corner) and years < _YEARS_OF_FLOWS)


def _vote(table: Table, heads: Sequence[str], years: Iterable[int]) -> bool | None:
    labels = [row.label for row in table.rows if any(row.texts)]
    flows = sum(tell_label(label, table.statement) is False for label in labels)
    stocks = sum(tell_label(label, table.statement) is True for label in labels)
    flows += 2 * (len(set(years)) >= _YEARS_OF_FLOWS)
    flows += 2 * any(_FISCAL_HEAD.search(text) for text in heads)
    if flows > _CLEAR * stocks:
        return False
    return True if stocks > _CLEAR * flows else None


def tell_row(label: str, parents: Sequence[str], table: Table, whole: Telling) -> bool | None:
    """Return whether one row's amounts are those of a day; `whole` is what its table says."""
    if _is_held(label) or any(_BALANCES.search(parent) for parent in parents):
        return True
    if _DURING.search(label):
        return False
    if whole.is_sure:
        return whole.instant
    own = tell_label(label, table.statement)
    under = tell_label(parents[-1], table.statement) if parents else None
    if under is not None and own is not under:
        own = own if _is_named(label, table) else under
    names = (label, *parents[-1:])
    decides = whole.instant is None or any(_is_named(name, table) for name in names)
    return own if own is not None and decides else whole.instant


def _is_held(label: str) -> bool:
    """Whether a label is that of a balance in any table: "Exercisable at December 31, 2018"."""
    return bool(_ALWAYS_STOCK.match(label) or _CASH_HELD.fullmatch(label) or _AT_DAY.search(label))


def _is_named(label: str, table: Table) -> bool:
    """Whether the lexicon knows the line item, so that its word counts more than the table's."""
    return load_lexicon().match(label, table.statement) is not None


@lru_cache(maxsize=65536)
def tell_label(label: str, statement: StatementKind | None = None) -> bool | None:
    """Return whether a line item is an amount of a day; None where its name does not tell."""
    concept = load_lexicon().match(label, statement)
    if concept is not None:
        return concept.instant
    if _BALANCES.search(label):
        return True
    flow, stock = _FLOW.search(label), _STOCK.search(label)
    if bool(flow) == bool(stock):
        return None
    return stock is not None
