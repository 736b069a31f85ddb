"""The articles around a question of HotpotQA's format: those that support it, and the others.

2WikiMultiHopQA has the same: `context` is a list of titles with their sentences, and
`supporting_facts` names titles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from training.sources.passages import Paragraph, lay_passages
from training.sources.reading import tidy_text
from training.sources.sub_answering import Window


@dataclass(frozen=True, slots=True)
class Articles:
    """The paragraphs of a question; `source` and `document` are those of its examples."""

    support: tuple[Paragraph, ...]
    others: tuple[Paragraph, ...]
    source: str
    document: str

    def lay(self, random: Random) -> Window | None:
        """Return what supports the question among other paragraphs; None where there is no room."""
        if not self.support:
            return None
        return self._build(lay_passages(self.support, self.others, random))

    def lay_beside(self, random: Random) -> Window | None:
        """Return paragraphs that were found for the question and do not support it."""
        if len(self.others) < 2:
            return None
        first, *rest = random.sample(self.others, len(self.others))
        return self._build(lay_passages([first], rest, random))

    def _build(self, passages: tuple[str, ...]) -> Window | None:
        return Window(passages, self.source, self.document) if passages else None


def read_articles(row: Mapping[str, Any], source: str, document: str) -> Articles:
    """Read the articles of a row; no support where a title of it is missing.

    Some copies hold lists of titles and of sentences instead of pairs.
    """
    paragraphs = [
        Paragraph(title, tidy_text(" ".join(sentences))) for title, sentences in _list_pairs(row)
    ]
    titles = _list_titles(row)
    support = tuple(paragraph for paragraph in paragraphs if paragraph.title in titles)
    others = tuple(paragraph for paragraph in paragraphs if paragraph.title not in titles)
    is_whole = {paragraph.title for paragraph in support} == titles
    return Articles(support if is_whole else (), others, source, document)


def _list_pairs(row: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    context = row["context"]
    if isinstance(context, Mapping):
        return list(zip(context["title"], context["sentences"], strict=True))
    return [(title, sentences) for title, sentences in context]


def _list_titles(row: Mapping[str, Any]) -> frozenset[str]:
    facts = row["supporting_facts"]
    if isinstance(facts, Mapping):
        return frozenset(facts["title"])
    return frozenset(title for title, _ in facts)
