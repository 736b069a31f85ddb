"""What ships: behind in no gated measure, clearly ahead in one; and how a report is shown."""

from __future__ import annotations

import json
import math

import pytest

from models.speed import Speed
from training.errors import RunError
from training.examples import Example
from training.report.gate import judge
from training.report.measures import MEASURES, list_measures, list_ways
from training.report.results import GOLD, Rate, Report, Row, Variant
from training.report.scoring import count_rows
from training.report.tables import (
    render_gate,
    render_report,
    render_report_markdown,
    report_to_json,
)

OF = 100


def report(bare, tuned):
    """A report of two variants; each maps (role, measure) to its hits of 100."""
    variants = (
        Variant("bare", None, Speed(300.0, 40.0)),
        Variant("F16", "adapter-f16.gguf", Speed(280.0, 38.5)),
    )
    rows = [
        Row(name, role, measure, None, Rate(hits, OF))
        for name, hits_of in (("bare", bare), ("F16", tuned))
        for (role, measure), hits in hits_of.items()
    ]
    rows += [Row(GOLD, role, measure, None, Rate(OF, OF)) for role, measure in bare]
    return Report("base.gguf", OF, 1, variants, tuple(rows))


PLAN = ("question_plan", "right result")
REFUSAL = ("sub_answer", "refusal")
ACCURACY = ("sub_claim", "accuracy")
ACCEPTED = ("sub_claim", "false accepted")


def test_what_is_clearly_ahead_ships():
    gate = judge(report({PLAN: 10}, {PLAN: 60}))
    assert (gate.ships, gate.verdict) == (True, "ships")
    assert "ahead in 1 of 1 gated measures and behind in none" in gate.reason


def test_what_falls_behind_in_one_measure_does_not_ship():
    gate = judge(report({PLAN: 10, REFUSAL: 50}, {PLAN: 60, REFUSAL: 30}))
    assert gate.verdict == "does not ship"
    assert "falls behind in refusal of sub_answer (50.0% before, 30.0% now)" in gate.reason


def test_within_one_standard_error_nothing_is_ahead_or_behind():
    gate = judge(report({PLAN: 50}, {PLAN: 47}))
    assert "clearly ahead in no gated measure" in gate.reason
    assert not gate.ships


def test_an_exact_measure_has_no_room():
    assert not judge(report({PLAN: 10, REFUSAL: 50}, {PLAN: 60, REFUSAL: 49})).ships
    assert judge(report({PLAN: 10, REFUSAL: 50}, {PLAN: 60, REFUSAL: 50})).ships


def test_where_lower_is_better_more_is_worse():
    before = {ACCURACY: 70, ACCEPTED: 20}
    assert not judge(report(before, {ACCURACY: 90, ACCEPTED: 40})).ships
    assert judge(report(before, {ACCURACY: 90, ACCEPTED: 5})).ships


def test_a_base_that_guesses_is_no_yardstick_for_accepted_claims():
    """One that says no to everything accepts no false claim at all."""
    gate = judge(report({ACCURACY: 50, ACCEPTED: 0}, {ACCURACY: 90, ACCEPTED: 5}))
    assert gate.ships
    assert "Not judged:" in gate.reason
    assert "false accepted of sub_claim" in gate.reason


def test_what_was_not_measured_is_told_and_not_judged():
    gate = judge(report({PLAN: 10}, {PLAN: 60}))
    assert "right of program" in gate.reason
    open_ones = [one for one in gate.comparisons if one.standing == "not judged"]
    assert len(open_ones) == len(gate.comparisons) - 1


def test_a_variant_that_was_not_measured_is_refused():
    with pytest.raises(RunError, match="Q8_0 was not measured; bare, F16 were"):
        judge(report({PLAN: 10}, {PLAN: 60}), candidate="Q8_0")


def test_a_share_of_all_is_not_without_doubt():
    assert Rate(OF, OF).error > 0
    assert Rate(1000, 2000).error == pytest.approx(math.sqrt(0.25 / 2000), rel=0.01)


def test_counts_are_kept_of_all_and_of_each_source():
    one = Example("program", "p", "c", "GSM8K", "gsm8k:1")
    other = Example("program", "q", "c", "FinQA", "finqa:A")
    rows = count_rows(
        "bare", [(one, {"runs": True, "right": True}), (other, {"runs": True, "right": False})]
    )
    counted = {(row.measure, row.source): (row.rate.hits, row.rate.of) for row in rows}
    assert counted["right", None] == (1, 2)
    assert counted["right", "GSM8K"] == (1, 1)
    assert counted["right", "FinQA"] == (0, 1)


def test_every_measure_has_a_name_of_its_own():
    names = [(measure.role, measure.name) for measure in MEASURES]
    assert len(names) == len(set(names))
    assert all(measure.gate for measure in MEASURES if measure.above_chance)


def test_a_role_is_asked_freely_only_where_a_measure_needs_it():
    assert list_ways("question_plan") == ("desk", "free")
    assert list_ways("sub_answer") == ("desk",)
    assert [measure.name for measure in list_measures("program")] == ["runs", "right"]


def test_a_report_shows_each_variant_beside_the_golds():
    text = render_report(report({PLAN: 10}, {PLAN: 60}))
    assert "F16      adapter-f16.gguf  280" in text
    row = next(line for line in text.splitlines() if line.startswith("right result"))
    assert row.split() == ["right", "result", "100", *"10.0% ± 3.1 60.0% ± 4.8 100.0%".split()]
    assert "program" not in text


def test_markdown_has_a_rule_below_each_head():
    text = render_report_markdown(report({ACCEPTED: 10}, {ACCEPTED: 5}))
    assert "| measure | n | bare | F16 | gold |\n| --- | --- | --- | --- | --- |\n" in text
    assert "| false accepted (lower is better) | 100 | 10.0% ± 3.1 |" in text


def test_a_gate_shows_why_a_measure_was_not_judged():
    text = render_gate(judge(report({PLAN: 10}, {PLAN: 60})))
    assert "question_plan: right result" in text
    assert "no example of it was measured" in text
    assert text.splitlines()[-1].startswith("F16 ships: ")


def test_all_numbers_go_into_json():
    measured = report({PLAN: 10}, {PLAN: 60})
    told = json.loads(json.dumps(report_to_json(measured, judge(measured))))
    assert told["gate"]["ships"]
    assert told["variants"][1]["reading_tokens_per_second"] == 280.0
    first = told["rows"][0]
    assert (first["variant"], first["role"], first["hits"], first["of"]) == (
        "bare",
        PLAN[0],
        10,
        OF,
    )
