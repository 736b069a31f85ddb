"""The doctor: what it finds, what it reckons, and what it advises."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from app.cli import main
from app.doctor import (
    Examination,
    MeasuredModel,
    advise,
    list_fitting,
    render_examination,
)
from app.model_tables import describe_fit
from models.library.catalogue import find_model, load_catalogue
from models.llama.devices import Device, Machine, explain_missing_gpu, list_devices
from models.llama.memory import LoadPlan
from models.scripted import ScriptedChatModel
from models.speed import ModelSize, Speed, measure_speed, reckon_speed

GIB = 2**30
SMALL = ModelSize(100_000_000, 135_000_000)


def build_machine(free: int, *gpus: int) -> Machine:
    devices = tuple(Device("CUDA0", "a GPU", "CUDA", True, size, size) for size in gpus)
    return Machine(free, free, 8, devices)


def build_tested(reading: float, writing: float, gpu_layers: int = 0) -> MeasuredModel:
    plan = LoadPlan(8192, gpu_layers, 31, "f16", False, 128, GIB, GIB, GIB, 0)
    on = "GPU" if gpu_layers else "processor"
    return MeasuredModel("m.gguf", plan, gpu_layers, on, SMALL, 0.1, Speed(reading, writing))


def test_a_larger_model_is_slower_and_not_in_full_proportion():
    """Each token costs something whatever the size, so that twenty times the size is not twenty."""
    measured = Speed(1000.0, 100.0)
    now = ModelSize(SMALL.weight_bytes * 20, SMALL.parameters * 20)
    reckoned = reckon_speed(measured, SMALL, now)
    assert 1000.0 / 20 < reckoned.reading < 1000.0 / 2
    assert 100.0 / 20 < reckoned.writing < 100.0 / 2
    assert reckon_speed(measured, SMALL, SMALL) == measured


def test_seconds_are_those_of_reading_and_writing():
    assert Speed(100.0, 25.0).seconds_for(200, 50) == 4.0


def test_speed_is_counted_by_the_clock():
    """A scripted model writes 40 tokens; each look at the clock is half a second on."""
    times = iter(n / 2 for n in range(100))
    model = ScriptedChatModel(lambda _: "word " * 32)
    speed = measure_speed(model, clock=lambda: next(times), rounds=1)
    assert speed.reading > 500
    assert speed.writing == pytest.approx(2 * 40)


def test_a_fast_machine_is_advised_a_larger_model():
    machine = build_machine(64 * GIB)
    slow = list_fitting(load_catalogue(), machine, build_tested(220, 60))
    fast = list_fitting(load_catalogue(), machine, build_tested(200_000, 20_000))
    assert "AceSearcher 1.5B as" in advise(slow)
    assert "AceSearcher 32B as" in advise(fast)


def test_a_model_is_offered_as_exactly_as_a_question_can_wait_for():
    machine = build_machine(64 * GIB)
    by_speed = {
        reading: {
            one.name: one.quantisation
            for one in list_fitting(load_catalogue(), machine, build_tested(reading, writing))
        }["acesearcher-1.5b"]
        for reading, writing in ((20_000.0, 2_000.0), (220.0, 35.0))
    }
    assert by_speed == {20_000.0: "Q8_0", 220.0: "Q4_K_M"}


def test_a_slow_machine_is_told_of_servers():
    found = list_fitting(load_catalogue(), build_machine(64 * GIB), build_tested(50, 5))
    assert "slow on it (AceSearcher 1.5B: about" in advise(found)
    assert "--model URL" in advise(found)


def test_a_machine_without_memory_is_told_so():
    found = list_fitting(load_catalogue(), build_machine(GIB // 2), build_tested(2000, 200))
    assert "No model made for research fits" in advise(found)


def test_what_was_measured_on_the_processor_says_nothing_of_a_gpu():
    found = list_fitting(
        load_catalogue(), build_machine(64 * GIB, 24 * GIB), build_tested(2000, 200)
    )
    assert {one.seconds for one in found if one.runs_on == "GPU"} == {None}


def test_where_a_model_would_run_is_told():
    model = find_model("acesearcher-8b")
    assert describe_fit(model, "Q4_K_M", build_machine(64 * GIB, 24 * GIB)) == "GPU"
    assert describe_fit(model, "Q4_K_M", build_machine(64 * GIB)) == "processor"
    assert "layers on GPU" in describe_fit(model, "Q4_K_M", build_machine(64 * GIB, 4 * GIB))
    assert describe_fit(model, "Q4_K_M", build_machine(2 * GIB)) == "no"


@pytest.mark.parametrize(
    ("present", "built", "words"),
    [
        ("CUDA", False, "built without it.*GGML_CUDA=on"),
        ("Metal", False, "GGML_METAL=on"),
        ("Vulkan", False, "GGML_VULKAN=on"),
        ("CUDA", True, "finds none.*nvidia-smi"),
    ],
)
def test_a_gpu_that_is_not_used_is_told_with_what_to_do(present: str, built: bool, words: str):
    assert re.search(words, explain_missing_gpu((), present, built))


def test_without_a_gpu_there_is_nothing_to_tell():
    gpu = Device("CUDA0", "a GPU", "CUDA", True, 1, 1)
    assert explain_missing_gpu((), "", False) == ""
    assert explain_missing_gpu((gpu,), "CUDA", True) == ""


@pytest.mark.slow
def test_llama_cpp_names_its_devices():
    devices = list_devices()
    assert any(device.backend == "CPU" and device.total > GIB for device in devices)


@pytest.mark.slow
def test_the_command_measures(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tested"]["speed"]["reading"] > found["tested"]["speed"]["writing"] > 0
    assert found["tested"]["computes_on"]
    assert found["packages"]["llama-cpp-python"]
    assert any(one["name"] == "acesearcher-1.5b" for one in found["fitting"])


def test_tables_stay_within_a_terminals_width():
    from app.model_tables import render_models
    from models.library.store import ChosenModel

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(render_models(load_catalogue(), [], ChosenModel(), build_machine(16 * GIB)))
    assert max(len(line) for line in console.export_text().splitlines()) <= 100


def test_an_examination_tells_what_computes_and_how_fast():
    machine = build_machine(16 * GIB)
    tested = build_tested(220, 60)
    found = Examination(
        program="1",
        python="3.11",
        system="Linux",
        packages={"torch": None},
        system_info="AVX2 = 1",
        devices=(),
        machine=machine,
        models_folder="/models",
        tested=tested,
        fitting=list_fitting(load_catalogue(), machine, tested),
        advice="Take this one.",
        warnings=("A GPU is not used.",),
    )
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(render_examination(found))
    told = console.export_text()
    for words in ("processor", "220", "torch MISSING", "Warning: A GPU", "Take this one."):
        assert words in told
