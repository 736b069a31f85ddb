"""What a GGUF file says of itself: its metadata, and where each tensor lies.

The gguf package's own reader takes 3 s for a vocabulary of 49,000 tokens, since it keeps each of
them; here they are only stepped over, so that a list of models can be shown at once. The layout is
that of ggml's docs/gguf.md. Knows no architecture and loads no weights.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelFileError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
# A key or a name that is longer is no key: the file is damaged.
_LONGEST_NAME = 65_535
_MOST_DIMENSIONS = 4
_DEFAULT_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class ArrayLength:
    """Stands for an array of the metadata, whose elements are not kept."""

    count: int


Metadata = Mapping[str, str | int | float | bool | ArrayLength]


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor: `shape` as in numpy (rows first), `type_id` of ggml, `size` in bytes."""

    name: str
    shape: tuple[int, ...]
    type_id: int
    offset: int
    size: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        product = 1
        for length in self.shape:
            product *= length
        return product


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The head of one file; `size` is the length in bytes that the file should have at least."""

    path: Path
    metadata: Metadata
    tensors: tuple[TensorInfo, ...]
    size: int

    @property
    def architecture(self) -> str:
        """What kind of model it is, such as "llama" or "qwen2"; "" where that is not said."""
        return self.read_text("general.architecture")

    @property
    def tensor_bytes(self) -> int:
        """What all tensors take together."""
        return sum(tensor.size for tensor in self.tensors)

    @property
    def parameters(self) -> int:
        """How many numbers all tensors hold together."""
        return sum(tensor.elements for tensor in self.tensors)

    def read_text(self, key: str) -> str:
        """Return a text of the metadata, "" where there is none."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def read_number(self, key: str, default: int) -> int:
        """Return a whole number that the architecture's metadata give, such as "block_count"."""
        value = self.metadata.get(f"{self.architecture}.{key}", default)
        return int(value) if isinstance(value, int | float) else default


def read_header(path: Path) -> GgufHeader:
    """Read the head of a GGUF file.

    Raises:
        ModelFileError: it cannot be read, is no GGUF file, is damaged, or ends too early.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise ModelFileError(
                    f"{path.name} is not a GGUF file. Models in other formats are converted "
                    "first (`acedesk models build FOLDER`); take a file that ends in .gguf."
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                header = _HeadReader(path, content).read()
                length = len(content)
    except OSError as error:
        raise ModelFileError(
            f"The model file {path} cannot be read ({error.strerror}). Check the path."
        ) from error
    except (struct.error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise ModelFileError(
            f"{path.name} cannot be loaded: its head is damaged or cut off. Fetch the file again."
        ) from error
    if length < header.size:
        raise ModelFileError(
            f"{path.name} cannot be loaded: it has {length:,} bytes where its head says "
            f"{header.size:,}, so it was cut off. Fetch the file again."
        )
    return header


class _HeadReader:
    """Steps through a file's head."""

    def __init__(self, path: Path, content: mmap.mmap) -> None:
        self._path, self._content, self._at = path, content, 4

    def read(self) -> GgufHeader:
        version = int(self._number("<I"))
        if version not in _VERSIONS:
            raise ModelFileError(
                f"{self._path.name} is of GGUF version {version}; versions 2 and 3 can be read. "
                "Take a newer build of it."
            )
        tensors, entries = int(self._number("<Q")), int(self._number("<Q"))
        metadata: dict[str, str | int | float | bool | ArrayLength] = {}
        for _ in range(entries):
            key = self._name()
            metadata[key] = self._value(int(self._number("<I")))
        described = [self._tensor() for _ in range(tensors)]
        alignment = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1:
            raise ValueError("no alignment")
        start = -(-self._at // alignment) * alignment
        size = max((start + tensor.offset + tensor.size for tensor in described), default=start)
        return GgufHeader(self._path, metadata, tuple(described), size)

    def _tensor(self) -> TensorInfo:
        name = self._name()
        dimensions = int(self._number("<I"))
        if dimensions > _MOST_DIMENSIONS:
            raise ValueError("too many dimensions")
        shape = tuple(int(self._number("<Q")) for _ in range(dimensions))[::-1]
        type_id, offset = int(self._number("<I")), int(self._number("<Q"))
        whole = TensorInfo(name, shape, type_id, offset, 0)
        return TensorInfo(name, shape, type_id, offset, count_bytes(whole.elements, type_id))

    def _value(self, kind: int) -> str | int | float | bool | ArrayLength:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            return self._step_over_array()
        if kind not in _SCALARS:
            raise ValueError("no kind of value")
        return self._number(_SCALARS[kind])

    def _step_over_array(self) -> ArrayLength:
        kind, count = int(self._number("<I")), int(self._number("<Q"))
        if kind in _SCALARS:
            self._skip(count * struct.calcsize(_SCALARS[kind]))
        elif kind == _STRING:
            unpack, content, at = struct.Struct("<Q").unpack_from, self._content, self._at
            for _ in range(count):
                at += 8 + unpack(content, at)[0]
            self._at = at
            self._skip(0)
        else:
            raise ValueError("arrays of arrays are not used in model files")
        return ArrayLength(count)

    def _name(self) -> str:
        return self._text(_LONGEST_NAME)

    def _text(self, longest: int | None = None) -> str:
        length = int(self._number("<Q"))
        if longest is not None and length > longest:
            raise ValueError("too long a name")
        start = self._at
        self._skip(length)
        return self._content[start : self._at].decode("utf-8")

    def _number(self, layout: str) -> int | float | bool:
        value: int | float | bool = struct.unpack_from(layout, self._content, self._at)[0]
        self._at += struct.calcsize(layout)
        return value

    def _skip(self, count: int) -> None:
        if self._at + count > len(self._content):
            raise ValueError("cut off")
        self._at += count


def count_bytes(elements: int, type_id: int) -> int:
    """Return how many bytes a number of elements takes in a ggml type.

    Raises:
        ModelFileError: the type is not known.
    """
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    try:
        block, size = GGML_QUANT_SIZES[GGMLQuantizationType(type_id)]
    except (ValueError, KeyError) as error:
        raise ModelFileError(
            f"A tensor is of the unknown type {type_id}. Take another build, or update the program."
        ) from error
    return elements // block * size
