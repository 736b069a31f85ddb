"""Laying the passages that an answer is read from: those that hold it among some that do not.

Knows how much a prompt may hold, and how to tell that a question is beyond a text. Knows no data
set.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

# Of passages in a prompt, in characters: some 450 tokens.
MOST_CHARACTERS = 1800
_MOST_OTHERS = 3
# A passage cut shorter than this says too little.
_LEAST_CHARACTERS = 80
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'\u201c(])")
# Behind these a full stop ends no sentence.
_SHORTENED = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|Inc|Co|Corp|Ltd|No|vs|c|ca|b|d)\.$")
_WORD = re.compile(r"[a-z]{4,}")
# Questions that are looked at for each that is drawn.
_LOOKED_AT = 25
_NAME = re.compile(r"(?<![.?!:] )(?<!^)\b(?:[A-Z][\w&'-]*|\d{3,})")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article; `title` is "" where it has none."""

    title: str
    text: str

    @property
    def passage(self) -> str:
        """The paragraph as the Solver reads it: the title above the text."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def lay_passages(
    support: Sequence[Paragraph], others: Sequence[Paragraph], random: Random
) -> tuple[str, ...]:
    """Return all of `support` and one to three of `others`, shuffled, within the prompt's room.

    Others are cut at a sentence's end where they are too long. Empty where `support` alone has no
    room.
    """
    laid = [paragraph.passage for paragraph in support]
    room = MOST_CHARACTERS - sum(len(passage) + 2 for passage in laid)
    if room < 0:
        return ()
    wanted = random.randint(1, _MOST_OTHERS)
    for paragraph in random.sample(others, min(len(others), wanted)):
        passage = cut_to_sentences(paragraph.passage, room)
        if passage:
            laid.append(passage)
            room -= len(passage) + 2
    random.shuffle(laid)
    return tuple(laid)


def cut_to_sentences(text: str, most: int) -> str:
    """Return the sentences that begin a text, up to `most` characters; "" where that is little."""
    if len(text) <= most:
        return text
    kept = ""
    for sentence in split_sentences(text):
        longer = f"{kept} {sentence}".strip()
        if len(longer) > most:
            break
        kept = longer
    return kept if len(kept) >= _LEAST_CHARACTERS else ""


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a text at the ends of its sentences; a full stop behind "Dr" or an initial is none."""
    sentences: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if sentences and _SHORTENED.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece)
    return tuple(sentences)


def holds(text: str, answer: str) -> bool:
    """Whether a text has an answer in it, as whole words in any case."""
    pattern = rf"(?<!\w){re.escape(answer)}(?!\w)"
    return bool(answer) and re.search(pattern, text, re.IGNORECASE) is not None


def quote_sentence(passages: Sequence[str], answer: str, most: int) -> str:
    """Return the first sentence with the answer in it, of up to `most` characters; "" if none."""
    for passage in passages:
        for sentence in split_sentences(passage.partition("\n")[2] or passage):
            if len(sentence) <= most and holds(sentence, answer):
                return sentence
    return ""


def is_beyond(question: str, passages: Sequence[str]) -> bool:
    """Whether passages cannot answer: a name or a number of the question is nowhere in them."""
    text = "\n".join(passages)
    return any(not holds(text, name.removesuffix("'s")) for name in _NAME.findall(question))


def draw_beyond(
    questions: Sequence[str], passages: Sequence[str], wanted: int, random: Random
) -> list[str]:
    """Draw up to `wanted` questions that passages cannot answer, those that come nearest to them.

    Of some that are looked at the nearest are those with the most words of the passages.
    """
    words = set(_WORD.findall("\n".join(passages).lower()))
    unlike = list(dict.fromkeys(questions))
    drawn = random.sample(unlike, min(len(unlike), _LOOKED_AT * max(wanted, 0)))
    beyond = [question for question in drawn if is_beyond(question, passages)]
    beyond.sort(key=lambda question: -_share(question, words))
    return beyond[:wanted]


def _share(question: str, words: set[str]) -> float:
    asked = set(_WORD.findall(question.lower()))
    return len(asked & words) / max(len(asked), 1)
