"""The figures that the questions need, each with its page, row and column: gold for extraction.

    python -m benchmarks.operands --data DIR      lists them, to be checked by eye

The desk's questions name their operands. FinanceBench only quotes a page: an operand is taken
from there where the quoted text leaves no doubt about it, so not every question gives one. Knows
the two question files; nothing of how filings are parsed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from benchmarks.golds import DESK_FILE, FINANCEBENCH_FILE, DataMissing, QuestionSet, Row, read_rows
from benchmarks.measures import PagePlace
from benchmarks.tables import render_table
from ingestion.figures import SCALE_WORDS, Figure, parse_figure, parse_scale

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_DATE = re.compile(rf"\b({'|'.join(_MONTHS)})\s*(\d{{1,2}})\s*,?\s*((?:19|20)\d{{2}})\b", re.I)
_MONTH_DAY = re.compile(rf"(?:{'|'.join(_MONTHS)})\s*\d{{1,2}}\s*,?", re.I)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_SPANS = (
    (re.compile(r"\b(?:three months|quarter)\b", re.I), 3),
    (re.compile(r"\bsix months\b", re.I), 6),
    (re.compile(r"\bnine months\b", re.I), 9),
    (re.compile(r"\b(?:twelve months|(?:fiscal )?years?) ended\b", re.I), 12),
)
_FISCAL_YEAR = re.compile(r"\bFY\s?((?:19|20)\d{2})\b")
_FISCAL_RANGE = re.compile(r"\bFY\s?((?:19|20)\d{2})\s*-\s*FY\s?((?:19|20)\d{2})\b")
# "The line item name, as seen in the 10K, was: Dividends paid." and "... item named: Revenue."
_NAMED_ITEM = re.compile(
    r"line item name(?:d|, as seen in the 10K, was):\s*([^\[\n]+?)\.?\s*$", re.M
)
_LAST_STEP = re.compile(r"\.\s+The final step\b")
# Unlike `find_figures` this reads formulas too: "(5308-992-1221)/4476".
_CITED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,])\d+(?:\.\d+)?")
_ASKED_SCALE = re.compile(r"\b(thousands|millions|billions)\b", re.I)
_MARKS = re.compile(r"\(\s*(?:notes?\s*\d[^)]*|[\da-z])\s*\)", re.I)
_SMALL_WORDS = frozenset(
    "a an and at by for from in its less of on or our the to total with".split()
)
# Longer labels may miss a word of four: footnotes and wrapping cost one now and then.
_WORDS_NEEDED = Decimal("0.75")
_SURE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class GoldPeriod:
    """What a gold says of a period; None for what it does not say. `months` is 0 for no span."""

    years: frozenset[int]
    end: date | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class Operand:
    """A figure to find: `value` as printed with its sign, before `scale`, which may be unknown.

    `label` is its row's and `period` the gold's words for its column, None where they are not
    known for sure. `pages` are those that print it: the first is the gold's own.
    """

    source: QuestionSet
    question_id: str
    pages: tuple[PagePlace, ...]
    label: str
    period: str | None
    printed: str
    value: Decimal
    scale: int | None

    @property
    def place(self) -> PagePlace:
        """The page that the gold names."""
        return self.pages[0]


def load_operands(data: Path) -> tuple[Operand, ...]:
    """Return the operands of both question files, each once, in the order of the files.

    Raises:
        DataMissing: a file is not there, or a line of it is no question.
    """
    found: dict[tuple[PagePlace, str, str | None, Decimal], Operand] = {}
    for file, build in ((DESK_FILE, read_desk_operands), (FINANCEBENCH_FILE, derive_operands)):
        for number, row in read_rows(data / file):
            try:
                operands = tuple(build(row))
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise DataMissing(
                    f"Line {number} of {data / file} is no question ({error!r})."
                ) from error
            for operand in operands:
                key = (operand.place, compact(operand.label), operand.period, operand.value)
                found.setdefault(key, operand)
    return tuple(found.values())


def read_desk_operands(row: Row) -> Iterator[Operand]:
    """Yield the operands that a desk question names; pages count from 0 there."""
    for item in row.get("evidence") or ():
        places = (item, *(item.get("also_at") or ()))
        yield Operand(
            source="desk",
            question_id=row["id"],
            pages=tuple(PagePlace(place["doc"], place["page"] + 1) for place in places),
            label=item["row_label"],
            period=item["period"],
            printed=item["value_as_printed"],
            value=Decimal(str(item["value"])),
            scale=SCALE_WORDS.get(item["scale"] or ""),
        )


# FinanceBench: the rows of a quoted page


@dataclass(frozen=True, slots=True)
class QuotedValue:
    """A value of a quoted page: its row's label and, where it is sure, its column's head."""

    label: str
    head: str | None
    figure: Figure
    scale: int | None


@dataclass(frozen=True, slots=True)
class _QuotedRow:
    label: str
    figures: tuple[Figure, ...]
    heads: tuple[str, ...]
    scale: int | None


class _RowReader:
    """Reads a quoted page, which has one label, or some values of a row, on each line."""

    def __init__(self) -> None:
        self.rows: list[_QuotedRow] = []
        self._label: list[str] = []
        self._figures: list[Figure] = []
        self._heads: tuple[str, ...] = ()
        self._new_heads: list[str] = []
        self._scale: int | None = None

    def read_line(self, line: str) -> None:
        """Take the next line; blank ones and a month without its year say nothing."""
        if not line or _MONTH_DAY.fullmatch(line):
            return
        figures = _read_figures(line)
        if not self._figures and (_YEAR.fullmatch(line) or _DATE.fullmatch(line)):
            self._new_heads.append(line)
        elif figures is None:
            self._take_text(line)
        elif figures:
            self._take_figures(figures)

    def close_row(self) -> None:
        """End the row that is being read, if it has values."""
        if self._figures:
            label = " ".join(self._label)
            self.rows.append(_QuotedRow(label, tuple(self._figures), self._heads, self._scale))
            self._label, self._figures = [], []

    def _take_text(self, line: str) -> None:
        """Take text for a label; a line that begins in small letters goes on with the last."""
        self.close_row()
        self._settle_heads()
        self._scale = parse_scale(line) or self._scale
        self._label = [*self._label[-1:], line] if line[0].islower() else [line]

    def _take_figures(self, figures: Sequence[Figure]) -> None:
        """Take values; a single year before them, or after others, is the label of their row."""
        if len(self._new_heads) == 1:
            self._label, self._new_heads = self._new_heads, []
        self._settle_heads()
        if self._figures and len(figures) == 1 and figures[0].is_year:
            self.close_row()
            self._label = [figures[0].text]
        else:
            self._figures += figures

    def _settle_heads(self) -> None:
        if self._new_heads:
            self._heads, self._new_heads = tuple(self._new_heads), []


def read_quoted_values(text: str) -> tuple[QuotedValue, ...]:
    """Return the values of a quoted page.

    A run of years or dates is the heads of the rows after it; a value has a head only where its
    row has as many values as there are heads, all of them different: nil amounts are often lost
    from the quotes. A row longer than most has run into one without a label, and is left out.
    """
    reader = _RowReader()
    for line in text.splitlines():
        reader.read_line(line.strip())
    reader.close_row()
    lengths = Counter(len(row.figures) for row in reader.rows)
    usual = max(lengths, key=lambda length: (lengths[length], length), default=0)
    rows = (row for row in reader.rows if row.label and len(row.figures) <= usual)
    return tuple(value for row in rows for value in _build_values(row))


def _read_figures(line: str) -> list[Figure] | None:
    """Return the figures of a line that holds nothing else but signs, else None."""
    words = re.sub(r"\s+%", "%", re.sub(r"[$€£¥]", " ", line)).split()
    figures = [parse_figure(word) for word in words if word != "%"]
    known = [figure for figure in figures if figure is not None]
    return known if len(known) == len(figures) else None


def _build_values(row: _QuotedRow) -> Iterator[QuotedValue]:
    heads: Sequence[str | None] = [None] * len(row.figures)
    if len(row.heads) == len(row.figures) == len(set(row.heads)) > 1:
        heads = row.heads
    unscaled = re.search(r"\bper\b.*\bshare|%", row.label, re.I)
    for head, figure in zip(heads, row.figures, strict=True):
        scale = None if unscaled or figure.unit == "percent" else row.scale
        yield QuotedValue(row.label, head, figure, scale)


# FinanceBench: which of them the question needs


def derive_operands(row: Row) -> Iterator[Operand]:
    """Yield the operands of a FinanceBench question that its gold names without doubt."""
    pages = [
        (
            PagePlace(item.get("doc_name") or row["doc_name"], item["evidence_page_num"] + 1),
            read_quoted_values(item["evidence_text"]),
        )
        for item in row["evidence"]
    ]
    justification = row.get("justification") or ""
    found = [*_find_named(row["question"], row["answer"], justification, pages)]
    if not found:
        found = [*_find_cited(f"{justification}\n{row['answer']}", pages)]
    for place, value in found:
        yield Operand(
            source="financebench",
            question_id=row["financebench_id"],
            pages=(place,),
            label=value.label,
            period=value.head,
            printed=value.figure.text,
            value=value.figure.value,
            scale=value.scale,
        )


Quoted = Sequence[tuple[PagePlace, Sequence[QuotedValue]]]


def _find_named(
    question: str, answer: str, justification: str, pages: Quoted
) -> Iterator[tuple[PagePlace, QuotedValue]]:
    """Yield the values of the rows that the gold names, in the years that the question names.

    Where the answer is itself one of them it must be that value, rounded.
    """
    names = {compact(name): name for name in find_named_items(justification)}
    years = find_asked_years(question)
    only = parse_figure(answer) if "directly extracted" in justification else None
    is_plain = only is not None and len(names) == 1 and "final step" not in justification
    for place, values in pages:
        for key, name in names.items():
            row = [value for value in values if compact(value.label) == key]
            for value in row:
                year = _YEAR.search(value.head or "")
                if year is None or int(year.group()) not in years:
                    continue
                fits = not is_plain or _rounds_to(value, only, question)
                if fits and _is_alone(value, row):
                    yield place, replace(value, label=name)


def find_named_items(justification: str) -> tuple[str, ...]:
    """Return the line items that a FinanceBench justification names as printed in the filing."""
    lines = _LAST_STEP.sub(".\n", justification)
    names = (" ".join(re.sub(r"[^ -~]+", " ", name).split()) for name in _NAMED_ITEM.findall(lines))
    return tuple(dict.fromkeys(name for name in names if name))


def find_asked_years(question: str) -> frozenset[int]:
    """Return the fiscal years that a question names, with those within a range."""
    years = {int(year) for year in _FISCAL_YEAR.findall(question)}
    for first, last in _FISCAL_RANGE.findall(question):
        years.update(range(int(first), int(last) + 1))
    return frozenset(years)


def _rounds_to(value: QuotedValue, answer: Figure | None, question: str) -> bool:
    """Whether an answer such as "$8.70" in billions is this value, rounded to its last digit.

    FinanceBench fills answers up with zeros, so a last zero after the point counts for nothing.
    """
    asked = _ASKED_SCALE.search(question)
    if answer is None or value.scale is None or asked is None:
        return False
    scale = SCALE_WORDS[asked[1].lower()]
    exponent = answer.value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "a printed figure is finite"
    half = Decimal((0, (5,), min(exponent, 0) - 1))
    return abs(abs(value.figure.value) * value.scale / scale - abs(answer.value)) <= half


def _find_cited(text: str, pages: Quoted) -> Iterator[tuple[PagePlace, QuotedValue]]:
    """Yield the values that the gold cites by their digits, where just one value has them."""
    cited = {
        Decimal(number.replace(",", ""))
        for number in _CITED.findall(text)
        if not _YEAR.fullmatch(number)
    }
    for number in sorted(cited):
        if len(number.as_tuple().digits) < _SURE_DIGITS:
            continue
        hits = [
            (place, value)
            for place, values in pages
            for value in values
            if abs(value.figure.value) == number and not value.figure.is_year
            if _is_alone(value, values)
        ]
        if len(hits) == 1:
            yield hits[0]


def _is_alone(value: QuotedValue, values: Sequence[QuotedValue]) -> bool:
    """Whether no other row of the page has the same label and a value under the same head."""
    same = [other for other in values if (other.label, other.head) == (value.label, value.head)]
    return value.head is None or len(same) == 1


# Comparing labels and periods


def compact(label: str) -> str:
    """Return the letters and digits of a label, small and joined, without its notes' marks."""
    plain = _MARKS.sub(" ", re.sub(r"[^ -~]+", " ", label).lower())
    return "".join(re.findall(r"[a-z0-9]+", plain))


