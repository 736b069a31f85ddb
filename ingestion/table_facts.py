"""Typed facts from tables: each figure of a cell with its line item, period, unit and scale.

Reads `Table`s, whatever file they came from. A cell's own text is nearest: then its row, the
heads of its column, the sub-headings above it and the table's title. What none of them says
stays None. Knows nothing of geometry; boxes and cell addresses are handed on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from ingestion.documents import (
    Fact,
    FilingFacts,
    Page,
    StatementKind,
    Table,
    TableRow,
    build_fact_id,
)
from ingestion.figures import Figure, parse_figure, parse_scale
from ingestion.flows import tell_row, tell_table
from ingestion.grids import read_scales
from ingestion.lexicon import Lexicon, load_lexicon
from ingestion.periods import Calendar, Period, find_period

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
_CHANGE = re.compile(
    r"\b(?:change|increase|decrease|variance|growth|vs\.?|versus)\b", re.IGNORECASE
)
_SHARE_OF = re.compile(r"%\s*of\b|\bpercent(?:age)?\s+of\b|\bas\s+a\s+%", re.IGNORECASE)
_NOTE = re.compile(
    r"\s*\(?\s*(?:(?:u\.?s\.?\s*)?(?:dollars?|amounts?|shares)?(?:\s+and\s+\w+)?\s*(?:are\s+)?in\s+"
    r"(?:thousands|millions|billions)|[$€£]\s*(?:in\s+)?(?:thousands?|millions?|billions?)|"
    r"(?:thousands|millions|billions)|unaudited)\b[^|]*$",
    re.IGNORECASE,
)
_SHARES_BARE = re.compile(r"\bexcept\b[^.]*\b(?:number\s+of\s+shares|shares\s+(?:and|data))", re.I)
_PRICE = re.compile(
    r"\b(?:exercise|grant|strike|share|market|purchase)[\s-]*(?:date\s+)?(?:price|fair\s+value)s?\b"
    r"|\baverage\s+(?:price|fair\s+value)\b|\bfair\s+value\s+per\b|\bprice\s+per\b",
    re.IGNORECASE,
)
_SHARE_HEAD = re.compile(
    r"\bshares\b(?!['’])|\b(?:options|units|awards|rsus?|psus?)\b|\bnumber\s+of\b", re.IGNORECASE
)
_VALUE_HEAD = re.compile(r"\bvalues?\b|\bprice\b|\bamounts?\b|\bterm\b|\blife\b|\bcost\b", re.I)
_SHARE_COUNT = re.compile(
    r"\bshares\b.*\b(?:used|comput\w+|outstanding|diluted|basic|issued and)\b"
    r"|\bweighted[\s-]*average\b.*\bshares\b|\bnumber\s+of\b.*\bshares\b",
    re.IGNORECASE,
)
_USED_FOR = re.compile(r"\b(?:used\s+(?:in|to|for)|numerator|attributable|available)\b", re.I)
_TOTAL_OF_SHARES = re.compile(
    r"^(?:consolidated\s+)?(?:net\s+)?(?:income|earnings|loss|sales|revenues?)\b(?!.*\bper\b)"
    r"|\b(?:attributable|available|allocated)\b(?!.*\bper\b)",
    re.IGNORECASE,
)
_BRACKETED_AMOUNT = re.compile(r"\([^()]*[$€£\d][^()]*\)")
_SCALE_WORD = re.compile(r"\b(?:thousands|millions|billions)\b", re.IGNORECASE)
_SCALED_THING = re.compile(
    r"(?P<thing>[A-Za-z][A-Za-z' -]{2,40}?)\s+in\s+(?P<scale>thousands|millions|billions)\b", re.I
)
_LIGHT_WORDS = frozenset("and the of in except dollars amounts are shares which".split())
_BARE_PERCENT = re.compile(r"(?<!\d)(?<!\d\s)%")
_HALF_YEAR = timedelta(days=182)
_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY"})
# The words of a head that say when, not what.
_WHEN = re.compile(
    r"\b(?:(?:for\s+the\s+|as\s+of\s+|as\s+at\s+|at\s+)?"
    r"(?:(?:three|six|nine|twelve|thirteen|fourteen|twenty-six|thirty-nine|fifty-two|fifty-three|"
    r"\d{1,2})\s+(?:months?|weeks?)|(?:fiscal\s+)?(?:years?|quarters?)|first|second|third|fourth|"
    r"fiscal|year[\s-]to[\s-]date)"
    r"(?:\s+(?:ended|ending|end))?|(?:january|february|march|april|may|june|july|august|september|"
    r"october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?\s*\d{0,2},?|"
    r"(?:19|20)\d\d(?:\s*\(\w\))?|FY\s?'?\d{2,4}|Q[1-4]|[1-4]Q|ended|ending|as\s+of|as\s+at|"
    r"unaudited|audited|restated|as\s+adjusted)\b[,.]?",
    re.IGNORECASE,
)
_UNIT_NOTE = re.compile(
    r"\(?\b(?:dollars|amounts|u\.?s\.?\s+dollars|\$|shares)?\s*(?:are\s+)?in\s+"
    r"(?:thousands|millions|billions)\b[^)]*\)?|\(\s*(?:[$€£]?\s*)(?:in\s+)?"
    r"(?:thousands?|millions?|billions?|dollars?[^)]*|percent[^)]*|unaudited)\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _ColumnSense:
    """What the heads over one column say: when (`texts`, nearest first) and what (`item`).

    `stated` are the heads alone, `texts` also what stands over the labels and the title; both
    are empty for a column of changes, which belongs to no single period. `scale` is the one
    that the column's own head declares.
    """

    stated: tuple[str, ...]
    texts: tuple[str, ...]
    item: str
    head: str
    scale: int | None


def build_calendar(filing: FilingFacts, year_ends: Sequence[date] = ()) -> Calendar:
    """Return what is known of the company's fiscal years, as `find_period` takes it."""
    end = date.fromisoformat(filing.period_end) if filing.period_end else None
    return Calendar(end, filing.fiscal_year, filing.year_end_month, tuple(year_ends))


