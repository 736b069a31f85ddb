"""A checkpoint's tokenizer as llama.cpp wants it: tokens, their kinds, merges, pre-tokenizer.

Byte-level BPE alone, which Qwen2 and Llama 3 have. llama.cpp knows the way that text is cut before
merging by a name and not by its pattern, so that a pattern which is not known here is refused:
under another name it would give other tokens, and no error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.conversion.checkpoint import read_json
from models.errors import CheckpointError

# What stands before "\p{N}" and behind it is the same in both.
_HEAD = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# How text is cut, by llama.cpp's name of it.
PATTERNS = {
    _HEAD + r"\p{N}" + _TAIL: "qwen2",
    _HEAD + r"\p{N}{1,3}" + _TAIL: "llama-bpe",
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens in the order of their ids, each with ggml's kind of token.

    `pre_tokenizer` is llama.cpp's name of the way that text is cut before merging.
    """

    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    pre_tokenizer: str


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """Read `tokenizer.json`; ids up to `size` that no token has are filled up.

    Raises:
        CheckpointError: the file is missing or damaged, or the tokenizer is of another kind.
    """
    from gguf import TokenType

    tokenizer = read_json(folder / "tokenizer.json")
    model = tokenizer.get("model")
    if not isinstance(model, dict) or model.get("type") != "BPE" or not model.get("merges"):
        raise CheckpointError(
            f"{folder / 'tokenizer.json'} is no BPE tokenizer with merges; others are not "
            "converted. Take a GGUF file of the model that somebody else made."
        )
    tokens = [f"[PAD{number}]" for number in range(size)]
    kinds = [int(TokenType.UNUSED)] * size
    for text, number in _known_ids(model["vocab"], size, folder):
        tokens[number], kinds[number] = text, int(TokenType.NORMAL)
    for added in tokenizer.get("added_tokens") or ():
        _, number = _known_ids({added["content"]: added["id"]}, size, folder)[0]
        tokens[number] = str(added["content"])
        kinds[number] = int(TokenType.CONTROL if added.get("special") else TokenType.USER_DEFINED)
    return Vocabulary(tuple(tokens), tuple(kinds), find_pre_tokenizer(tokenizer))


def find_pre_tokenizer(tokenizer: Mapping[str, Any]) -> str:
    """Return llama.cpp's name of the way that a `tokenizer.json` cuts text before merging.

    Raises:
        CheckpointError: it has none that is known here.
    """
    steps = _list_steps(tokenizer.get("pre_tokenizer"))
    kinds = [step.get("type") for step in steps]
    normalizer = (tokenizer.get("normalizer") or {}).get("type")
    if kinds == ["Split", "ByteLevel"]:
        pattern = (steps[0].get("pattern") or {}).get("Regex", "")
        name = PATTERNS.get(pattern)
        # Qwen2 alone brings text into composed form first; llama.cpp does not, see the proof.
        if name and steps[0].get("behavior") == "Isolated" and normalizer in (None, "NFC"):
            return name
    if normalizer is None and kinds == ["Digits", "ByteLevel"] and steps[0]["individual_digits"]:
        return "smollm"
    if normalizer is None and kinds == ["ByteLevel"]:
        return "gpt-2"
    raise CheckpointError(
        f"The tokenizer cuts text in a way that is not known here ({', '.join(map(str, kinds))}): "
        "a wrong guess would give other tokens. Take a GGUF file that somebody else made."
    )


def _list_steps(given: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    if not given:
        return ()
    if given.get("type") == "Sequence":
        return list(given.get("pretokenizers") or ())
    return [given]


def _known_ids(vocabulary: Mapping[str, Any], size: int, folder: Path) -> list[tuple[str, int]]:
    found = [(str(text), int(number)) for text, number in vocabulary.items()]
    for text, number in found:
        if not 0 <= number < size:
            raise CheckpointError(
                f"{folder / 'tokenizer.json'} gives {text!r} the id {number}, and the model has "
                f"{size} tokens. The tokenizer is that of another model."
            )
    return found
