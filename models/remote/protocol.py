"""What is sent to an OpenAI-compatible server: from our nouns to JSON.

Pure. The servers differ in how they take a grammar; their dialects stand here, and which one a
server speaks is found out elsewhere. What they answer is read in `models.remote.answers`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from models.chat import GenerationSettings

Fields = dict[str, Any]

# What a chat template writes around one user message, default system message included, and around
# each turn more; rather too much than too little.
TEMPLATE_TOKENS = 64
_TURN_TOKENS = 16
# The most that OpenAI and vLLM tell.
_TOP_TOKENS = 20

# How a grammar in GBNF is put: llama.cpp's servers; vLLM from 0.11 and before; SGLang.
GRAMMAR_DIALECTS: tuple[Callable[[str], Fields], ...] = (
    lambda grammar: {"grammar": grammar},
    lambda grammar: {"structured_outputs": {"grammar": grammar}},
    lambda grammar: {"guided_grammar": grammar},
    lambda grammar: {"ebnf": grammar},
)
# A model that is asked for a number says "maybe" only where the grammar leaves it nothing else.
PROBE_GRAMMAR = 'root ::= "maybe"'
PROBE_ANSWER = "maybe"
PROBE_MESSAGE = "What is 3 plus 4? Write only the number."

_LETTERS = re.compile(r"[A-Za-z\s]", re.ASCII)
# Texts that chat templates use as control tokens, and that servers read as such wherever they
# stand: <|im_start|> and its like, DeepSeek's, Gemma's, Mistral's.
_CONTROL = re.compile(
    r"<(?=[|\uff5c][^<>\s]{1,40}[|\uff5c]>|/?s>|(?:start|end)_of_turn>|bos>|eos>)|\[(?=/?INST\])"
)


def build_messages(message: str, examples: Sequence[tuple[str, str]] = ()) -> list[Fields]:
    """Return one user message after examples as turns, without a system message.

    Text that reads as a control token is taken apart, as `models.llama` does: a filing may hold
    anything, and must not be able to speak as the assistant.
    """
    turns: list[Fields] = []
    for asked, answered in examples:
        turns.append({"role": "user", "content": asked})
        turns.append({"role": "assistant", "content": answered})
    guarded = _CONTROL.sub(lambda found: found.group() + " ", message)
    return [*turns, {"role": "user", "content": guarded}]


def count_around(settings: GenerationSettings) -> int:
    """Return about how many tokens the chat template writes around the texts, or a few more."""
    return TEMPLATE_TOKENS + _TURN_TOKENS * len(settings.examples)


def build_body(model: str, message: str, settings: GenerationSettings, max_tokens: int) -> Fields:
    """Return a request for a stream, without grammar.

    A penalty of 1.0, which is none, is sent too: without a word llama-cpp-python and LM Studio
    punish repetition by 1.1, and vLLM and SGLang by what the model's own files say. It has a name
    of its own with each.
    """
    body: Fields = {
        "model": model,
        "messages": build_messages(message, settings.examples),
        "max_tokens": max_tokens,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "seed": settings.seed,
        "repeat_penalty": settings.repeat_penalty,
        "repetition_penalty": settings.repeat_penalty,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if settings.stop:
        body["stop"] = list(settings.stop)
    return body


def list_dispensable(settings: GenerationSettings) -> frozenset[str]:
    """Name the fields that a server may go without: what is written should be the same."""
    fields = {"stream_options"}
    if settings.repeat_penalty == 1.0:
        fields |= {"repeat_penalty", "repetition_penalty"}
    if settings.temperature == 0.0:
        fields |= {"seed", "top_p"}
    return frozenset(fields)


def build_probe(model: str, dialect: Callable[[str], Fields]) -> Fields:
    """Return a request that a server answers with `PROBE_ANSWER` if it speaks a dialect."""
    return _build_short(model, PROBE_MESSAGE, 8) | dialect(PROBE_GRAMMAR)


def build_weighing(model: str, message: str) -> Fields:
    """Return a request for the first token's most probable texts."""
    asked = _build_short(model, message, 1)
    return asked | {"logprobs": True, "top_logprobs": _TOP_TOKENS}


def _build_short(model: str, message: str, max_tokens: int) -> Fields:
    return {
        "model": model,
        "messages": build_messages(message),
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "stream": False,
    }


def build_choice_grammar(choices: Sequence[str]) -> str:
    """Allow exactly one of `choices`."""
    quoted = (json.dumps(choice, ensure_ascii=False) for choice in choices)
    return "root ::= " + " | ".join(quoted)


def estimate_tokens(text: str) -> int:
    """Return rather too many tokens for a text: a third of its letters and spaces, all else whole.

    Figures count one a digit, as Qwen's and Llama's tokenizers have it; a flat third of the bytes
    is too few for half of a filing's passages. Of the sample's, this is 1.1 to 1.8 times what the
    built-in model counts.
    """
    letters = len(_LETTERS.findall(text))
    return len(text.encode()) - letters + math.ceil(letters / 3)
