"""The unit and the scale of a table's cells: money, shares, money a share, percent.

A sign in the cell decides; then its row's label, its column's nearest head, and what the title
declares ("In millions, except number of shares, which are reflected in thousands"). Knows
nothing of periods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from ingestion.documents import Table, TableRow
from ingestion.facts.column_heads import (
    ColumnHead,
    is_note,
    is_unit_note,
    read_corner,
    strip_period,
)
from ingestion.figures import Figure, parse_scale

_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY"})
_UNSCALED = frozenset({"percent", "percentage points", "ratio", "basis points", "days", "years"})
_TIMES_HEAD = re.compile(r"\b(?:conversion|exchange)\s+(?:rate|ratio)\b", re.IGNORECASE)
# No company has a trillion shares: such a count is printed in full, whatever the title says.
_MOST_SHARES = 10**12
_SHARES_IN = re.compile(
    r"\bshares,?\s+(?:which\s+are\s+)?(?:reflected|stated|shown)\s+in\s+"
    r"(?P<scale>thousands|millions)",
    re.IGNORECASE,
)
_MONEY_AND_SHARES = re.compile(
    r"(?:[$€£]|\bdollars|\bamounts|\bdata)\s*(?:,|and|&)\s*(?:and\s+)?(?:number\s+of\s+)?shares\b"
    r"|\bshares\s+and\s+(?:[$€£]|dollars\b|amounts\b)",
    re.IGNORECASE,
)
_NUMERATOR = re.compile(r"\bnumerator\b", re.IGNORECASE)
# What a label tells in figures is no unit of its row: "Common stock, $0.01 par value".
_TOLD_IN_FIGURES = re.compile(
    r"\([^()]*[$€£\d][^()]*\)|[$€£]\s?[\d.,]+\s*(?:par\s+value\s*)?(?:per\s+share)?|"
    r"\bpar\s+value(?:\s+of)?\s+[$€£]\s?[\d.,]+(?:\s+per\s+share)?|"
    r"\b\d[\d,.]*\s*(?:million|billion)?\s+(?:\w+\s+)?shares\s+(?:authorized|issued|outstanding)"
    r"(?:\s+and\s+outstanding)?|\d[\d.,]*\s*%",
    re.IGNORECASE,
)
_PERCENT_WORDS = re.compile(
    r"%|\bpercent(?:age)?s?\b|\b(?:tax|interest|discount|growth)\s+rates?\b|\bmargin\b",
    re.IGNORECASE,
)
_PER_SHARE = re.compile(
    r"\bper\s+(?:\w+\s+){0,3}(?:share|unit|ads)s?\b|\bEPS\b|\b(?:earnings|loss|income)\s+a\s+share\b",
    re.IGNORECASE,
)
_SHARES = re.compile(
    r"\b(?:shares|common stock equivalents)\b(?!['’])|\bweighted[\s-]average\b.*\boutstanding\b",
    re.IGNORECASE,
)
# "Issuance of common shares" is money in most tables; a count only where the row counts them.
_SHARE_MONEY = re.compile(
    r"\b(?:issu\w+|repurchas\w+|purchases?|proceeds|payments?|cost|value|equity|dividends?|"
    r"acquisition|cancell\w+|sale|income|earnings|attributable|tax\w*)\b",
    re.IGNORECASE,
)
_SHARES_BARE = re.compile(r"\bexcept\b[^.]*\b(?:number\s+of\s+shares|shares\s+(?:and|data))", re.I)
_PRICE = re.compile(
    r"\b(?:exercise|grant|strike|share|market|purchase)[\s-]*(?:date\s+)?(?:price|fair\s+value)s?\b"
    r"(?!\s+(?:adjust|alloc))"
    r"|\baverage\s+(?:price|fair\s+value)\b|\bfair\s+value\s+per\b|\bprice\s+per\b",
    re.IGNORECASE,
)
_SHARE_HEAD = re.compile(
    r"\bshares\b(?!['’])|\b(?:options|units|awards|rsus?|psus?)\b|\bnumber\s+of\b", re.IGNORECASE
)
_VALUE_HEAD = re.compile(r"\bvalues?\b|\bprice\b|\bamounts?\b|\bterm\b|\blife\b|\bcost\b", re.I)
_SHARE_COUNT = re.compile(
    r"\bshares\b.*\b(?:used|comput\w+|outstanding|diluted|basic|issued and)\b"
    r"|\bweighted[\s-]*average\b.*\bshares\b|\bnumber\s+of\b.*\b(?:shares|units|options|awards)\b",
    re.IGNORECASE,
)
_USED_FOR = re.compile(r"\b(?:used\s+(?:in|to|for)|numerator|attributable|available)\b", re.I)
# "Net income available to shareholders for diluted earnings per share" is no amount a share.
_USED_IN = re.compile(r"\b(?:used|for|numerator|comput\w+|calculat\w+)\b", re.IGNORECASE)
_TOTAL_OF_SHARES = re.compile(
    r"^(?:consolidated\s+)?(?:net\s+)?(?:income|earnings|loss|sales|revenues?)\b(?!.*\bper\b)"
    r"|\b(?:attributable|available|allocated)\b(?!.*\bper\b)",
    re.IGNORECASE,
)
_SCALE_WORD = re.compile(r"\b(?:thousands|millions|billions)\b", re.IGNORECASE)
_SCALED_THING = re.compile(
    r"(?P<thing>[A-Za-z][A-Za-z' -]{2,40}?)\s+in\s+(?P<scale>thousands|millions|billions)\b", re.I
)
_LIGHT_WORDS = frozenset("and the of in except dollars amounts are shares which".split())
_BARE_PERCENT = re.compile(r"(?<!\d)(?<!\d\s)%")


def find_signs(table: Table, width: int) -> list[list[str | None]]:
    """For each cell the unit sign that holds there: its own, or one printed above in its column.

    Statements print "$" and "%" on the first row of a block and on its total only.
    """
    signs: list[list[str | None]] = [[None] * width for _ in table.rows]
    for index in range(width):
        held: str | None = None
        decimals = -1
        for number, row in enumerate(table.rows):
            text = row.cells[index].text if index < len(row.cells) else ""
            own = "percent" if "%" in text else "money" if re.search(r"[$€£¥]", text) else None
            if own:
                held, decimals = own, _count_decimals(text)
                signs[number][index] = own
            elif text and held == "percent":
                fits = "," not in text and _count_decimals(text) in (decimals, -1)
                signs[number][index] = "percent" if fits and not _own_unit(row) else None
    return signs


def _own_unit(row: TableRow) -> bool:
    """Whether another cell of the row shows money."""
    return any(sign in text for text in row.texts for sign in "$€£¥")


def _count_decimals(text: str) -> int:
    """Digits behind the point; -1 for a text without digits."""
    if not any(character.isdigit() for character in text):
        return -1
    match = re.search(r"\.(\d+)", text)
    return len(match.group(1)) if match else 0


def find_unit(
    figure: Figure, table: Table, row: TableRow, column: ColumnHead, sign: str | None
) -> str | None:
    """The unit that the cell's sign, its row or its column's nearest head give; else money."""
    if figure.unit and figure.unit not in _CURRENCIES:
        return figure.unit
    money = figure.unit or table.unit
    if figure.unit is None and _TIMES_HEAD.search(column.head):
        return "ratio"
    if figure.unit is None and (sign == "percent" or _says_percent(row, column, table)):
        return "percent"
    label = _TOLD_IN_FIGURES.sub(" ", " ".join((row.label, *row.parents)))
    counted = figure.unit is None and sign != "money"
    if counted and _counts_shares(row, column, table):
        return "shares"
    if _is_per_share(row, label, column, table):
        return f"{money or 'USD'}/share"
    return money


def _nearest_head(column: ColumnHead) -> str:
    """The lowest head that says what is counted: "Shares" under "Basic earnings per share"."""
    return next((text for text in column.stated if strip_period(text)), column.head)


def _is_per_share(row: TableRow, label: str, column: ColumnHead, table: Table) -> bool:
    """Whether an amount is one a share: where heads say so of a column, the heads decide."""
    head = _nearest_head(column)
    if _PER_SHARE.search(head) or _PRICE.search(head):
        return True
    if _PRICE.search(row.label) and "total" not in row.label.lower():
        return True
    if _heads_tell_share(table.header):
        return False
    told = _TOLD_IN_FIGURES.sub(" ", row.label)
    named = _PER_SHARE.search(told)
    if named:
        return _USED_IN.search(told[: named.start()]) is None
    if _USED_FOR.search(row.label) or any(_NUMERATOR.search(text) for text in row.parents[-1:]):
        return False
    # Under "Earnings per share:" stand "Basic" and "Diluted"; "Net income" there is their sum.
    return bool(_PER_SHARE.search(label)) and not _TOTAL_OF_SHARES.search(row.label)


@lru_cache(maxsize=1024)
def _heads_tell_share(header: tuple[tuple[str, ...], ...]) -> bool:
    """Whether any head of a table is of amounts a share."""
    heads = (text for line in header for text in line[1:] if not is_unit_note(text))
    return any(_PER_SHARE.search(text) for text in heads)


def _says_percent(row: TableRow, column: ColumnHead, table: Table) -> bool:
    head = _nearest_head(column)
    if "%" in head or re.search(r"\bpercent(?:age)?\b", head, re.I):
        return True
    if _BARE_PERCENT.search(row.label):
        return True
    if _PERCENT_WORDS.search(_TOLD_IN_FIGURES.sub(" ", row.label)):
        return any("%" in text for text in row.texts)
    return re.search(r"\(percent\b|\bpercent of\b", " ".join(read_corner(table)), re.I) is not None


def _counts_shares(row: TableRow, column: ColumnHead, table: Table) -> bool:
    """Whether a number counts shares: its column's head says so, or its row."""
    head = _nearest_head(column)
    if _SHARE_HEAD.search(head) and not _PRICE.search(head) and not _VALUE_HEAD.search(head):
        return True
    if _PRICE.search(row.label):
        return False
    told = _TOLD_IN_FIGURES.sub(" ", row.label)
    if _SHARE_COUNT.search(told):
        return True
    if any(_SHARE_COUNT.search(parent) for parent in row.parents):
        return not _TOTAL_OF_SHARES.search(row.label)
    if _SHARES.search(told) and not _PER_SHARE.search(told):
        return not _SHARE_MONEY.search(told) or "outstanding" in told.lower()
    return False


