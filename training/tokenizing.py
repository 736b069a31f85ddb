"""Examples as tokens: rendered by the same code and chat template as where the model is asked.

The prompt is what the desk's engine would read; the completion ends with the token at which the
engine stops. Knows no packing and no model's weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from models.llama.loading import load_vocabulary
from models.llama.prompts import PromptFormat
from training.examples import Example


class TokenFormat(Protocol):
    """What this module asks of a tokenizer with its chat template."""

    def tokenize(self, message: str) -> list[int]:
        """Return the tokens of one user message in the chat template."""

    def tokenize_text(self, text: str) -> list[int]:
        """Return the tokens of a text."""


@dataclass(frozen=True, slots=True)
class TokenExample:
    """An example's token ids; only those of the completion are learnt."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)


def open_format(base: Path) -> tuple[PromptFormat, int]:
    """Return a GGUF file's format, and the token that ends an answer.

    Raises:
        ModelFileError: the file cannot be read, or has no chat template.
    """
    llama = load_vocabulary(base)
    return PromptFormat(llama, base.name), int(llama.token_eos())


def tokenize_examples(
    examples: Iterable[Example], format_: TokenFormat, end: int, longest: int
) -> Iterator[TokenExample]:
    """Yield examples as tokens; those of more than `longest` tokens in all are left out."""
    for example in examples:
        completion = (*format_.tokenize_text(example.completion), end)
        found = TokenExample(tuple(format_.tokenize(example.prompt)), completion)
        if len(found) <= longest:
            yield found