def matches_label(label: str, text: str) -> bool:
    """Whether the words of a gold label are among those of `text` (a line item and all above it).

    Spaces do not count, since some filings print none; small words and notes' marks neither. Of
    four words or more one in four may be missing.
    """
    joined = compact(text)
    if compact(label) in joined:
        return True
    words = _find_content(label)
    there = sum(word in joined for word in words)
    return bool(words) and there >= (len(words) if len(words) < 4 else len(words) * _WORDS_NEEDED)


def _find_content(label: str) -> frozenset[str]:
    words = re.findall(r"[a-z0-9]+", _MARKS.sub(" ", label.lower()))
    return frozenset(word for word in words if word not in _SMALL_WORDS) or frozenset(words)


def read_years(text: str) -> frozenset[int]:
    """Return the years that a text names."""
    return frozenset(int(year) for year in _YEAR.findall(text))


def read_gold_period(text: str) -> GoldPeriod | None:
    """Read "2022", "six months ended July 29, 2023", "2020, revenue"; None without a year."""
    years = read_years(text)
    if not years:
        return None
    months = next((count for pattern, count in _SPANS if pattern.search(text)), None)
    written = _DATE.search(text)
    if written is None:
        return GoldPeriod(years, months=months)
    month = _MONTHS.index(written[1].lower()) + 1
    return GoldPeriod(years, date(int(written[3]), month, int(written[2])), months)


# The listing


def main(arguments: Sequence[str] | None = None) -> int:
    """List the operands."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operands", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="the folder with the questions")
    options = parser.parse_args(arguments)
    try:
        operands = load_operands(options.data)
    except DataMissing as error:
        print(f"operands: {error}", file=sys.stderr)
        return 1
    rows = [
        [
            operand.question_id,
            operand.place.document,
            str(operand.place.page),
            operand.label[:60],
            operand.period or "-",
            operand.printed,
            str(operand.scale or "-"),
        ]
        for operand in operands
    ]
    header = ["question", "filing", "page", "row", "period", "printed", "scale"]
    print(render_table(header, rows, left=("filing", "row", "period")))
    derived = sum(operand.source == "financebench" for operand in operands)
    print(f"\n{len(operands)} operands, {derived} of them derived from FinanceBench.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
