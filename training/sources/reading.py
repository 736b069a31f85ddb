"""Reading the files that data sets are published in: JSON, JSON lines and CSV, packed or not.

Knows where a row stands, so that a message can name it; knows no data set's fields.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from training.errors import SourceError

Row = TypeVar("Row")
# What taking a field out of a row raises where the row is of another form.
_OTHER_FORM = (KeyError, IndexError, TypeError, ValueError, AttributeError)
_QUOTED = re.compile(r"``\s*(.*?)\s*''\s*")
# "Brand( 1866)": the space stands on the wrong side.
_STRAY_BRACKET = re.compile(r"(?<=[\w\"])\( ")
_STRAY_SPACE = re.compile(r"(?<=[(\[])\s+|\s+(?=[)\],;?])")


def find_files(folder: Path, patterns: Sequence[str], name: str) -> tuple[Path, ...]:
    """Return the files of a set, in the order of their names.

    Raises:
        SourceError: none is there.
    """
    found = {path for pattern in patterns for path in folder.glob(pattern)}
    if not found:
        raise SourceError(
            f"{folder} holds no file {' or '.join(patterns)} of {name}. Put the published file "
            "there, or leave the set out."
        )
    return tuple(sorted(found))


def read_json(path: Path, name: str) -> Any:
    """Read a file of one JSON value; `name` is the set's, for messages.

    Raises:
        SourceError: it cannot be read, or is no JSON.
    """
    with _opened(path, name) as file:
        return json.load(file)


def read_json_lines(path: Path, name: str) -> Iterator[Any]:
    """Yield the JSON value of each line that is not empty.

    Raises:
        SourceError: it cannot be read, or a line is no JSON.
    """
    with _opened(path, name) as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def read_csv(path: Path, name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a head, by column.

    Raises:
        SourceError: it cannot be read.
    """
    with _opened(path, name) as file:
        yield from csv.DictReader(file)


@contextmanager
def reading_row(path: Path, number: int, name: str) -> Iterator[None]:
    """Tell of a row that is not in the set's format; rows are counted from 1.

    Raises:
        SourceError: what is done within finds a field missing or of another kind.
    """
    try:
        yield
    except _OTHER_FORM as error:
        raise SourceError(
            f"{path}, row {number} is not in the published format of {name} "
            f"({type(error).__name__}: {error}). Take the file as its makers publish it."
        ) from error


def read_rows(
    folder: Path, patterns: Sequence[str], name: str, read: Callable[[Any], Row]
) -> Iterator[Row]:
    """Yield what `read` makes of each row of a set's JSON files, which hold lists.

    Raises:
        SourceError: there is no file, or one is of another format.
    """
    for path in find_files(folder, patterns, name):
        for number, row in enumerate(read_json(path, name), start=1):
            with reading_row(path, number, name):
                found = read(row)
            yield found


def squeeze(text: str) -> str:
    """Join what white space parts by single spaces."""
    return " ".join(text.split())


def tidy_text(text: str) -> str:
    """Join words by single spaces, with none inside brackets or before a comma.

    Quotation marks of two characters, which stand off their words, are written as one.
    """
    spaced = _STRAY_BRACKET.sub(" (", _QUOTED.sub(r'"\1" ', squeeze(text)))
    return squeeze(_STRAY_SPACE.sub("", spaced))


@contextmanager
def _opened(path: Path, name: str) -> Iterator[TextIO]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8", newline="") as packed:
                yield packed
        else:
            with path.open(encoding="utf-8", newline="") as file:
                yield file
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror or error}). Put the published file of "
            f"{name} there, or leave the set out."
        ) from error
    except (ValueError, csv.Error, EOFError) as error:
        raise SourceError(f"{path} is damaged ({error}). Fetch it from {name} again.") from error