def find_scale(
    figure: Figure,
    table: Table,
    column: ColumnHead,
    unit: str | None,
    scales: Mapping[str, int],
) -> int:
    """The nearest scale that holds for the unit: the figure's, its column's, the table's.

    `scales` are those that the table's title declares for money or for shares alone.
    """
    if figure.scale != 1:
        return figure.scale
    if unit is not None and (unit.endswith("/share") or unit in _UNSCALED):
        return 1
    if column.scale is not None:
        return column.scale
    spoken = _find_spoken_scale(table, column)
    if spoken is not None:
        return spoken
    if unit == "shares":
        scale = _find_share_scale(table, scales)
        return scale if abs(figure.value) * scale <= _MOST_SHARES else 1
    is_apart = "shares" in scales and "money" not in scales and unit is not None
    if is_apart and not _MONEY_AND_SHARES.search(_title_of(table)):
        declared = {parse_scale(word) or 1 for word in _SCALE_WORD.findall(_title_of(table))}
        return next(iter(sorted(declared - {scales["shares"]}, reverse=True)), 1)
    return table.scale or 1


def _find_share_scale(table: Table, scales: Mapping[str, int]) -> int:
    told = _SHARES_IN.search(_title_of(table))
    if told:
        return parse_scale(told["scale"]) or 1
    bare = _SHARES_BARE.search(table.caption) or _is_scaled_elsewhere(table)
    return scales.get("shares") or (1 if bare else table.scale or 1)


def _is_scaled_elsewhere(table: Table) -> bool:
    """Whether heads of some columns alone tell the scale: "Aggregate value (in millions)"."""
    rows = [head[1:] for head in table.header if not is_note(head[1:])]
    told = any(parse_scale(text) for head in rows for text in head)
    return told and parse_scale(_title_of(table)) is None


def _title_of(table: Table) -> str:
    return " ".join((table.caption, *read_corner(table)))


def _find_spoken_scale(table: Table, column: ColumnHead) -> int | None:
    """The scale declared for what a column's head names: "aggregate value in millions"."""
    things = _read_scaled_things(_title_of(table))
    if not things:
        return None
    head = set(_nearest_head(column).lower().split())
    return next((scale for words, scale in things if words <= head), None)


@lru_cache(maxsize=1024)
def _read_scaled_things(title: str) -> tuple[tuple[frozenset[str], int | None], ...]:
    """What a title declares scales for, as words: ({"aggregate", "value"}, 1_000_000)."""
    found = (
        (frozenset(match["thing"].lower().split()) - _LIGHT_WORDS, parse_scale(match["scale"]))
        for match in _SCALED_THING.finditer(title)
    )
    return tuple((words, scale) for words, scale in found if words)
