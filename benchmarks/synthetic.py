"""A library of any size, made of the passages of real filings.

A synthetic passage takes the lines of a real one, some of them exchanged for lines of other
passages and the amounts drawn anew, so that words are as frequent as in real filings. Its vector
is the real one's, moved along the difference of two other real vectors and normalised, so that
the neighbours of a vector lie about as they do among filings of several years. The same number
always gives the same document. Knows the storage; nothing of searching.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ingestion.documents import (
    Document,
    FilingFacts,
    ParsedFile,
    Passage,
    build_document_id,
    build_passage_id,
)
from ingestion.storage.database import Database
from ingestion.storage.vectors import VectorIndex, Vectors

# About what a 160-page 10-K has.
PASSAGES_A_DOCUMENT = 600
# How many of a passage's lines are exchanged, of 1.
_EXCHANGED = 0.3
# How far a vector is moved, as a share of the difference of two others: the cosine to where it
# came from is then from 0.99 down to 0.75, as it is between the same notes of two years.
_MOVED = (0.1, 0.6)
_LINES = re.compile(r"\n|(?<=[.;]) (?=[A-Z])")
_AMOUNT = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+\.\d+")
_DIGIT = re.compile(r"\d")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Real passages and their vectors, one row each, of unit length.

    `lines` are those of all passages of a kind, repeated as often as they stand there.
    """

    passages: tuple[Passage, ...]
    vectors: Vectors
    lines: dict[str, tuple[str, ...]]


def build_source(passages: Sequence[Passage], vectors: Vectors) -> Source:
    """Put together what synthetic documents are made of."""
    lines: dict[str, list[str]] = {}
    for passage in passages:
        lines.setdefault(passage.kind, []).extend(_LINES.split(passage.text))
    kinds = {kind: tuple(texts) for kind, texts in lines.items()}
    return Source(tuple(passages), vectors, kinds)


def name_document(number: int) -> str:
    """Return the id of the `number`th synthetic document."""
    return build_document_id(f"synthetic {number}".encode())


def count_documents(size: int) -> int:
    """Return how many documents hold `size` passages, the last one whole."""
    return -(-size // PASSAGES_A_DOCUMENT)


def build_passages(source: Source, number: int) -> tuple[Passage, ...]:
    """Return the passages of the `number`th document, in reading order."""
    random = np.random.default_rng((number, 0))
    document_id = name_document(number)
    passages = []
    for place, origin in enumerate(_choose_origins(source, number)):
        passage = source.passages[origin]
        text = _vary_text(passage.text, source.lines[passage.kind], random)
        passages.append(
            replace(
                passage,
                passage_id=build_passage_id(document_id, place // 4 + 1, place, text),
                document_id=document_id,
                page=place // 4 + 1,
                text=text,
                first_line=place,
                last_line=place,
            )
        )
    return tuple(passages)


def build_vectors(source: Source, number: int) -> Vectors:
    """Return the vectors of the `number`th document's passages, shape (600, dimensions)."""
    random = np.random.default_rng((number, 1))
    origins = source.vectors[_choose_origins(source, number)]
    one, other = source.vectors[random.integers(len(source.vectors), size=(2, PASSAGES_A_DOCUMENT))]
    share = random.uniform(*_MOVED, size=(PASSAGES_A_DOCUMENT, 1)).astype(np.float32)
    moved = origins + share * (one - other)
    unit: Vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


def _choose_origins(source: Source, number: int) -> npt.NDArray[np.int64]:
    random = np.random.default_rng((number, 2))
    return random.integers(len(source.passages), size=PASSAGES_A_DOCUMENT)


def _vary_text(text: str, lines: Sequence[str], random: np.random.Generator) -> str:
    """Exchange some lines for others, and draw the digits of all amounts anew."""
    own = _LINES.split(text)
    exchanged = random.random(len(own)) < _EXCHANGED
    chosen = random.integers(len(lines), size=len(own))
    varied = "\n".join(
        lines[other] if is_exchanged else line
        for line, is_exchanged, other in zip(own, exchanged, chosen, strict=True)
    )
    digits = iter(random.integers(1, 10, size=len(varied)).tolist())
    return _AMOUNT.sub(
        lambda amount: _DIGIT.sub(lambda _: str(next(digits)), amount.group()), varied
    )


def grow_words(database: Database, source: Source, size: int) -> None:
    """Store documents until the library has `size` passages; goes on where it was stopped."""
    stored = {document.document_id for document in database.documents()}
    for number in range(count_documents(size)):
        if name_document(number) in stored:
            continue
        passages = build_passages(source, number)
        document = Document(
            name_document(number),
            f"synthetic-{number:05d}.pdf",
            FilingFacts(f"Company {number // 10:04d}", "10-K", 2010 + number % 10),
            pages=passages[-1].page,
            passages=len(passages),
            tables=0,
            facts=0,
            added_at="2024-01-01T00:00:00+00:00",
        )
        database.store_document(document, ParsedFile(()), passages, parser_version=1)
        if number % 50 == 0:
            log.info("words of document %d stored, of %d passages in all", number, size)


def grow_vectors(
    database: Database, index: VectorIndex, source: Source, size: int, model: str
) -> None:
    """Add vectors until each passage of the library has one; goes on where it was stopped."""
    whole = {count.document_id for count in database.count_vectors(model) if count.is_whole}
    missing = [n for n in range(count_documents(size)) if name_document(n) not in whole]
    for place, number in enumerate(missing):
        document_id = name_document(number)
        ids = [passage.passage_id for passage in build_passages(source, number)]
        index.add(document_id, ids, build_vectors(source, number))
        database.note_vectors(document_id, model, len(ids))
        if place % 10 == 0:
            log.info("vectors of document %d added, %d missing", number, len(missing) - place - 1)
