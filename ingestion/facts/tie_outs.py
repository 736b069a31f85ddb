"""Adding up what tables print, to see whether they were read rightly.

A statement's own sums are the conscience of the parser: where a balance sheet does not balance, a
cell was lost or stands in a wrong column. Knows the sums that filings keep. Where a table does
not show a structure that is certain, nothing is said to have failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import combinations

from ingestion.documents import Table, TieOut, TieOutOutcome
from ingestion.figures import parse_figure

# A sum is looked for over at most this many rows above its total.
MAX_ROWS_OF_A_SUM = 60
# At most this many further rows may belong to a named sum ("effect of exchange rates").
MAX_FURTHER_ROWS = 2

_NO_AMOUNTS = re.compile(
    r"%|\bper\s+(?:\w+\s+){0,3}share\b|percent|\bratios?\b|\brates?\b|weighted[- ]average"
    r"|\bshares\b|change|increase|growth|margin|basis points",
    re.IGNORECASE,
)
_PER_SHARE_ROW = re.compile(
    r"%|\bper\s+(?:\w+\s+){0,3}share\b|percent|\bratio\b|weighted[- ]average|\bdiluted\b|\bbasic\b",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"^(?:sub)?-?\s*totals?\b[\s—–-]*(?P<what>.*)$", re.IGNORECASE)
_NOT_ADDED = ("/share", "percent", "ratio")
# Rows that make it unsure which of the rows above a total are its parts.
_UNSURE_PART = re.compile(r"^(?:less|net|total|subtotal|of which|including|excluding|add)\b", re.I)
_NOTE = re.compile(r"\s*(?:\(.*?\)|\[.*?\]|[*:.†—–-]+$|,\s*net$)\s*", re.DOTALL)

_ASSETS = re.compile(r"^total assets$")
_LIABILITIES = re.compile(r"^total liabilities$")
_EQUITY = re.compile(
    r"^total (?:[\w’'., ]*\b)?(?:stockholders?|shareholders?|shareowners?|members?)?[’']?s?[’']?\s*"
    r"(?:equity|deficit)(?: deficit)?$"
)
_ALL_EQUITY = re.compile(r"^total equity(?: deficit)?$")
_RIGHT_SIDE = re.compile(r"^total liabilities\b.*\b(?:equity|deficit|capital(?:ization)?)$")
_OPERATING = re.compile(r"^(?:total )?(?:net )?cash\b.*\boperating activities$")
_INVESTING = re.compile(r"^(?:total )?(?:net )?cash\b.*\binvesting activities$")
_FINANCING = re.compile(r"^(?:total )?(?:net )?cash\b.*\bfinancing activities$")
_NET_CHANGE = re.compile(
    r"^(?:net )?(?:increase|decrease|change)s?\b"
    r"(?!.*\b(?:during|from|exchange|held for sale|discontinued)\b)"
    r"(?!.*\bin restricted cash$).*\bcash\b"
    r"|^net (?:increase|decrease|change)\b.*\b(?:for|during) the (?:period|year|quarter)$"
)
_CASH_BEGIN = re.compile(r"\b(?:at|of|,|—|-)?\s*(?:the )?beginning (?:of|balance)|^beginning cash")
_CASH_END = re.compile(r"\b(?:at|,|—|-)?\s*(?:the )?end of|^ending cash")
_SALES = re.compile(r"^(?:total )?(?:net )?(?:operating )?(?:sales|revenues?)$")
_COST = re.compile(
    r"^(?:total )?costs? of (?:goods |products? |services? )?(?:sold|sales|revenues?)$"
)
_GROSS = re.compile(r"^gross (?:profit|margin)$")
_PRETAX = re.compile(r"^(?:income|earnings|profit|loss)\b.*\bbefore\b.*\btax")
_TAX = re.compile(r"^(?:provision|benefit|income tax|taxes)\b.*\b(?:tax|expense|provision|benefit)")
_NET_INCOME = re.compile(
    r"^(?:consolidated )?net (?:income|earnings|loss)(?: including noncontrolling interests?)?$"
)
_QUARTERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:first|1st|q1)\b",
        r"\b(?:second|2nd|q2)\b",
        r"\b(?:third|3rd|q3)\b",
        r"\b(?:fourth|4th|q4)\b",
    )
)
_YEAR_HEAD = re.compile(r"\b(?:year|total|full|annual|twelve)\b", re.IGNORECASE)
_TOTAL_HEAD = re.compile(r"(?:^|\s)(?:total|consolidated)(?:\s+\w+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Amount:
    """A printed number and the worth of one unit of its last digit."""

    value: Decimal
    unit: Decimal


@dataclass(frozen=True)
class _Column:
    """One column of amounts: what each row prints; None where it prints nothing or no amount.

    `unread` are the rows whose cell holds something that is no number.
    """

    page: int
    head: str
    labels: tuple[str, ...]
    names: tuple[str, ...]
    parents: tuple[tuple[str, ...], ...]
    amounts: tuple[_Amount | None, ...]
    unread: frozenset[int]

    @cached_property
    def filled(self) -> tuple[int, ...]:
        """The rows that print an amount."""
        return tuple(i for i, amount in enumerate(self.amounts) if amount is not None)

    def find(self, pattern: re.Pattern[str]) -> list[int]:
        """Return the rows with an amount whose label matches."""
        return [i for i in self.filled if pattern.search(self.names[i])]

    def value(self, row: int) -> Decimal:
        """Return the amount of a row of `filled`."""
        amount = self.amounts[row]
        assert amount is not None
        return amount.value

    def slack(self, rows: Sequence[int]) -> Decimal:
        """Return by how much rounding may move a sum of these rows."""
        unit = max(amount.unit for row in rows if (amount := self.amounts[row]) is not None)
        return max(unit, unit * len(rows) / 2)

    def ties(self, total: int, parts: Sequence[int], signs: Sequence[int] | None = None) -> bool:
        """Whether the parts, each times its sign, add up to the total but for rounding."""
        gap = self.add(parts, signs) - self.value(total)
        return abs(gap) <= self.slack([total, *parts])

    def add(self, parts: Sequence[int], signs: Sequence[int] | None = None) -> Decimal:
        """Return the sum of the rows, each times its sign."""
        weights = signs or [1] * len(parts)
        return sum(
            (self.value(row) * sign for row, sign in zip(parts, weights, strict=True)), Decimal(0)
        )

    def report(self, name: str, outcome: TieOutOutcome, total: int, parts: Sequence[int]) -> TieOut:
        """Return what came of a sum of `parts`."""
        terms = ", ".join(f'"{self.labels[row]}"' for row in parts[:6])
        rest = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
        detail = f'column "{self.head}": "{self.labels[total]}" against {terms or "no rows"}{rest}'
        known = outcome != "not_applicable"
        return TieOut(
            name,
            self.page,
            outcome,
            detail,
            self.add(parts) if known else None,
            self.value(total) if known else None,
        )


def check_tables(page_number: int, table: Table) -> tuple[TieOut, ...]:
    """Return the sums that the table should keep, for each of its columns of amounts.

    A sum that is not found is "not_applicable"; it has "failed" only where its parts are certain:
    a balance sheet's two sides, the change in cash, and a total right below its own heading.
    """
    columns = list(_read_columns(page_number, table))
    found: list[TieOut] = []
    for column in columns:
        found.extend(_check_balance(column))
        found.extend(_check_cash(column))
        found.extend(_check_income(column))
        found.extend(_check_totals(column))
    found.extend(_check_across(page_number, table))
    return tuple(found)


def _read_columns(page: int, table: Table) -> Iterator[_Column]:
    """Yield the columns that print amounts, and no percentages or amounts per share."""
    if (table.unit or "").endswith(_NOT_ADDED) or len(table.rows) < 2:
        return
    labels = tuple(row.label for row in table.rows)
    names = tuple(_name_row(label) for label in labels)
    parents = tuple(tuple(_name_row(text) for text in row.parents) for row in table.rows)
    for index in range(max(len(row.cells) for row in table.rows)):
        head = table.head_of(index)
        texts = [row.cells[index].text if index < len(row.cells) else "" for row in table.rows]
        figures = [parse_figure(text) if text.strip() else None for text in texts]
        percents = sum(figure is not None and figure.unit == "percent" for figure in figures)
        if _NO_AMOUNTS.search(head) or percents > 1:
            continue
        amounts = tuple(
            None
            if figure is None or figure.unit == "percent" or _PER_SHARE_ROW.search(label)
            else _Amount(figure.value, _last_unit(figure.text))
            for figure, label in zip(figures, labels, strict=True)
        )
        unread = frozenset(i for i, text in enumerate(texts) if text.strip() and not figures[i])
        yield _Column(page, head or f"{index + 1}", labels, names, parents, amounts, unread)


def _name_row(label: str) -> str:
    """The label in lower case, without notes, brackets and what stands behind a colon."""
    return " ".join(_NOTE.sub(" ", label.lower()).split())


def _last_unit(text: str) -> Decimal:
    """What one unit of the last printed digit is worth: 0.1 in "1,234.5"."""
    decimals = re.search(r"\.(\d+)", text)
    return Decimal(1).scaleb(-len(decimals[1])) if decimals else Decimal(1)


def _check_balance(column: _Column) -> Iterator[TieOut]:
    assets, liabilities = column.find(_ASSETS), column.find(_LIABILITIES)
    if len(assets) != 1:
        return
    right = column.find(_RIGHT_SIDE)
    if len(right) == 1:
        outcome: TieOutOutcome = "passed" if column.ties(assets[0], right) else "failed"
        yield column.report("assets = liabilities and equity", outcome, assets[0], right)
    equity = column.find(_ALL_EQUITY) or column.find(_EQUITY)
    equity = [row for row in equity if row not in right]
    if len(liabilities) == 1 and equity:
        parts = [liabilities[0], equity[-1]]
        # Mezzanine equity stands between, and noncontrolling interests below.
        stop = right[0] if right else equity[-1] + 3
        further = [i for i in column.filled if liabilities[0] < i < stop and i not in parts]
        yield _check_named("assets = liabilities + equity", column, assets[0], parts, further)


def _check_cash(column: _Column) -> Iterator[TieOut]:
    flows = [column.find(pattern) for pattern in (_OPERATING, _INVESTING, _FINANCING)]
    # Above the last of the flows, a change in cash is one of their parts.
    change = [row for row in column.find(_NET_CHANGE) if all(flows) and row > flows[2][-1]]
    begin = [row for row in column.find(_CASH_BEGIN) if row not in change]
    end = [row for row in column.find(_CASH_END) if row not in [*change, *begin]]
    if len(change) != 1 or not all(flows):
        return
    parts = [rows[-1] for rows in flows]
    further = [i for i in column.filled if parts[0] < i < change[0] and _may_join(column, i, parts)]
    yield _check_named("the three cash flows = net change", column, change[0], parts, further)
    if len(begin) == 1 and len(end) == 1:
        between = [
            i for i in column.filled if parts[2] < i < end[0] and i not in (change[0], begin[0])
        ]
        parts = [begin[0], change[0]]
        yield _check_named("beginning cash + change = ending cash", column, end[0], parts, between)


def _may_join(column: _Column, row: int, flows: Sequence[int]) -> bool:
    """Whether a row may be a part of the change in cash beside the three flows."""
    if row in flows:
        return False
    return row > flows[2] or bool(re.search(r"discontinued|exchange", column.names[row]))


def _check_named(
    name: str, column: _Column, total: int, parts: Sequence[int], further: Sequence[int]
) -> TieOut:
    """Check a named sum; `further` are rows that may belong to it too, such as exchange effects."""
    for count in range(min(MAX_FURTHER_ROWS, len(further)) + 1):
        for more in combinations(further[:12], count):
            if column.ties(total, [*parts, *more]):
                return column.report(name, "passed", total, [*parts, *more])
    rows = range(min(total, *parts), max(total, *parts) + 1)
    certain = len(further) <= MAX_FURTHER_ROWS and not column.unread.intersection(rows)
    return column.report(name, "failed" if certain else "not_applicable", total, parts)


def _check_income(column: _Column) -> Iterator[TieOut]:
    """Check gross profit and net income; costs are printed with and without brackets."""
    steps = (
        ("sales - cost = gross profit", _SALES, _COST, _GROSS),
        ("income before taxes - taxes = net income", _PRETAX, _TAX, _NET_INCOME),
    )
    for name, whole, less, rest in steps:
        rows = [column.find(pattern) for pattern in (whole, less, rest)]
        if not all(rows):
            continue
        one, other, result = rows[0][0], rows[1][0], rows[2][0]
        ties = any(column.ties(result, [one, other], [1, sign]) for sign in (-1, 1))
        if not ties:
            yield column.report(name, "not_applicable", result, [one, other])
            continue
        yield TieOut(
            name,
            column.page,
            "passed",
            column.report(name, "passed", result, [one, other]).detail,
            column.value(result),
            column.value(result),
        )


def _check_totals(column: _Column) -> Iterator[TieOut]:
    """Check each "Total" against a run of rows that ends right above it."""
    starts: dict[int, int] = {}
    for total in column.filled:
        match = _TOTAL.match(column.names[total])
        if match is None and column.labels[total].strip():
            continue
        parts = _find_parts(column, total, starts)
        if parts:
            starts[total] = parts[-1]
            yield column.report("total = sum of its rows", "passed", total, parts[::-1])
            continue
        if match is None:
            continue
        certain = _find_certain_parts(column, total, match["what"])
        outcome: TieOutOutcome = "failed" if certain else "not_applicable"
        yield column.report("total = sum of its rows", outcome, total, certain)


def _find_parts(column: _Column, total: int, starts: dict[int, int]) -> list[int]:
    """Return the rows, from the total upward, that add up to it; none where no run does.

    A total that was found before counts once: its own rows, up to `starts`, are passed over.
    """
    parts: list[int] = []
    row = total - 1
    while row >= 0 and len(parts) < MAX_ROWS_OF_A_SUM:
        if column.amounts[row] is not None:
            parts.append(row)
            signs = [-1 if column.names[i].startswith("less") else 1 for i in parts]
            if len(parts) > 1 and (column.ties(total, parts) or column.ties(total, parts, signs)):
                return parts
        row = starts.get(row, row) - 1
    return []


def _find_certain_parts(column: _Column, total: int, what: str) -> list[int]:
    """Return the rows between a heading ("Current assets") and its total; none where not sure."""
    heading = _find_heading(column, total, what)
    if heading is None:
        return []
    rows = range(heading + 1, total)
    parts = [row for row in rows if column.amounts[row] is not None]
    unsure = any(
        row in column.unread or column.amounts[row] is None or _UNSURE_PART.match(column.names[row])
        for row in rows
    )
    return [] if unsure or len(parts) < 2 else parts


def _find_heading(column: _Column, total: int, what: str) -> int | None:
    """The row above the total's rows that names them and prints nothing itself."""
    for row in range(total - 1, -1, -1):
        if column.amounts[row] is None and column.names[row] == what.strip() != "":
            return row
        if what and what in column.parents[row] and what not in column.parents[row - 1 :][0]:
            return row - 1
    return None


