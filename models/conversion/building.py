"""Writing a checkpoint as a GGUF file: streaming, to go on with after an interruption, atomic.

A piece of one tensor is in memory at a time. What is written goes to `NAME.part`, with a journal
beside it of how many tensors are whole; the file gets its name when all are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.chat import CancelToken
from models.conversion.architectures import (
    ROPE_FACTORS,
    ModelConfig,
    PlannedTensor,
    compute_rope_factors,
    plan_tensors,
    read_config,
)
from models.conversion.checkpoint import Checkpoint, open_checkpoint
from models.conversion.vocabulary import read_vocabulary
from models.errors import CheckpointError
from models.progress import ModelProgress, ProgressListener, ignore_progress
from models.storage import guard_storage, require_room

if TYPE_CHECKING:
    import torch
    from gguf import GGUFWriter

PRECISIONS = ("F32", "F16", "BF16")
# ggml's numbers of the types, and llama.cpp's of a file that is mostly of one.
_TYPE_IDS = {"F32": 0, "F16": 1, "BF16": 30}
_FILE_TYPES = {"F32": 0, "F16": 1, "BF16": 32}
_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_EXPONENTS = {
    "F32": np.uint32(0x7F800000),
    "F16": np.uint16(0x7C00),
    "BF16": np.uint16(0x7F80),
}
_ALIGNMENT = 32
# Of one piece that is in memory, as it is stored; a computing copy may take twice that.
_PIECE_BYTES = 32 * 2**20
# What may be written again after an interruption.
_JOURNAL_EVERY = 256 * 2**20


@dataclass(frozen=True, slots=True)
class _Written:
    """A tensor of the file: `source` is None for the one that is computed from the config."""

    planned: PlannedTensor
    precision: str
    values: tuple[float, ...] | None = None

    @property
    def size(self) -> int:
        return int(np.prod(self.planned.shape)) * _BYTES[self.precision]


def build_gguf(
    folder: Path,
    destination: Path,
    precision: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    listener: ProgressListener = ignore_progress,
    cancel: CancelToken | None = None,
) -> str:
    """Write the checkpoint in `folder` as a GGUF file and return its precision.

    `precision` is "F32", "F16" or "BF16"; None keeps what is stored, so that nothing is rounded.
    Norms and biases are always F32. `labels` are texts for the file's metadata, by key.

    Raises:
        CheckpointError: the checkpoint is not whole, or of another kind.
        StorageError: the disk is full, or must not be written to; what was written is removed.
        GenerationCancelled: `cancel` was set; another call goes on from there.
    """
    cancel = cancel or CancelToken()
    checkpoint = open_checkpoint(folder)
    config = read_config(checkpoint.config)
    chosen = precision or _stored_precision(checkpoint)
    tensors = _plan(config, checkpoint, chosen)
    part = destination.with_name(destination.name + ".part")
    head = _build_head(folder, config, tensors, chosen, labels or {}, part)
    done = part.stat().st_size if part.exists() else 0
    require_room(part.parent, sum(tensor.size for tensor in tensors) - done)
    with guard_storage(part, journal_of(part)):
        _Writer(checkpoint, tensors, part, head, listener, cancel).write()
        part.replace(destination)
        journal_of(part).unlink(missing_ok=True)
    return chosen


def journal_of(part: Path) -> Path:
    """Return where it is written down how far a part has come."""
    return part.with_name(part.name + ".json")


def interleave_rows(
    rows: npt.NDArray[Any] | torch.Tensor, heads: int
) -> npt.NDArray[Any] | torch.Tensor:
    """Order the rows of each head as llama.cpp rotates a Llama's: 0, n/2, 1, n/2 + 1, ...

    Shape (heads x size, ...), before and after.
    """
    shape = tuple(rows.shape)
    split = rows.reshape(heads, 2, shape[0] // heads // 2, *shape[1:])
    return split.swapaxes(1, 2).reshape(shape)


def _stored_precision(checkpoint: Checkpoint) -> str:
    stored = checkpoint.tensors.get("model.embed_tokens.weight")
    dtype = stored.dtype if stored else "none"
    if dtype not in PRECISIONS:
        raise CheckpointError(
            f"The weights are stored as {dtype}; {', '.join(PRECISIONS)} can be converted."
        )
    return dtype


def _plan(config: ModelConfig, checkpoint: Checkpoint, precision: str) -> list[_Written]:
    shapes = {name: tensor.shape for name, tensor in checkpoint.tensors.items()}
    planned = [
        _Written(tensor, precision if len(tensor.shape) > 1 else "F32")
        for tensor in plan_tensors(config, shapes)
    ]
    factors = compute_rope_factors(config)
    if factors:
        tensor = PlannedTensor(ROPE_FACTORS, "", (len(factors),))
        planned.insert(0, _Written(tensor, "F32", tuple(factors)))
    return planned


def _build_head(
    folder: Path,
    config: ModelConfig,
    tensors: Sequence[_Written],
    precision: str,
    labels: Mapping[str, str],
    part: Path,
) -> bytes:
    """Return what stands in the file before the tensors' data, padded to where these begin."""
    from gguf import GGMLQuantizationType, GGUFWriter

    writer = GGUFWriter(None, config.architecture)
    writer.add_type("model")
    writer.add_file_type(_FILE_TYPES[precision])
    for key, text in labels.items():
        writer.add_string(key, text)
    _add_shape(writer, config)
    _add_vocabulary(writer, folder, config.vocabulary)
    for tensor in tensors:
        writer.add_tensor_info(
            tensor.planned.name,
            tensor.planned.shape,
            np.dtype(np.float32),
            tensor.size,
            raw_dtype=GGMLQuantizationType(_TYPE_IDS[tensor.precision]),
        )
    path = part.with_name(part.name + ".head")
    with guard_storage(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        writer.write_header_to_file(path)
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        writer.close()
        head = path.read_bytes()
        path.unlink()
    return head + bytes(-len(head) % _ALIGNMENT)


def _add_shape(writer: GGUFWriter, config: ModelConfig) -> None:
    from gguf import RopeScalingType

    writer.add_block_count(config.layers)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.hidden)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_layer_norm_rms_eps(config.norm_epsilon)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_vocab_size(config.vocabulary)
    writer.add_rope_dimension_count(config.head_size)
    if config.head_size != config.hidden // config.heads:
        writer.add_key_length(config.head_size)
        writer.add_value_length(config.head_size)
    kind = config.rope_scaling.get("rope_type")
    if kind in ("yarn", "linear"):
        writer.add_rope_scaling_type(RopeScalingType(kind))
        writer.add_rope_scaling_factor(float(config.rope_scaling["factor"]))
    if kind == "yarn":
        original = config.rope_scaling["original_max_position_embeddings"]
        writer.add_rope_scaling_orig_ctx_len(int(original))