def find_year_ends(pages: Iterable[Page], filing: FilingFacts) -> tuple[date, ...]:
    """Return the last days of fiscal years that column heads print ("September 28, 2024").

    Only where years end on a weekday: elsewhere the month tells the day.
    """
    calendar = build_calendar(filing)
    end = calendar.period_end
    if end is None or _ends_month(end):
        return ()
    found: Counter[date] = Counter()
    for page in pages:
        for table in page.tables:
            for head in {text for row in table.header for text in row[1:] if text}:
                period = find_period((head,), calendar, instant=True)
                if period and period.end and _is_anniversary(period.end, calendar):
                    found[period.end] += 1
    latest: dict[int, date] = {}
    for day, _ in found.most_common():
        latest.setdefault((day + _HALF_YEAR).year, day)
    return tuple(sorted(latest.values()))


def find_table_facts(
    document_id: str,
    pages: Sequence[Page],
    filing: FilingFacts,
    year_ends: Sequence[date] | None = None,
) -> tuple[Fact, ...]:
    """Return a fact for each figure in the tables of `pages`, in reading order.

    `year_ends` are those that `find_year_ends` found in the whole document; without them, those
    of `pages` are taken. Years that stand in cells as years are no amounts and are left out.
    """
    ends = find_year_ends(pages, filing) if year_ends is None else year_ends
    calendar = build_calendar(filing, ends)
    lexicon = load_lexicon()
    return tuple(
        fact
        for page in pages
        for table in page.tables
        for fact in _read_table(document_id, page, table, calendar, lexicon)
    )


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _is_anniversary(day: date, calendar: Calendar) -> bool:
    """Whether a day closes a fiscal year, up to a week before or after the month's end."""
    month = calendar.year_end_month
    if month is None:
        return False
    return any((day + timedelta(days=shift)).month == month for shift in (-7, 0, 7)) and (
        day.day <= 7 or day.day >= 22
    )


