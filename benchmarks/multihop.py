"""A library that is not finance: the paragraphs of three sets of multi-hop questions.

HotpotQA, 2WikiMultiHopQA and MuSiQue, 100 questions each, with the paragraphs that support an
answer and those that do not. All paragraphs of a set make one file, one page a paragraph, and
the three files are one library. Knows the sets' formats; no workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.golds import DataMissing, read_rows
from benchmarks.measures import PagePlace
from benchmarks.pooled import Pool, lay_out_page
from benchmarks.sought import Evidence, Sought

_FOLDER = "multihop"


class Paragraph(NamedTuple):
    """A paragraph with its title."""

    title: str
    text: str


class _Asked(NamedTuple):
    question_id: str
    text: str
    paragraphs: tuple[Paragraph, ...]
    supporting: tuple[Paragraph, ...]


def load_multihop(data: Path) -> Pool:
    """Return the three sets as one pool.

    Raises:
        DataMissing: a file is not there, or a line of it is no question.
    """
    readers: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], _Asked]]] = {
        "HotpotQA": ("migres_hotpot_dev100.jsonl", read_wiki),
        "2WikiMultiHopQA": ("migres_2wiki_dev100.jsonl", read_wiki),
        "MuSiQue": ("migres_musique_dev100.jsonl", read_musique),
    }
    files: dict[str, tuple[str, ...]] = {}
    sought: list[Sought] = []
    for group, (file, read) in readers.items():
        asked = tuple(_read(data / _FOLDER / file, read))
        paragraphs = tuple(dict.fromkeys(one for each in asked for one in each.paragraphs))
        page_of = {paragraph: number for number, paragraph in enumerate(paragraphs, start=1)}
        files[group] = tuple(lay_out_page(one.title, [one.text]) for one in paragraphs)
        sought += [
            Sought(
                group,
                each.question_id,
                each.text,
                (group,),
                tuple(
                    Evidence(frozenset({PagePlace(group, page_of[one])})) for one in each.supporting
                ),
            )
            for each in asked
        ]
    return Pool(files, tuple(sought))


def _read(path: Path, read: Callable[[Mapping[str, Any]], _Asked]) -> Iterator[_Asked]:
    for number, row in read_rows(path):
        try:
            yield read(row)
        except (KeyError, TypeError, ValueError) as error:
            raise DataMissing(f"Line {number} of {path} is no question ({error!r}).") from error


def read_wiki(row: Mapping[str, Any]) -> _Asked:
    """Read a row of HotpotQA or 2WikiMultiHopQA, whose paragraphs are lists of sentences."""
    paragraphs = tuple(
        Paragraph(title, " ".join(" ".join(sentences).split()))
        for title, sentences in row["context"]
    )
    titles = {title for title, _ in row["supporting_facts"]}
    supporting = tuple(one for one in paragraphs if one.title in titles)
    return _Asked(row["_id"], row["question"], paragraphs, supporting)


def read_musique(row: Mapping[str, Any]) -> _Asked:
    """Read a row of MuSiQue, whose paragraphs say themselves whether they support."""
    paragraphs = tuple(
        Paragraph(item["title"], " ".join(item["paragraph_text"].split()))
        for item in row["paragraphs"]
    )
    supporting = tuple(
        paragraph
        for paragraph, item in zip(paragraphs, row["paragraphs"], strict=True)
        if item["is_supporting"]
    )
    return _Asked(row["id"], row["question"], paragraphs, supporting)
