"""Checkpoints to convert: random Qwen2 and Llama models of any size, and the built-in one.

The vocabulary and merges are those of the built-in model's GGUF file; the tokenizer files around
them are written here as the makers of Qwen2.5, Llama 3.1 and SmolLM2 write theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from models.builtin import find_builtin_chat
from models.conversion.dequantising import write_checkpoint
from models.conversion.vocabulary import PATTERNS

Architecture = Literal["qwen2", "llama"]
_PATTERN_OF = {name: pattern for pattern, name in PATTERNS.items()}
_CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_HEADERS = (
    "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + "
    "'<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}"
    "{% endif %}"
)
_FEW_MERGES = 4000
_HEADER_TOKENS = (
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a random model is; `rows` is the least number of its tokens."""

    layers: int = 2
    hidden: int = 64
    feed_forward: int = 160
    heads: int = 4
    kv_heads: int = 2
    rows: int = 0


TINY = Size()
# Qwen2.5-0.5B's own.
HALF_BILLION = Size(layers=24, hidden=896, feed_forward=4864, heads=14, kv_heads=2, rows=151_936)


@lru_cache(maxsize=1)
def read_builtin_vocabulary() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the built-in model's tokens, its merges, and its control tokens."""
    from gguf import GGUFReader, TokenType

    reader = GGUFReader(find_builtin_chat())
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    kinds = reader.fields["tokenizer.ggml.token_type"].contents()
    merges = reader.fields["tokenizer.ggml.merges"].contents()
    control = (t for t, kind in zip(tokens, kinds, strict=True) if kind == TokenType.CONTROL)
    return tuple(tokens), tuple(merges), tuple(control)


def write_tokenizer(
    folder: Path,
    pre_tokenizer: str,
    *,
    template: str | None = None,
    extra: tuple[str, ...] = (),
    most_merges: int | None = None,
) -> int:
    """Write tokenizer files with the built-in vocabulary; returns how many tokens there are.

    `most_merges` takes the first merges alone, and the tokens that they come to: a small vocabulary
    is written and read at once.

    `pre_tokenizer` is llama.cpp's name; "llama-bpe" brings Llama 3's header tokens and template
    and starts each text with its first token. `extra` are added tokens that are no control tokens.
    """
    tokens, merges, control = read_builtin_vocabulary()
    if most_merges is not None:
        # Tokens stand in the order of the merges that they come of.
        tokens = tokens[: len(tokens) - len(merges) + most_merges]
        merges = merges[:most_merges]
    headers = _HEADER_TOKENS if pre_tokenizer == "llama-bpe" else ()
    added = [(text, tokens.index(text), True) for text in control]
    added += [(text, len(tokens) + at, True) for at, text in enumerate(headers)]
    behind = len(tokens) + len(headers)
    added += [(text, behind + at, False) for at, text in enumerate(extra)]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_describe_added(*one) for one in added],
        "normalizer": {"type": "NFC"} if pre_tokenizer == "qwen2" else None,
        "pre_tokenizer": _describe_cutting(pre_tokenizer),
        "post_processor": _describe_start(headers, added),
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": bool(headers),
            "vocab": {text: at for at, text in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in merges],
        },
    }
    _write_json(folder / "tokenizer.json", tokenizer)
    _write_json(folder / "tokenizer_config.json", _describe_template(headers, template))
    return behind + len(extra)


def write_random_checkpoint(
    folder: Path,
    architecture: Architecture,
    size: Size = TINY,
    *,
    tied: bool = False,
    shard_bytes: int | None = None,
    dtype: str = "float32",
    seed: int = 0,
    rope_scaling: Mapping[str, Any] | None = None,
) -> Path:
    """Write a randomly initialised model with its tokenizer; returns the folder.

    Its embeddings have a few rows more than there are tokens, as Qwen's have. The weights are
    larger than at the start of training, so that the model is sure of what it says and a wrong
    conversion shows.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    known = write_tokenizer(
        folder,
        "qwen2" if architecture == "qwen2" else "llama-bpe",
        most_merges=None if size.rows else _FEW_MERGES,
    )
    shared: dict[str, Any] = {
        "vocab_size": max(size.rows, -(-known // 64) * 64 + 64),
        "hidden_size": size.hidden,
        "intermediate_size": size.feed_forward,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": tied,
        "initializer_range": 0.02 if size.layers > TINY.layers else 0.15,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
    }
    torch.manual_seed(seed)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        if architecture == "qwen2":
            model: Any = Qwen2ForCausalLM(Qwen2Config(**shared))
            # Left at nought they could be lost without a trace.
            for name, weights in model.named_parameters():
                if name.endswith("bias"):
                    torch.nn.init.normal_(weights, std=0.5)
        else:
            model = LlamaForCausalLM(LlamaConfig(**{**shared, "rope_scaling": rope_scaling}))
    finally:
        torch.set_default_dtype(before)
    model.save_pretrained(folder, max_shard_size=shard_bytes or 10**12)
    return folder


def write_builtin_checkpoint(folder: Path) -> Path:
    """Write the built-in model as a checkpoint: its weights as they are computed with, in F32."""
    file = find_builtin_chat()
    write_checkpoint(file, folder)
    from gguf import GGUFReader

    template = GGUFReader(file).fields["tokenizer.chat_template"].contents()
    write_tokenizer(folder, "smollm", template=template)
    return folder


def _describe_template(headers: tuple[str, ...], template: str | None) -> dict[str, Any]:
    """Return what `tokenizer_config.json` holds: special tokens and the chat template."""
    config: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast" if headers else "Qwen2Tokenizer",
        "bos_token": headers[0] if headers else None,
        "eos_token": headers[-1] if headers else "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 32768,
        "clean_up_tokenization_spaces": False,
        "chat_template": template or (_HEADERS if headers else _CHATML),
    }
    if not headers:
        config["add_bos_token"] = False
    return config


def _describe_added(text: str, number: int, special: bool) -> dict[str, Any]:
    return {
        "id": number,
        "content": text,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": special,
    }


def _describe_cutting(pre_tokenizer: str) -> dict[str, Any]:
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": False,
        "use_regex": pre_tokenizer == "smollm",
    }
    if pre_tokenizer == "smollm":
        first: dict[str, Any] = {"type": "Digits", "individual_digits": True}
    else:
        first = {
            "type": "Split",
            "pattern": {"Regex": _PATTERN_OF[pre_tokenizer]},
            "behavior": "Isolated",
            "invert": False,
        }
    return {"type": "Sequence", "pretokenizers": [first, byte_level]}


def _describe_start(
    headers: tuple[str, ...], added: list[tuple[str, int, bool]]
) -> dict[str, Any] | None:
    if not headers:
        return {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": False,
            "use_regex": False,
        }
    ids = {text: number for text, number, _ in added}
    start = {"SpecialToken": {"id": headers[0], "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [start, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            start,
            {"Sequence": {"id": "A", "type_id": 0}},
            start,
            {"Sequence": {"id": "B", "type_id": 1}},
        ],
        "special_tokens": {
            headers[0]: {"id": headers[0], "ids": [ids[headers[0]]], "tokens": [headers[0]]}
        },
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