def _add_vocabulary(writer: GGUFWriter, folder: Path, size: int) -> None:
    from gguf import SpecialVocab

    vocabulary = read_vocabulary(folder, size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre_tokenizer)
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(list(vocabulary.kinds))
    special = SpecialVocab(folder, load_merges=True, n_vocab=size)
    if not special.chat_template:
        raise CheckpointError(
            f"{folder} has no chat template (tokenizer_config.json, chat_template.jinja), so it "
            "is no model to talk with. Take an instruction-tuned model."
        )
    special.add_to_gguf(writer, quiet=True)


class _Writer:
    """Writes the tensors behind the head, from where an earlier run came to."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        tensors: Sequence[_Written],
        part: Path,
        head: bytes,
        listener: ProgressListener,
        cancel: CancelToken,
    ) -> None:
        self._checkpoint, self._tensors, self._part, self._head = checkpoint, tensors, part, head
        self._listener, self._cancel = listener, cancel
        self._total = sum(tensor.size for tensor in tensors)
        sources = json.dumps(checkpoint.describe_sources()).encode()
        self._key = hashlib.sha256(head + sources).hexdigest()
        self._ends = self._compute_ends()

    def write(self) -> None:
        done = self._count_done()
        with self._part.open("r+b" if done is not None else "w+b") as file:
            if done is None:
                file.write(self._head)
                done = 0
            file.truncate(self._ends[done])
            file.seek(self._ends[done])
            self._write_from(file, done)
            file.flush()
            os.fsync(file.fileno())

    def _write_from(self, file: IO[bytes], done: int) -> None:
        noted = file.tell()
        for number in range(done, len(self._tensors)):
            self._write_tensor(file, self._tensors[number])
            file.write(bytes(self._ends[number + 1] - file.tell()))
            if file.tell() - noted >= _JOURNAL_EVERY:
                noted = self._note(file, number + 1)

    def _write_tensor(self, file: IO[bytes], tensor: _Written) -> None:
        if tensor.values is not None:
            file.write(np.array(tensor.values, dtype=np.float32).tobytes())
            return
        for piece in self._read_pieces(tensor.planned):
            self._cancel.raise_if_cancelled()
            file.write(_encode(piece, tensor).tobytes())
            self._tell(tensor, file.tell())

    def _read_pieces(self, planned: PlannedTensor) -> Iterator[torch.Tensor]:
        rows, row = planned.shape[0], int(np.prod(planned.shape[1:])) * 4
        # Rows that change places are few (of one layer's queries or keys) and are read together.
        step = rows if planned.heads else max(1, _PIECE_BYTES // row)
        for start in range(0, rows, step):
            yield self._checkpoint.read(planned.source, start, min(start + step, rows))

    def _tell(self, tensor: _Written, at: int) -> None:
        done = max(0, min(at - len(self._head), self._total))
        self._listener(ModelProgress("converting", tensor.planned.name, done, self._total))

    def _note(self, file: IO[bytes], done: int) -> int:
        file.flush()
        os.fsync(file.fileno())
        journal_of(self._part).write_text(json.dumps({"key": self._key, "tensors": done}))
        return file.tell()

    def _count_done(self) -> int | None:
        """Return how many tensors an earlier run has written whole; None where to begin anew."""
        try:
            noted = json.loads(journal_of(self._part).read_text())
            done, size = int(noted["tensors"]), self._part.stat().st_size
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if noted.get("key") != self._key or not 0 <= done < len(self._ends):
            return None
        return done if size >= self._ends[done] else None

    def _compute_ends(self) -> list[int]:
        ends = [len(self._head)]
        for tensor in self._tensors:
            ends.append(ends[-1] + -(-tensor.size // _ALIGNMENT) * _ALIGNMENT)
        return ends


def _encode(piece: torch.Tensor, tensor: _Written) -> npt.NDArray[Any]:
    """Return a piece's numbers as they stand in the file.

    Raises:
        CheckpointError: a number does not fit.
    """
    import torch

    types = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
    if tensor.planned.heads:
        ordered = interleave_rows(piece, tensor.planned.heads)
        assert isinstance(ordered, torch.Tensor)
        piece = ordered
    encoded = piece.contiguous().to(types[tensor.precision])
    bits = encoded.view(torch.uint32 if tensor.precision == "F32" else torch.uint16).numpy()
    # All bits of the exponent are set in infinities and in what is no number: four times as fast
    # to see here as to ask torch.
    exponent = _EXPONENTS[tensor.precision]
    if bits.size and (bits & exponent).max() == exponent:
        raise CheckpointError(
            f"{tensor.planned.source} holds a number that {tensor.precision} cannot hold. "
            "Build it as BF16 or F32; if that fails too, fetch the checkpoint again."
        )
    return bits