def _read_table(
    document_id: str, page: Page, table: Table, calendar: Calendar, lexicon: Lexicon
) -> Iterator[Fact]:
    width = max((len(row.cells) for row in table.rows), default=0)
    columns = _read_columns(table, width, calendar)
    signs = _find_signs(table, width)
    years = [period.fiscal_year for c in columns if (period := _read_period(c.stated, calendar))]
    heads = [text for column in columns for text in column.stated]
    whole = tell_table(table, heads, [year for year in years if year is not None])
    spans = {} if years else _find_spans(table, calendar)
    scales = read_scales(f"{table.caption} {' '.join(_corner(table))}")
    for number, row in enumerate(table.rows):
        if not any(row.texts):
            continue
        instant = tell_row(row.label, row.parents, table, whole)
        row_period = _read_row_period(row, table, calendar, instant) or spans.get(number)
        for index, cell in enumerate(row.cells):
            figure = _read_figure(cell.text)
            if figure is None or (figure.is_year and row.label):
                continue
            column = columns[index]
            item, parents = _name_item(row, column)
            unit = _find_unit(figure, table, row, column, signs[number][index])
            period = row_period or _find_cell_period(row, table, column, calendar, instant)
            place = cell.address or str(index)
            yield Fact(
                fact_id=build_fact_id(document_id, page.number, row.line, place, cell.text),
                document_id=document_id,
                page=page.number,
                line_item=item,
                parents=parents,
                concept=_find_concept(lexicon, item, table, row.parents, unit),
                period=period,
                value=figure.value,
                value_as_printed=cell.text,
                unit=unit,
                scale=_find_scale(figure, table, column, unit, scales),
                statement=table.statement,
                source="table",
                quote=" | ".join((row.label, *row.texts)),
                line=row.line,
                box=cell.box,
                sheet=page.label,
                cell=cell.address,
            )


@lru_cache(maxsize=65536)
def _read_figure(text: str) -> Figure | None:
    return parse_figure(text) if text else None


# Periods


def _read_columns(table: Table, width: int, calendar: Calendar) -> tuple[_ColumnSense, ...]:
    rows = [head for head in table.header if not _is_note(head[1:])]
    columns: list[_ColumnSense] = []
    for index in range(width):
        heads = [head[index + 1] for head in rows if index + 1 < len(head)]
        # The nearest head is the lowest one; "December 31," stands over "2018".
        stated = tuple(text for text in reversed(heads) if text)
        texts = tuple(text for text in (*stated, *_corner(table), table.caption) if text)
        joined = " ".join(text for text in heads if text)
        named = _read_period(stated, calendar) is not None
        if not named and _CHANGE.search(joined):
            stated, texts = (), ()
        elif not named and columns and _SHARE_OF.search(joined):
            stated, texts = columns[-1].stated, columns[-1].texts
        scale = parse_scale(joined) if _UNIT_NOTE.search(joined) else None
        bare = " ".join(_UNIT_NOTE.sub(" ", joined).split())
        columns.append(_ColumnSense(stated, texts, _strip_period(joined), bare, scale))
    return _fill_columns(columns, calendar)


def _fill_columns(columns: Sequence[_ColumnSense], calendar: Calendar) -> tuple[_ColumnSense, ...]:
    """Date the columns between two balances, and those beside the only date of the heads.

    "Balance at December 31, 2023 | Additions | Write-offs | Balance at December 31, 2024" is a
    roll-forward that runs to the right; "December 31, 2024 | Level 1 | Level 2" is one day.
    """
    periods = [_read_period(column.stated, calendar) for column in columns]
    dated = [(index, period.end) for index, period in enumerate(periods) if period and period.end]
    filled = list(columns)
    for (first, begin), (last, end) in pairwise(dated):
        span = _name_span(begin, end)
        for index in range(first + 1, last):
            if span is not None and periods[index] is None:
                filled[index] = replace(columns[index], stated=(span,), texts=(span,))
    if len(dated) == 1 and dated[0][0] == 0:
        only = columns[0].stated
        for index, column in enumerate(columns):
            if periods[index] is None and column.texts:
                filled[index] = replace(column, stated=only, texts=(*only, *column.texts))
    return tuple(filled)


def _name_span(begin: date, end: date) -> str | None:
    """Write the span between two days as heads do: "year ended December 31, 2024"."""
    words = _SPAN_WORDS.get(round((end - begin).days / 30.4))
    return f"{words} ended {end.strftime('%B')} {end.day}, {end.year}" if words else None


def _is_note(heads: Sequence[str]) -> bool:
    """Whether a row of heads only tells units: "(in millions, except per share data)"."""
    texts = [text for text in heads if text]
    return bool(texts) and all(_NOTE.match(text) for text in texts)


@lru_cache(maxsize=16384)
def _read_period(
    texts: tuple[str, ...], calendar: Calendar, instant: bool | None = None
) -> Period | None:
    return find_period(texts, calendar, instant=instant) if texts else None


def _read_row_period(
    row: TableRow, table: Table, calendar: Calendar, instant: bool | None
) -> Period | None:
    """The period that the row's own label is: "2024" in maturities, "At December 31, 2020"."""
    if not row.label or _strip_period(row.label):
        return None
    return _read_period((row.label, table.caption), calendar, instant)