def _check_across(page: int, table: Table) -> Iterator[TieOut]:
    """Check quarters against their year and segments against their total, row by row."""
    columns = max((len(row.cells) for row in table.rows), default=0)
    heads = [table.head_of(index) for index in range(columns)]
    for total, parts, name in _find_sums_across(heads):
        for row in table.rows:
            if _PER_SHARE_ROW.search(row.label):
                continue
            amounts = [_read_cell(row.texts, index) for index in (*parts, total)]
            if any(amount is None for amount in amounts):
                continue
            yield _check_row(page, row.label, name, [a for a in amounts if a is not None])


def _find_sums_across(heads: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...], str]]:
    """Yield each column that sums up others: its index, theirs, and the sum's name."""
    for index, head in enumerate(heads):
        four = tuple(range(index - 4, index))
        if index >= 4 and _YEAR_HEAD.search(head) and _are_quarters(heads, four):
            yield index, four, "quarters = year"
        elif index >= 2 and index == len(heads) - 1 and _TOTAL_HEAD.search(head):
            yield index, tuple(range(index)), "columns = total"


def _are_quarters(heads: Sequence[str], columns: Sequence[int]) -> bool:
    return all(
        pattern.search(heads[column]) for pattern, column in zip(_QUARTERS, columns, strict=True)
    )


def _read_cell(texts: Sequence[str], index: int) -> _Amount | None:
    figure = parse_figure(texts[index]) if index < len(texts) and texts[index].strip() else None
    if figure is None or figure.unit == "percent":
        return None
    return _Amount(figure.value, _last_unit(figure.text))


def _check_row(page: int, label: str, name: str, amounts: Sequence[_Amount]) -> TieOut:
    """Compare the last amount with the sum of the others."""
    *parts, total = amounts
    expected = sum((part.value for part in parts), Decimal(0))
    slack = max(amount.unit for amount in amounts) * max(Decimal(1), Decimal(len(amounts)) / 2)
    if abs(expected - total.value) <= slack:
        return TieOut(name, page, "passed", f'row "{label}"', expected, total.value)
    return TieOut(name, page, "not_applicable", f'row "{label}"')
