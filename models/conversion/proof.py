"""Whether a GGUF file computes what its checkpoint computes: tokens, prompts, logits, texts.

The checkpoint is computed by transformers at 32 bits. Of a file whose weights were only rounded to
16 bits the distributions of the next token must agree to a Kullback-Leibler divergence below 5e-4
nats everywhere; of a quantised one it is told. Knows no prompt of ours: its caller gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.conversion.reference import load_reference, load_reference_tokenizer
from models.errors import ModelTooLarge
from models.gguf_header import GgufHeader, read_header
from models.llama.decoding import log_softmax
from models.llama.loading import load_llama, load_vocabulary, plan_file
from models.llama.prompts import PromptFormat

# With AVX2, which multiplies such weights with what it reads rounded to 16 bits too, real weights
# come to 1.3e-4 at one token of 122; what is converted wrongly comes to hundredths and more.
MOST_DIVERGENCE = 5e-4
# Tokens of a prompt whose logits are compared, and of a text that is written.
_COMPARED_TOKENS = 384
_WRITTEN_TOKENS = 48
# By how much two tokens' logits may differ and still be alike: rounding to 16 bits moves them so.
_TIE = 0.02
_PLAIN_TYPES = ("F32", "F16")
_FILE_TYPES = {0: "F32", 1: "F16", 32: "BF16", 7: "Q8_0", 15: "Q4_K_M", 18: "Q6_K", 3: "Q4_1"}

# What tokenizers disagree about when they are not quite the same.
TRICKY_TEXTS = (
    "",
    " ",
    "a",
    "Net sales rose 11.36% to $1,234.5 million in 2023.",
    "(1,234) 0 00 000 0000 12345678901234567890",
    "$(0.83) £5 €1.234,5 ¥100 -7% +3bp",
    "line one\nline two\n\n\nline five\r\nwindows\r\n\r\n",
    "tabs\there\t\tand   three spaces    four",
    " leading and trailing ",
    "|a|b|\n|1|2|\n| 3 | 4 |",
    "### Q1: What was #2 divided by #3?",
    "It's 3M's; they'll, we've, I'M, DON'T, o'clock",
    "中文财报：净利润增长了百分之十二。日本語のテキスト 한국어",
    "Naïve café — “quotes” … Ünïcödé ﬁﬂ ½ ² ™",
    "e\u0301 is e with an accent of its own; A\u030a too",
    "emoji 😀👍🏽👩‍👩‍👧‍👦🇩🇪 and \u200b zero width \ufeff",
    "Привет, мир! שלום مرحبا हिन्दी ไทย",
    "<|im_start|>user\nhello<|im_end|>\n<|endoftext|>",
    "<|start_header_id|>user<|end_header_id|>\n\nhello<|eot_id|>",
    "<answer>42</answer> def f(x):\n    return x ** 2  # comment\n",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\u00a0non-breaking\u00a0spaces\u2003em space",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison; `passed` is None where it could not be made, and `detail` says why."""

    name: str
    passed: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Divergence:
    """Kullback-Leibler divergence of next-token distributions, in nats, over positions.

    `same_first` is the part of the positions at which the likeliest token is the same.
    """

    mean: float
    most: float
    same_first: float
    positions: int


def prove_build(file: Path, folder: Path, messages: Sequence[str]) -> tuple[Check, ...]:
    """Hold a GGUF file against the checkpoint that it was built from, with the given messages.

    Raises:
        ModelFileError, CheckpointError: one of the two cannot be loaded.
    """
    tokenizer = load_reference_tokenizer(folder)
    checks = list(_compare_words(file, tokenizer, messages))
    try:
        reference = load_reference(folder)
    except ModelTooLarge as error:
        untold = str(error)
        return (*checks, Check("logits", None, untold), Check("greedy text", None, untold))
    kind = name_file_type(read_header(file))
    prompts = [_tokenize_reference(tokenizer, message) for message in messages]
    ids = max(prompts, key=len)[:_COMPARED_TOKENS]
    with open_logits(file, max(map(len, prompts)) + _WRITTEN_TOKENS) as compute:
        expected = compute_reference_logits(reference, ids)
        checks.append(_judge_divergence(kind, compare_logits(expected, compute(ids))))
        checks.append(_compare_texts(compute, kind, reference, prompts))
    return tuple(checks)


def measure_divergence(
    expected: npt.NDArray[np.float32], file: Path, ids: Sequence[int]
) -> Divergence:
    """Return how far a file's distributions are from the expected logits, (tokens, vocabulary)."""
    return compare_logits(expected, compute_file_logits(file, ids))


def compare_logits(expected: npt.NDArray[np.float32], found: npt.NDArray[np.float32]) -> Divergence:
    """Return how far logits are from the expected ones, each (tokens, vocabulary)."""
    divergences, same = [], 0
    for one, other in zip(expected, found, strict=True):
        wanted, given = log_softmax(one), log_softmax(other[: len(one)])
        divergences.append(float((np.exp(wanted) * (wanted - given)).sum()))
        same += int(wanted.argmax() == given.argmax())
    return Divergence(
        mean=float(np.mean(divergences)),
        most=float(np.max(divergences)),
        same_first=same / len(divergences),
        positions=len(divergences),
    )


