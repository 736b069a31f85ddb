"""How much memory a model takes and how it is laid out, before it is loaded."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.builtin import find_builtin_chat
from models.errors import ModelTooLarge
from models.gguf_header import read_header
from models.llama.devices import Device, Machine
from models.llama.loading import last_messages, load_llama, plan_file, watching_messages
from models.llama.memory import (
    GPU_BATCH,
    LEAST_CONTEXT_TOKENS,
    MOST_CONTEXT_TOKENS,
    PROCESSOR_BATCH,
    LoadPlan,
    ModelShape,
    plan_load,
    read_shape,
)

GIB = 2**30
MIB = 2**20


def build_shape(*, trained=8192, layers=30, layer_bytes=3 * MIB, head_size=64) -> ModelShape:
    return ModelShape(
        trained_context=trained,
        kv_heads=3,
        head_size=head_size,
        heads=9,
        hidden=576,
        feed_forward=1536,
        vocabulary=49152,
        embedding_bytes=30 * MIB,
        layer_bytes=(layer_bytes,) * layers,
        output_bytes=30 * MIB,
    )


def build_machine(free=64 * GIB, *gpus: int) -> Machine:
    devices = tuple(Device(f"CUDA{n}", "a GPU", "CUDA", True, g, g) for n, g in enumerate(gpus))
    return Machine(free, max(free, 1), 8, devices)


def plan(shape: ModelShape, machine: Machine) -> LoadPlan:
    return plan_load("model.gguf", shape, machine)


def test_keys_and_values_of_all_layers_are_counted_at_two_bytes():
    assert build_shape().cache_bytes(10) == 10 * 2 * 2 * 30 * 3 * 64


def test_a_cache_at_8_bits_takes_34_bytes_for_32_numbers():
    assert build_shape().cache_bytes(32, "q8_0") == build_shape().cache_bytes(32) * 34 // 64


def test_with_memory_to_spare_a_model_gets_what_it_was_trained_on():
    assert plan(build_shape(trained=4096), build_machine()).context_tokens == 4096


def test_no_model_gets_more_than_the_prompts_need():
    assert plan(build_shape(trained=131_072), build_machine()).context_tokens == MOST_CONTEXT_TOKENS


def test_a_model_that_says_nothing_of_its_training_gets_what_the_prompts_need():
    assert plan(build_shape(trained=0), build_machine()).context_tokens == MOST_CONTEXT_TOKENS


def test_a_model_of_short_context_is_taken_as_it_is():
    assert plan(build_shape(trained=1024), build_machine()).context_tokens == 1024


def test_where_memory_is_short_the_cache_is_kept_at_8_bits_first():
    shape = build_shape()
    roomy = plan(shape, build_machine())
    short = plan(shape, build_machine(roomy.total_bytes + 256 * MIB + roomy.cache_bytes // 2))
    assert (short.context_tokens, short.cache_type) == (8192, "q8_0")
    assert short.flash_attention


def test_heads_that_do_not_fill_blocks_of_32_keep_16_bits():
    shape = build_shape(head_size=80)
    roomy = plan(shape, build_machine())
    short = plan(shape, build_machine(roomy.total_bytes + 256 * MIB + roomy.cache_bytes // 2))
    assert short.cache_type == "f16"
    assert short.context_tokens < 8192


def test_too_little_memory_is_refused_with_what_is_needed_and_what_is_free():
    with pytest.raises(ModelTooLarge, match=r"model\.gguf needs 30\.\d GiB .* 2\.0 GiB are free"):
        plan(build_shape(layer_bytes=GIB), build_machine(2 * GIB))


def test_the_processor_reads_in_small_pieces_and_a_gpu_in_large_ones():
    assert plan(build_shape(), build_machine()).batch == PROCESSOR_BATCH
    assert plan(build_shape(), build_machine(64 * GIB, 64 * GIB)).batch == GPU_BATCH


def test_a_gpu_with_room_takes_all_layers_and_the_output():
    chosen = plan(build_shape(), build_machine(64 * GIB, 24 * GIB))
    assert chosen.gpu_layers == chosen.layers == 31
    assert chosen.gpu_bytes > 30 * 3 * MIB + chosen.cache_bytes


def test_a_small_gpu_takes_as_many_layers_as_fit_beside_its_reserve():
    shape = build_shape(layer_bytes=200 * MIB)
    chosen = plan(shape, build_machine(64 * GIB, 3 * GIB))
    assert 5 < chosen.gpu_layers < 15
    assert chosen.gpu_bytes <= 3 * GIB - 512 * MIB


def test_a_gpu_without_room_is_left_alone():
    chosen = plan(build_shape(), build_machine(64 * GIB, 600 * MIB))
    assert chosen.gpu_layers == 0
    assert chosen.gpu_bytes == 0


def test_several_gpus_share_a_model_that_none_holds_alone():
    shape = build_shape(layer_bytes=GIB)
    assert plan(shape, build_machine(64 * GIB, 24 * GIB)).gpu_layers < 31
    assert plan(shape, build_machine(64 * GIB, 24 * GIB, 24 * GIB)).gpu_layers == 31


@given(
    trained=st.integers(0, 200_000),
    free=st.integers(0, 64 * GIB),
    gpu=st.one_of(st.none(), st.integers(0, 64 * GIB)),
    layer=st.integers(1, 2 * GIB),
)
def test_no_plan_takes_more_than_there_is(trained, free, gpu, layer):
    machine = build_machine(free, *([] if gpu is None else [gpu]))
    try:
        chosen = plan(build_shape(trained=trained, layer_bytes=layer), machine)
    except ModelTooLarge:
        return
    assert chosen.context_tokens <= (trained or MOST_CONTEXT_TOKENS)
    assert chosen.context_tokens >= min(trained or MOST_CONTEXT_TOKENS, LEAST_CONTEXT_TOKENS)
    assert chosen.processor_bytes <= free
    assert chosen.gpu_bytes <= machine.free_gpu_memory
    assert chosen.gpu_layers <= chosen.layers


@pytest.mark.slow
def test_the_prediction_is_what_llama_cpp_reports():
    """Within a tenth, for weights, cache and what computing takes."""
    file = find_builtin_chat()
    chosen = plan_file(file, build_machine())
    said: list[str] = []
    with watching_messages(said.append):
        load_llama(file, None, chosen, 8).close()
    found = {
        kind: sum(float(size) for line in said for size in re.findall(pattern, line)) * MIB
        for kind, pattern in (
            ("weights", r"model buffer size = +([\d.]+) MiB"),
            ("cache", r"KV buffer size = +([\d.]+) MiB"),
            ("compute", r"compute buffer size = +([\d.]+) MiB"),
        )
    }
    assert found["weights"] == pytest.approx(chosen.weight_bytes, rel=0.1)
    assert found["cache"] == pytest.approx(chosen.cache_bytes, rel=0.1)
    assert found["compute"] == pytest.approx(chosen.compute_bytes, rel=0.1)
    assert last_messages()


def test_a_tied_table_is_counted_once_on_the_processor():
    shape = read_shape(read_header(find_builtin_chat()))
    chosen = plan_load("model.gguf", shape, build_machine())
    assert chosen.weight_bytes == read_header(find_builtin_chat()).tensor_bytes
