"""The head of a GGUF file: read at once, and damage told by name."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter
from hypothesis import given
from hypothesis import strategies as st

from models.builtin import find_builtin_chat
from models.errors import ModelFileError
from models.gguf_header import ArrayLength, read_header


@pytest.fixture(scope="module")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_name("Small")
    writer.add_token_list(["a", "b", "\u00e9"])
    writer.add_bool("general.flag", True)
    writer.add_tensor("blk.0.attn_q.weight", np.ones((4, 32), dtype=np.float32))
    writer.add_tensor("blk.0.attn_norm.weight", np.ones(32, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_metadata_and_tensors_are_read(small_file: Path):
    header = read_header(small_file)
    assert header.architecture == "llama"
    assert header.read_text("general.name") == "Small"
    assert header.read_number("block_count", 0) == 2
    assert header.metadata["general.flag"] is True
    assert header.metadata["tokenizer.ggml.tokens"] == ArrayLength(3)
    assert [(t.name, t.shape, t.size) for t in header.tensors] == [
        ("blk.0.attn_q.weight", (4, 32), 512),
        ("blk.0.attn_norm.weight", (32,), 64),
    ]


@pytest.mark.slow
def test_it_reads_what_the_gguf_package_reads():
    header, reader = read_header(find_builtin_chat()), GGUFReader(find_builtin_chat())
    assert [(t.name, t.elements, t.size) for t in header.tensors] == [
        (t.name, t.n_elements, t.n_bytes) for t in reader.tensors
    ]
    plain = {k: v for k, v in header.metadata.items() if not isinstance(v, ArrayLength)}
    assert plain == {key: reader.fields[key].contents() for key in plain}


def test_a_file_that_lost_its_end_is_told_with_both_lengths(small_file: Path, tmp_path: Path):
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(small_file.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match=r"cut\.gguf cannot be loaded: it has .* cut off"):
        read_header(cut)


def test_another_format_is_refused_with_what_to_do(tmp_path: Path):
    other = tmp_path / "model.gguf"
    other.write_bytes(b"PK\x03\x04" * 10)
    with pytest.raises(ModelFileError, match=r"is not a GGUF file.*models build"):
        read_header(other)


def test_an_empty_file_is_refused(tmp_path: Path):
    (tmp_path / "empty.gguf").touch()
    with pytest.raises(ModelFileError, match="is not a GGUF file"):
        read_header(tmp_path / "empty.gguf")


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(ModelFileError, match=r"gone\.gguf cannot be read"):
        read_header(tmp_path / "gone.gguf")


@given(length=st.integers(0, 400))
def test_a_head_cut_anywhere_is_an_error_and_no_crash(small_file: Path, length: int):
    cut = small_file.with_name("cut-anywhere.gguf")
    cut.write_bytes(small_file.read_bytes()[:length])
    with pytest.raises(ModelFileError):
        read_header(cut)


@given(at=st.integers(4, 250), value=st.integers(0, 255))
def test_a_damaged_byte_is_an_error_or_another_reading_and_no_crash(
    small_file: Path, at: int, value: int
):
    content = bytearray(small_file.read_bytes())
    content[at] = value
    damaged = small_file.with_name("damaged.gguf")
    damaged.write_bytes(content)
    with contextlib.suppress(ModelFileError):
        assert read_header(damaged).path == damaged