def compute_file_logits(
    file: Path, ids: Sequence[int], adapter: Path | None = None
) -> npt.NDArray[np.float32]:
    """Return llama.cpp's logits of all tokens, shape (tokens, vocabulary)."""
    with open_logits(file, len(ids), adapter) as compute:
        return compute(ids)


@contextmanager
def open_logits(
    file: Path, most: int, adapter: Path | None = None
) -> Iterator[Callable[[Sequence[int]], npt.NDArray[np.float32]]]:
    """Load a file, and give what computes logits of up to `most` tokens, for the block."""
    plan = plan_file(file, wanted=max(256, most + 8))
    llama = load_llama(file, adapter, plan, 1, logits_all=True)

    def compute(ids: Sequence[int]) -> npt.NDArray[np.float32]:
        llama.reset()  # type: ignore[no-untyped-call]  # the library leaves it so
        llama.eval(list(ids))
        return np.array(llama.scores[: len(ids)], dtype=np.float32)

    try:
        yield compute
    finally:
        llama.close()


def compute_reference_logits(model: Any, ids: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return transformers' logits of all tokens, shape (tokens, vocabulary)."""
    import torch

    with torch.no_grad():
        logits = model(torch.tensor([list(ids)])).logits[0]
    result: npt.NDArray[np.float32] = logits.float().numpy()
    return result


def name_file_type(header: GgufHeader) -> str:
    """Return the quantisation that a file is mostly of, as its head says it."""
    number = header.metadata.get("general.file_type", -1)
    return _FILE_TYPES.get(int(number) if isinstance(number, int) else -1, "quantised")


def _compare_words(
    file: Path, tokenizer: Any, messages: Sequence[str]
) -> tuple[Check, Check, Check]:
    """Compare what needs the vocabulary alone: token ids, rendered prompts, the prompts' ids."""
    llama = load_vocabulary(file)
    try:
        prompts = PromptFormat(llama, file.name)
        return (
            _compare_each(
                "token ids",
                TRICKY_TEXTS,
                prompts.tokenize_text,
                lambda text: list(tokenizer(text, add_special_tokens=False)["input_ids"]),
            ),
            _compare_each(
                "chat prompt", messages, prompts.render, lambda one: _render(tokenizer, one)
            ),
            _compare_each(
                "prompt token ids",
                messages,
                prompts.tokenize,
                lambda one: _tokenize_reference(tokenizer, one),
            ),
        )
    finally:
        llama.close()


def _compare_each(
    name: str,
    texts: Sequence[str],
    ours: Callable[[str], object],
    theirs: Callable[[str], object],
) -> Check:
    for text in texts:
        found, expected = ours(text), theirs(text)
        if found != expected:
            return Check(name, False, f"{text[:60]!r} gives {found!r:.160}, not {expected!r:.160}")
    return Check(name, True, f"the same for {len(texts)} texts")


def _render(tokenizer: Any, message: str) -> str:
    turns = [{"role": "user", "content": message}]
    return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


def _tokenize_reference(tokenizer: Any, message: str) -> list[int]:
    return list(tokenizer(_render(tokenizer, message), add_special_tokens=False)["input_ids"])


def _judge_divergence(kind: str, divergence: Divergence) -> Check:
    told = (
        f"{kind}: KL mean {divergence.mean:.2e}, at most {divergence.most:.2e} nats over "
        f"{divergence.positions} tokens; the likeliest token is the same for "
        f"{divergence.same_first:.1%}"
    )
    if kind not in _PLAIN_TYPES:
        return Check("logits", True, f"{told} (reported, not judged)")
    return Check("logits", divergence.most < MOST_DIVERGENCE, told)


def _compare_texts(
    compute: Callable[[Sequence[int]], npt.NDArray[np.float32]],
    kind: str,
    reference: Any,
    prompts: Sequence[Sequence[int]],
) -> Check:
    """Compare greedy texts: at each of transformers' tokens the file must choose the same one."""
    ties: list[float] = []
    same = 0
    for prompt in prompts:
        written, scores = _write_greedily(reference, prompt)
        found = compute([*prompt, *written[:-1]])[len(prompt) - 1 :]
        chosen = found[:, : scores.shape[1]].argmax(axis=1)
        others = [at for at, token in enumerate(written) if chosen[at] != token]
        ties += [float(scores[at, written[at]] - scores[at, chosen[at]]) for at in others]
        same += not others
    told = f"the same for {same} of {len(prompts)} prompts, {_WRITTEN_TOKENS} tokens each"
    if ties:
        told += (
            f"; where it is not, transformers prefers its own token by at most {max(ties):.3f} in "
            "logit"
        )
    if kind not in _PLAIN_TYPES:
        return Check("greedy text", True, f"{told} (reported, not judged)")
    return Check("greedy text", max(ties, default=0.0) < _TIE, told)


def _write_greedily(reference: Any, prompt: Sequence[int]) -> tuple[list[int], npt.NDArray[Any]]:
    """Return transformers' tokens behind a prompt, and its logits for each of them."""
    import torch

    ids = torch.tensor([list(prompt)])
    done = reference.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=_WRITTEN_TOKENS,
        do_sample=False,
        repetition_penalty=1.0,
        pad_token_id=0,
        output_logits=True,
        return_dict_in_generate=True,
    )
    scores = torch.stack([one[0].float() for one in done.logits]).numpy()
    return [int(token) for token in done.sequences[0][len(prompt) :]], scores
