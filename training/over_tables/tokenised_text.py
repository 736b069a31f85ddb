"""Text as a set of tokens, written again as a filing prints it.

FinQA and ConvFinQA part marks from words ("( in millions )", "$ 1234", "company 2019s"), print a
negative twice ("-3279 ( 3279 )") and leave out the commas of thousands. Pure functions on text;
knows no table and no question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# A character's code point was kept where the character was lost.
_LOST_CHARACTERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[a-z]) 2019s\b"), "'s"),
    (re.compile(r"(?<=[a-z]s) 2019(?= [a-z])(?<!years 2019)(?<!quarters 2019)"), "'"),
    (re.compile(r"\b201c\s?(?=\w)"), '"'),
    (re.compile(r"\s?\b201d(?![0-9])"), '"'),
    (re.compile(r"(?<=[a-z]) ?2013(?=[a-z])"), "-"),
    (re.compile(r"(?<=\d) 2013(?=\d{1,3}\b)"), "-"),
    (re.compile(r"(?<=[:;)]) 2022(?= [a-z])"), ""),
)
_TWICE_PERCENT = re.compile(r"(-?[\d.,]+)\s?%\s\(\s*-?[\d.,]*\s*%?\s*\)")
_TWICE_NEGATIVE = re.compile(r"-\s?([\d.,]+)\s\(\s*([\d.,]+)\s*\)")
_SPACES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"%\s*\(\s*%\s*\)"), "%"),
    (re.compile(r"\s+([,.;:?!)\]])"), r"\1"),
    (re.compile(r"(?<=[\d)])\s+%"), "%"),
    (re.compile(r"([(\[])\s+"), r"\1"),
    (re.compile(r"\$\s+(?=[\d.(-])"), "$"),
    (re.compile(r"(?<=\w)\s+'(?=s\b|\s)"), "'"),
    (re.compile(r"\s{2,}"), " "),
)
# A day that is run together with its year: "dec. 312008".
_GLUED_DAY = re.compile(
    r"\b((?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*\.? )"
    r"(\d{1,2})((?:19|20)\d\d)\b"
)
_LONG_NUMBER = re.compile(r"(?<![\d.,/-])\d{4,}(?![\d/-])(?!,\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
# A dash for nil was kept as its code point, which looks like a year.
_NIL = re.compile(r"\$?\s*2014")
_DASH_IN_LABEL = re.compile(r"(?<=[a-z]) 201[34] (?=[a-z])")


def write_text(text: str) -> str:
    """Return prose as it is printed: marks at their words, thousands parted where it is an amount.

    A bare number of four digits that may be a year stays as it is.
    """
    return part_thousands(_close_up(text))


def write_rows(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return a table's cells as they are printed; the first row holds the heads.

    A lone "2014" right of the labels is a lost dash, unless it stands among years; so is one
    between words of a label.
    """
    heads = [tuple(map(write_cell, row)) for row in rows[:1]]
    return (*heads, *map(_write_row, rows[1:]))


def _write_row(row: Sequence[str]) -> tuple[str, ...]:
    label = [write_cell(_DASH_IN_LABEL.sub(" \u2014 ", cell)) for cell in row[:1]]
    keeps = _has_years(row)
    cells = ["\u2014" if not keeps and _NIL.fullmatch(cell.strip()) else cell for cell in row[1:]]
    return (*label, *map(write_cell, cells))


def write_cell(text: str) -> str:
    """Return a cell as it is printed: "-3279 ( 3279 )" as "(3,279)"."""
    return part_thousands(_close_up(text))


def _has_years(row: Sequence[str]) -> bool:
    return any(
        _YEAR.fullmatch(cell.strip()) and not _NIL.fullmatch(cell.strip()) for cell in row[1:]
    )


def part_thousands(text: str) -> str:
    """Put commas into numbers of four digits and more; what may be a year is left alone."""

    def part(match: re.Match[str]) -> str:
        number = match[0]
        is_money = text[: match.start()].endswith(("$", "$("))
        if number.startswith("0") or (_YEAR.fullmatch(number) and not is_money):
            return number
        return f"{int(number):,}"

    return _LONG_NUMBER.sub(part, text)


def _close_up(text: str) -> str:
    for pattern, character in _LOST_CHARACTERS:
        text = pattern.sub(character, text)
    text = _TWICE_PERCENT.sub(_write_percent, text)
    text = _TWICE_NEGATIVE.sub(lambda found: f"({found[2]})", text)
    for pattern, instead in _SPACES:
        text = pattern.sub(instead, text)
    return _GLUED_DAY.sub(r"\1\2 \3", text.strip())


def _write_percent(found: re.Match[str]) -> str:
    number = found[1]
    return f"({number[1:]})%" if number.startswith("-") else f"{number}%"