def _find_spans(table: Table, calendar: Calendar) -> dict[int, Period]:
    """Return the periods of a roll-forward's rows, by row: from one dated balance to the next.

    Statements of equity print "Balance at December 31, 2017", what changed, and "Balance at
    December 31, 2018": the changes between are those of the year.
    """
    balances = [
        (number, period.end)
        for number, row in enumerate(table.rows)
        if any(row.texts) and _BALANCE.match(row.label)
        if (period := find_period((row.label,), calendar, instant=True)) and period.end
    ]
    spans: dict[int, Period] = {}
    for (first, begin), (last, end) in pairwise(balances):
        stated = _name_span(begin, end)
        period = find_period((stated,), calendar, instant=False) if stated else None
        if period is not None:
            spans.update(dict.fromkeys(range(first + 1, last), period))
    return spans


def _find_cell_period(
    row: TableRow,
    table: Table,
    column: _ColumnSense,
    calendar: Calendar,
    instant: bool | None,
) -> Period | None:
    """The column's period, unless the row or a sub-heading says more."""
    if _THEREAFTER.search(row.label) or (not column.texts and _CHANGE.search(column.head)):
        return None
    label = _CLOSING_DAY.sub(" end of year", _OPENING_DAY.sub(" beginning of year", row.label))
    above = (text for text in reversed(row.parents) if not _EDGE.search(text))
    spoken = tuple(text for text in (label, *above) if _speaks_of_time(text))
    if not spoken:
        return _read_period(column.texts, calendar, instant)
    texts = (*column.stated, *spoken, *_corner(table), table.caption)
    # "Beginning balance" needs the span that it begins.
    at_edge = _EDGE.search(label) is not None and not _DATED.search(label)
    nearest = tuple(text for text in texts if text)
    return _read_period(nearest, calendar, False if at_edge else instant)


def _corner(table: Table) -> tuple[str, ...]:
    return tuple(head[0] for head in table.header if head and head[0])


_BALANCE = re.compile(r"\s*(?:beginning\s+|ending\s+|opening\s+|closing\s+)?balances?\b", re.I)
_SPAN_WORDS = {3: "three months", 6: "six months", 9: "nine months", 12: "year"}
_THEREAFTER = re.compile(r"\b(?:thereafter|and (?:after|beyond|later))\b", re.IGNORECASE)
_EDGE = re.compile(
    r"\b(?:beginning|opening|ending|closing|end)\b.*\b(?:balances?|year|period|quarter)\b"
    r"|\bbalances?\b.*\b(?:beginning|end)\b",
    re.IGNORECASE,
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
# "Unrecognized tax benefits - January 1" under a year: the day before it began.
_OPENING_DAY = re.compile(rf"\b(?:{_MONTHS})\s+1\s*(?:\(\w\))?$", re.IGNORECASE)
_CLOSING_DAY = re.compile(rf"\b(?:{_MONTHS})\s+(?:2\d|3[01])\s*(?:\(\w\))?$", re.IGNORECASE)
_DATED = re.compile(r"\b(?:19|20)\d\d\b")
_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|months?|weeks?|quarter|beginning|opening|closing|end\s+of|ended|ending|"
    r"fiscal)\b",
    re.I,
)


@lru_cache(maxsize=16384)
def _speaks_of_time(text: str) -> bool:
    return _TIME.search(text) is not None


@lru_cache(maxsize=16384)
def _strip_period(text: str) -> str:
    """The words of a head or label that say what is counted, without those that say when."""
    bare = _WHEN.sub(" ", _UNIT_NOTE.sub(" ", text))
    words = bare.strip(" ,;:.-–—()$%*")
    return " ".join(words.split()) if re.search(r"[A-Za-z]{2}", words) else ""


# Line items


def _name_item(row: TableRow, column: _ColumnSense) -> tuple[str, tuple[str, ...]]:
    """Return line item and parents; a column that stands for an item ends the parents.

    Where the row is a period ("2024" in a list of maturities), the column is the line item.
    """
    if column.item and row.label and not _strip_period(row.label):
        return column.item, (*row.parents, row.label)
    if column.item:
        return row.label, (*row.parents, column.item)
    return row.label, row.parents


def _find_concept(
    lexicon: Lexicon, item: str, table: Table, parents: tuple[str, ...], unit: str | None
) -> str | None:
    statement = table.statement if table.statement != "other" else None
    concept = _match(lexicon, item, statement, parents)
    if concept is None:
        return None
    is_share = concept[1] == "percent"
    return concept[0] if is_share == (unit == "percent") or unit is None else None


