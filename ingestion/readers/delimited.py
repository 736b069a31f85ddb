"""Reading CSV and TSV files: separator, encoding, decimal commas, ragged rows.

The file is one page whose words are cells with addresses. Knows nothing of workbooks.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from openpyxl.utils import get_column_letter

from ingestion.documents import ParsedFile, Word
from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.progress import Progress, ProgressListener
from ingestion.readers.encodings import decode_text
from ingestion.readers.grids import GridRow, build_sheet_page

DELIMITERS = ",;\t|"
_SAMPLE_LINES = 60
_MAX_NAMED_ROWS = 3
_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

_BEFORE = r"(?P<before>[(\s]*(?:[A-Z]{3}\s|[$€£¥])?\s*[-−(]*\s*(?:[$€£¥])?\s*)"
_AFTER = r"(?P<after>\s*-?\s*(?:€|£|\$|¥|[A-Z]{3})?\s*%?[)\s]*)"
_COMMA_NUMBER = re.compile(
    rf"{_BEFORE}(?P<whole>\d{{1,3}}(?:[.\s'’]\d{{3}})+|\d+)(?:,(?P<part>\d+))?{_AFTER}"
)
_POINT_NUMBER = re.compile(
    rf"{_BEFORE}(?P<whole>\d{{1,3}}(?:[\s'’]\d{{3}})+|\d{{1,3}}(?:,\d{{3}})+|\d+)"
    rf"(?:\.(?P<part>\d+))?{_AFTER}"
)
# Numbers that only one of the two ways of writing allows.
_ONLY_COMMA = re.compile(r"\d\.\d{3},\d|\d[\s'’]\d{3},\d|(?<![\d.,])\d+,(?:\d{1,2}|\d{4,})(?!\d)")
_ONLY_POINT = re.compile(r"\d,\d{3}\.\d|(?<![\d.,])\d+\.(?:\d{1,2}|\d{4,})(?!\d)")
_SHARE_OF_NUMBERS = 0.8

csv.field_size_limit(10_000_000)


def parse_csv(content: bytes, name: str, on_progress: ProgressListener) -> ParsedFile:
    """Read a table of text with any common separator.

    Raises:
        EmptyFile: no row has a value.
        UnreadableFile: the rows cannot be told apart.
    """
    rows, warnings = read_csv_rows(content, name)
    grid = tuple(_place_rows(rows))
    if not grid:
        raise EmptyFile(f"{name} has no rows. Check that it was saved with its data.")
    page = build_sheet_page(1, name.rsplit(".", 1)[0], grid)
    on_progress(Progress(name, "reading", 1, 1))
    return ParsedFile((page,), warnings=warnings)


def read_csv_rows(content: bytes, name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """Return all rows, blank ones too, with numbers in the English way, and the warnings.

    Raises:
        UnreadableFile: the rows cannot be told apart.
    """
    text, announced = decode_text(content)
    hint = _HINT.match(text)
    body = text[hint.end() :] if hint else text
    delimiter = hint.group(1) if hint else find_delimiter(body)
    try:
        rows = [
            [" ".join(value.split()) for value in row]
            for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise UnreadableFile(
            f"{name} cannot be read as a table ({error}). Save it as CSV in UTF-8 and add that."
        ) from error
    if hint:
        rows.insert(0, [])  # the addresses count the line of the hint
    commas = convert_decimal_commas(rows)
    return rows, (*announced, *_warn_of_widths(rows), *commas)


def find_delimiter(text: str) -> str:
    """Return the separator that gives the first lines the same number of cells, a comma if none."""
    sample = "\n".join(text[:100_000].splitlines()[:_SAMPLE_LINES])
    scores = [(_score(sample, delimiter), -index) for index, delimiter in enumerate(DELIMITERS)]
    best, place = max(scores)
    return DELIMITERS[-place] if best > (0.0, 0) else ","


def _score(sample: str, delimiter: str) -> tuple[float, int]:
    """Return the share of rows that have the commonest number of cells, and that number."""
    try:
        rows = csv.reader(io.StringIO(sample), delimiter=delimiter)
        widths = Counter(len(row) for row in rows if row)
    except csv.Error:
        return 0.0, 0
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return 0.0, 0
    width = max(several, key=lambda candidate: (several[candidate], candidate))
    return several[width] / widths.total(), width


def _warn_of_widths(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    widths = Counter(len(row) for row in rows if any(row))
    if len(widths) < 2:
        return ()
    usual = widths.most_common(1)[0][0]
    odd = [str(number) for number, row in enumerate(rows, 1) if any(row) and len(row) != usual]
    named = ", ".join(odd[:_MAX_NAMED_ROWS])
    more = f" and {len(odd) - _MAX_NAMED_ROWS} more" if len(odd) > _MAX_NAMED_ROWS else ""
    return (
        f"rows have between {min(widths)} and {max(widths)} cells: most have {usual}, "
        f"look at row {named}{more}",
    )


def convert_decimal_commas(rows: list[list[str]]) -> tuple[str, ...]:
    """Rewrite columns of numbers like "1.234,56" as "1,234.56", in place; return the warnings.

    A column is read so when its numbers say it (or say nothing, while other columns do) and none
    says the opposite.
    """
    width = max(map(len, rows), default=0)
    texts = [[row[c] for row in rows if c < len(row) and row[c]] for c in range(width)]
    votes = [_vote(column) for column in texts]
    with_commas = [c for c, vote in enumerate(votes) if vote > 0]
    if with_commas and not any(vote < 0 for vote in votes):
        with_commas = [c for c, column in enumerate(texts) if _are_numbers(column)]
    columns = frozenset(with_commas)
    for row in rows:
        for column, text in enumerate(row):
            if text:
                row[column] = normalise_number(text, decimal_comma=column in columns)
    if not columns:
        return ()
    letters = ", ".join(get_column_letter(column + 1) for column in with_commas)
    return (f'column {letters}: commas are read as decimal points ("1,5" as 1.5)',)


def _vote(column: Sequence[str]) -> int:
    """Return 1 where the numbers have decimal commas, -1 for points, 0 where they do not say."""
    commas = sum(bool(_COMMA_NUMBER.fullmatch(t) and _ONLY_COMMA.search(t)) for t in column)
    points = sum(bool(_POINT_NUMBER.fullmatch(t) and _ONLY_POINT.search(t)) for t in column)
    if commas and not points and _are_numbers(column):
        return 1
    return -1 if points else 0


def _are_numbers(column: Sequence[str]) -> bool:
    below = column[1:]  # the first is the head
    matches = sum(_COMMA_NUMBER.fullmatch(text) is not None for text in below)
    return bool(below) and matches >= _SHARE_OF_NUMBERS * len(below)


@lru_cache(maxsize=20_000)
def normalise_number(text: str, *, decimal_comma: bool = False) -> str:
    """Write a number the English way ("1 234,5 €" as "€1,234.5"); other texts stay as they are."""
    if text.isalpha() or (text.isdecimal() and not decimal_comma):
        return text
    match = (_COMMA_NUMBER if decimal_comma else _POINT_NUMBER).fullmatch(text)
    if match is None:
        return text
    whole, part, after = match["whole"], match["part"], match["after"].replace(" ", "")
    if whole.isdecimal() and after in {"", ")", "%"} and not decimal_comma:
        return text
    if not whole.isdecimal():
        whole = f"{int(re.sub(r'[^0-9]', '', whole)):,}"
    sign = re.search(r"[$€£¥]|[A-Z]{3}", after)
    front = match["before"].strip()
    if sign:
        front += sign.group() + (" " if sign.group().isalpha() else "")
        after = after.replace(sign.group(), "")
    elif front.isalpha():
        front += " "
    if after.startswith("-"):
        front, after = "-" + front, after[1:]
    return f"{front}{whole}{f'.{part}' if part else ''}{after}"


def _place_rows(rows: Sequence[Sequence[str]]) -> Iterator[GridRow]:
    line = 0
    for number, row in enumerate(rows, start=1):
        filled = [(column, text) for column, text in enumerate(row, start=1) if text]
        if filled:
            words = tuple(
                Word(text, cell=f"{get_column_letter(column)}{number}") for column, text in filled
            )
            yield GridRow(number, tuple(column for column, _ in filled), words, line)
            line += 1
