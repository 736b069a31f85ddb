"""A model's own chat template and tokenizer: from a user's message to the tokens of a prompt.

Reads both from a loaded GGUF file, of which the vocabulary is enough. Knows no prompt of ours.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import llama_cpp
from jinja2 import TemplateError
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from models.errors import ModelFileError


class PromptFormat:
    """How a message becomes a prompt; `file_name` is for messages."""

    def __init__(self, llama: llama_cpp.Llama, file_name: str) -> None:
        """Read template and control tokens.

        Raises:
            ModelFileError: there is no chat template, or it cannot be used.
        """
        self._llama, self._file_name = llama, file_name
        self._vocabulary = llama_cpp.llama_model_get_vocab(llama.model)
        # Qwen's tokenizer composes characters first; llama.cpp leaves that to its caller.
        self._is_composed = llama.metadata.get("tokenizer.ggml.pre") == "qwen2"
        self._formatter = self._build_formatter()
        self._control_texts = self._find_control_texts()
        self._require_message()

    def render(self, message: str, examples: Sequence[tuple[str, str]] = ()) -> str:
        """Return one user message, after examples, in the model's own chat template.

        Text that reads as one of the model's control tokens is taken apart first: a filing may
        hold anything, and must not be able to speak as the assistant.
        """
        for control in self._control_texts:
            if control in message:
                message = message.replace(control, control[:1] + " " + control[1:])
        turns: list[Any] = []
        for asked, answered in examples:
            turns.append({"role": "user", "content": asked})
            turns.append({"role": "assistant", "content": answered})
        turns.append({"role": "user", "content": message})
        return str(self._formatter(messages=turns).prompt)

    def tokenize(self, message: str, examples: Sequence[tuple[str, str]] = ()) -> list[int]:
        """Return the tokens of a rendered prompt."""
        return self.tokenize_text(self.render(message, examples), add_bos=self._adds_bos())

    def tokenize_text(self, text: str, *, add_bos: bool = False) -> list[int]:
        """Return the tokens of a text in which control tokens are written out."""
        if self._is_composed:
            text = unicodedata.normalize("NFC", text)
        return list(self._llama.tokenize(text.encode(), add_bos=add_bos, special=True))

    def _adds_bos(self) -> bool:
        """Whether the vocabulary wants a start token that the template has not written."""
        bos = llama_cpp.llama_vocab_bos(self._vocabulary)
        adds = bool(llama_cpp.llama_vocab_get_add_bos(self._vocabulary))
        text = self._llama.detokenize([bos], special=True).decode() if bos >= 0 else ""
        return adds and not self.render("").startswith(text or "\x00")

    def _find_control_texts(self) -> tuple[str, ...]:
        control = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL
        texts = (
            self._llama.detokenize([token], special=True).decode("utf-8", "ignore")
            for token in range(self._llama.n_vocab())
            if llama_cpp.llama_vocab_get_attr(self._vocabulary, token) & control
        )
        return tuple(text for text in texts if len(text) > 2)

    def _build_formatter(self) -> Jinja2ChatFormatter:
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise ModelFileError(
                f"{self._file_name} has no chat template, so it is no model to talk with. "
                "Take an instruction-tuned model."
            )
        special = [
            self._llama.detokenize([token], special=True).decode() if token >= 0 else ""
            for token in (self._llama.token_eos(), self._llama.token_bos())
        ]
        # That it parses was seen when the file was loaded.
        return Jinja2ChatFormatter(template, eos_token=special[0], bos_token=special[1])

    def _require_message(self) -> None:
        """Try the template: a broken one may parse, and fail or lose the message when it is used.

        Raises:
            ModelFileError: it does.
        """
        message, fault = "What were net sales?", "it loses the message"
        try:
            if message in self.render(message):
                return
        except (TemplateError, TypeError, ValueError) as error:
            fault = str(error)
        raise ModelFileError(
            f"The chat template in {self._file_name} cannot be used ({fault}). Take another build."
        )