@lru_cache(maxsize=65536)
def _match(
    lexicon: Lexicon, item: str, statement: StatementKind | None, parents: tuple[str, ...]
) -> tuple[str, str] | None:
    concept = lexicon.match(item, statement, parents)
    return (concept.name, concept.unit) if concept else None


# Units and scales


def _find_signs(table: Table, width: int) -> list[list[str | None]]:
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


def _find_unit(
    figure: Figure, table: Table, row: TableRow, column: _ColumnSense, sign: str | None
) -> str | None:
    """The unit that the cell's sign, its row or its column's nearest head give; else money."""
    if figure.unit and figure.unit not in _CURRENCIES:
        return figure.unit
    money = figure.unit or table.unit
    if figure.unit is None and (sign == "percent" or _says_percent(row, column, table)):
        return "percent"
    label = _BRACKETED_AMOUNT.sub(" ", " ".join((row.label, *row.parents)))
    counted = figure.unit is None and sign != "money"
    if counted and _counts_shares(row, column, table):
        return "shares"
    if _is_per_share(row, label, column, table):
        return f"{money or 'USD'}/share"
    return money


def _nearest_head(column: _ColumnSense) -> str:
    """The lowest head that says what is counted: "Shares" under "Basic earnings per share"."""
    return next((text for text in column.stated if _strip_period(text)), column.head)


def _is_per_share(row: TableRow, label: str, column: _ColumnSense, table: Table) -> bool:
    """Whether an amount is one a share: where heads say so of a column, the heads decide."""
    head = _nearest_head(column)
    if _PER_SHARE.search(head) or _PRICE.search(head):
        return True
    if _PRICE.search(row.label) and "total" not in row.label.lower():
        return True
    heads = (text for line in table.header for text in line[1:] if not _NOTE.match(text))
    if any(_PER_SHARE.search(text) for text in heads):
        return False
    if _USED_FOR.search(row.label):
        return False
    if _PER_SHARE.search(_BRACKETED_AMOUNT.sub(" ", row.label)):
        return True
    # Under "Earnings per share:" stand "Basic" and "Diluted"; "Net income" there is their sum.
    return bool(_PER_SHARE.search(label)) and not _TOTAL_OF_SHARES.search(row.label)


def _says_percent(row: TableRow, column: _ColumnSense, table: Table) -> bool:
    head = _nearest_head(column)
    if "%" in head or re.search(r"\bpercent(?:age)?\b", head, re.I):
        return True
    if _BARE_PERCENT.search(row.label):
        return True
    if _PERCENT_WORDS.search(row.label):
        return any("%" in text for text in row.texts)
    return re.search(r"\(percent\b|\bpercent of\b", " ".join(_corner(table)), re.I) is not None


def _counts_shares(row: TableRow, column: _ColumnSense, table: Table) -> bool:
    """Whether a number counts shares: its column's head says so, or its row."""
    head = _nearest_head(column)
    if _SHARE_HEAD.search(head) and not _PRICE.search(head) and not _VALUE_HEAD.search(head):
        return True
    if _SHARE_COUNT.search(row.label):
        return True
    if any(_SHARE_COUNT.search(parent) for parent in row.parents):
        return not _TOTAL_OF_SHARES.search(row.label)
    if _SHARES.search(row.label) and not _PER_SHARE.search(row.label):
        return not _SHARE_MONEY.search(row.label) or "outstanding" in row.label.lower()
    return False


def _find_scale(
    figure: Figure,
    table: Table,
    column: _ColumnSense,
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
        return scales.get("shares") or (
            1 if _SHARES_BARE.search(table.caption) else table.scale or 1
        )
    if "shares" in scales and "money" not in scales and unit is not None:
        declared = {parse_scale(word) or 1 for word in _SCALE_WORD.findall(_title_of(table))}
        return next(iter(sorted(declared - {scales["shares"]}, reverse=True)), 1)
    return table.scale or 1


def _title_of(table: Table) -> str:
    return " ".join((table.caption, *_corner(table)))


def _find_spoken_scale(table: Table, column: _ColumnSense) -> int | None:
    """The scale declared for what a column's head names: "aggregate value in millions"."""
    head = set(_nearest_head(column).lower().split())
    for match in _SCALED_THING.finditer(_title_of(table)):
        words = set(match["thing"].lower().split()) - _LIGHT_WORDS
        if words and words <= head:
            return parse_scale(match["scale"])
    return None


_UNSCALED = frozenset({"percent", "percentage points", "ratio", "basis points", "days", "years"})
