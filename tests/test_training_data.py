"""Examples kept, split, mixed and built; nothing here trains."""

from __future__ import annotations

import json
from random import Random

import pytest

from training.building import MEASURE_FILE, TRAIN_FILE, DataSettings, build_data
from training.errors import DataError, SplitError
from training.examples import Example, read_examples, write_examples
from training.mixing import Portion, count_tokens, mix_examples
from training.splits import load_splits


def example(number, *, role="sub_answer", source="TAT-QA", window="passages"):
    head = f"You have the following context passages:\n{window * 250}\n\n"
    return Example(role, f"{head}Question {number}?", f"{number}", source, f"tatqa:{number}")


def test_what_is_written_is_read_again(tmp_path):
    examples = [example(1), Example("program", "p", "ans = 1", "GSM8K", "d", {"answer": "1"})]
    assert write_examples(tmp_path / "a" / "train.jsonl", examples) == 2
    assert list(read_examples(tmp_path / "a" / "train.jsonl")) == examples


def test_a_missing_file_of_examples_tells_how_to_build_it(tmp_path):
    with pytest.raises(DataError, match="acedesk train data"):
        list(read_examples(tmp_path / "none.jsonl"))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"role": "x"}',
        '{"role": "poet", "prompt": "", "completion": "", "source": "", "document": ""}',
    ],
)
def test_a_damaged_line_is_told_by_its_number(tmp_path, line):
    path = tmp_path / "train.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        list(read_examples(path))


def test_a_named_set_is_split_as_the_file_says(tmp_path):
    path = tmp_path / "splits.json"
    path.write_text(json.dumps({"finqa": {"train": ["AAPL"], "measure": ["MMM"]}}))
    splits = load_splits(path)
    assert splits.part_of("finqa:AAPL") == "train"
    assert splits.part_of("finqa:MMM") == "measure"
    assert splits.part_of("finqa:XYZ") is None


def test_other_sets_are_split_by_hash():
    parts = [load_splits(None).part_of(f"gsm8k:{at}") for at in range(1000)]
    assert 60 < parts.count("measure") < 140
    assert None not in parts


def test_a_document_on_both_sides_is_refused(tmp_path):
    path = tmp_path / "splits.json"
    path.write_text(json.dumps({"tatqa": {"train": ["a"], "measure": ["a"]}}))
    with pytest.raises(SplitError, match="tatqa a in both"):
        load_splits(path)


def test_a_mix_keeps_its_shares():
    portions = (Portion(("TAT-QA",), ("sub_answer",), 300), Portion(("GSM8K",), ("program",), 100))
    answers = [example(at, window=f"{at} ") for at in range(400)]
    programs = [example(at, role="program", source="GSM8K", window=f"{at}-") for at in range(400)]
    mixed = mix_examples([*answers, *programs], 8000, Random(1), portions)
    tokens = {
        source: sum(count_tokens([one]) for one in mixed if one.source == source)
        for source in ("TAT-QA", "GSM8K")
    }
    assert tokens["TAT-QA"] / tokens["GSM8K"] == pytest.approx(3, rel=0.2)
    assert sum(tokens.values()) == pytest.approx(8000, rel=0.1)


def test_examples_over_one_window_are_taken_together():
    portions = (Portion(("TAT-QA",), ("sub_answer",), 1),)
    examples = [example(at, window=f"{at % 3} ") for at in range(15)]
    mixed = mix_examples(examples, 60, Random(1), portions)
    assert len(mixed) == 5
    assert len({one.prompt[:200] for one in mixed}) == 1


def test_passages_are_reckoned_once_a_window():
    together = [example(at) for at in range(5)]
    assert count_tokens(together) < 2 * count_tokens(together[:1])


@pytest.mark.slow
def test_data_is_built_of_what_is_there(tmp_path):
    """Sets that are missing are told and left out; each part has its own examples."""
    folder = tmp_path / "sources" / "training" / "gsm8k"
    folder.mkdir(parents=True)
    rows = [
        {
            "question": f"Ann has {at} pens and buys 3 more. How many has she?",
            "answer": f"She has {at}+3=<<{at}+3={at + 3}>>{at + 3} pens.\n#### {at + 3}",
        }
        for at in range(2, 60)
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / "train.jsonl").write_text(text, encoding="utf-8")
    said = []
    counts = build_data(
        DataSettings(tmp_path / "sources", tokens=6000), tmp_path / "out", said.append
    )
    assert any("TAT-QA is left out" in line for line in said)
    assert counts.train["GSM8K"]["program"] > 0
    train = {one.key for one in read_examples(tmp_path / "out" / TRAIN_FILE)}
    measure = {one.key for one in read_examples(tmp_path / "out" / MEASURE_FILE)}
    assert not train & measure
