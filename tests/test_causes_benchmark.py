"""To which stage the benchmark lays a lost answer, and what it shows of the gold pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from benchmarks.causes import find_cause, judge_steps, render_causes, render_steps
from benchmarks.gold_pages import GoldPages, SilentChatModel
from benchmarks.golds import (
    BenchmarkQuestion,
    GoldOperand,
    GoldStep,
    build_desk_question,
    parse_gold_unit,
)
from benchmarks.measures import PagePlace
from benchmarks.results import Result
from benchmarks.scoring import NotDisclosedGold, NumberGold, TextGold
from ingestion.documents import Passage, ScoredPassage
from models.chat import CancelToken, GenerationSettings, Request, complete

MILLION = 10**6
PAGES = frozenset({PagePlace("acme", 3)})
SALES = GoldOperand("Net sales", "2022", Decimal(8 * MILLION), PAGES)
GOLD = NumberGold(Decimal(8), "USD", MILLION)
QUESTION = BenchmarkQuestion("q", "desk", "?", ("acme",), GOLD, (PAGES,), operands=(SALES,))


def build_value(number):
    return {"number": number, "unit": "USD", "scale": MILLION, "period": None}


def build_sub(question="What were net sales?", *, number=None, page=3, grounded=True, answer=""):
    return {
        "label": "Q1",
        "question": question,
        "answer": answer,
        "grounded": grounded,
        "value": None if number is None else build_value(number),
        "calculation": None,
        "evidence": [{"document": "acme.pdf", "page": page}],
    }


def find(*subs, question=QUESTION, has_fact=True, **more):
    record = {
        "sub_answers": list(subs),
        "answer": {"text": "", "kind": "text", "value": None},
        "verdict": {"label": "NOT_ENOUGH_INFO", "checks": []},
        **more,
    }
    return find_cause(question, Result("q", record, {}, 0.0), lambda operand: has_fact)


def test_an_operand_that_is_no_fact_was_lost_in_parsing():
    assert find(build_sub(), has_fact=False) == "parse"


def test_an_operand_that_no_step_asks_for_was_lost_in_the_plan():
    assert find(build_sub("Who leads Acme?")) == "decompose"


def test_an_operand_whose_page_was_not_read_was_lost_in_retrieval():
    assert find(build_sub(page=9)) == "retrieve"


def test_an_operand_whose_page_was_read_was_lost_in_solving():
    assert find(build_sub(number=7)) == "solve"


def test_the_right_result_that_was_not_let_through_was_lost_in_verifying():
    assert find(build_sub(number=8)) == "verify"
    assert find(build_sub(number=8), draft="It was $8 million.") == "verify"


def test_operands_without_the_right_result_were_lost_in_computing():
    gold = NumberGold(Decimal(50), "percent")
    question = BenchmarkQuestion("q", "desk", "?", ("acme",), gold, (PAGES,), operands=(SALES,))
    assert find(build_sub(number=8), question=question) == "compute"


def test_without_operands_the_pages_tell_what_retrieval_lost():
    question = BenchmarkQuestion("q", "financebench", "?", ("acme",), GOLD, (PAGES,))
    assert find(build_sub(page=9), question=question) == "retrieve"
    assert find(build_sub(grounded=False), question=question) == "solve"


def test_a_right_answer_has_no_cause_and_a_failed_run_is_one():
    right = {"answer": {"text": "", "kind": "number", "value": build_value(8)}}
    assert find(**right, verdict={"label": "SUPPORTED", "checks": []}) is None
    assert find_cause(QUESTION, Result("q", None, {}, 0.0, "!"), lambda _: True) == "run failed"


def test_an_answer_where_nothing_is_disclosed_was_lost_in_verifying():
    question = BenchmarkQuestion("q", "desk", "?", (), NotDisclosedGold(), ())
    assert find(question=question) == "verify"


@pytest.mark.parametrize(
    ("sub", "outcome"),
    [
        (build_sub(number=8), "right, grounded"),
        (build_sub(number=9), "wrong, grounded"),
        (build_sub(number=8, grounded=False), "open, though right"),
        (build_sub(grounded=False), "open"),
        (build_sub(answer="$8 million"), "right, grounded"),
    ],
)
def test_a_gold_step_is_right_or_wrong_and_grounded_or_open(sub, outcome):
    steps = (GoldStep("Q1", True, GOLD),)
    assert list(judge_steps(steps, {"sub_answers": [sub]})) == [(True, outcome)]


def test_a_step_that_was_never_answered_is_open():
    steps = (GoldStep("Q2", False, TextGold(("Glass",))),)
    assert list(judge_steps(steps, {"sub_answers": [build_sub()]})) == [(False, "open")]


def test_the_tables_count_each_once():
    assert render_causes({"desk": [None, "solve", "solve"]}).splitlines()[-1].split() == [
        "desk",
        "1",
        "2",
    ]
    assert render_steps([(True, "open")]).splitlines()[2].split() == ["lookup", *"10010"]


def test_a_desk_question_has_its_plan_its_steps_and_its_operands():
    question = build_desk_question(
        {
            "id": "d",
            "question": "?",
            "docs": ["acme"],
            "answer": {"kind": "not_disclosed", "value": None, "unit": None},
            "evidence": [
                {"doc": "acme", "page": 2, "row_label": "Net sales", "period": "2022"}
                | {"value": 8, "scale": "millions"}
            ],
            "sub_questions": [
                {"n": 1, "question": "Net sales?", "step": "lookup", "depends_on": []}
                | {"answer": {"kind": "number", "value": 8, "unit": "USD millions"}},
                {"n": 2, "question": "Half of #1?", "step": "compute", "depends_on": [1, 1]}
                | {"answer": {"kind": "number", "value": 4, "unit": "USD millions"}},
            ],
        }
    )
    assert question.plan is not None
    assert [step.depends_on for step in question.plan.sub_questions] == [(), ("Q1",)]
    assert question.steps[0] == GoldStep("Q1", True, GOLD)
    assert question.operands == (SALES,)


def test_a_unit_may_follow_its_scale():
    assert parse_gold_unit("million shares") == ("shares", MILLION)


class TwoPages:
    """A store of two passages, of which the search finds the first."""

    found = (
        Passage("p1", "d", 1, "text", None, "one", 0, 0),
        Passage("p2", "d", 2, "text", None, "two", 0, 0),
    )

    def search_terms(self, terms, limit, document_ids=None):
        return (ScoredPassage(self.found[0], 1.0),)

    search_vectors = search_terms

    def passages_on(self, pages):
        return tuple(one for one in self.found if (one.document_id, one.page) in set(pages))

    def passages(self, passage_ids):
        return self.found


def test_only_the_gold_pages_are_shown_and_all_of_them():
    store = GoldPages(TwoPages(), frozenset({("d", 2)}))
    assert [one.passage.page for one in store.search_terms([], 9)] == [2]
    assert [one.passage.page for one in store.search_vectors("", 9)] == [2]
    assert [one.page for one in store.passages(["p1", "p2"])] == [2]
    assert [one.page for one in store.passages_on([("d", 1), ("d", 2)])] == [2]
    assert store.search_vectors("", 9, ["other"]) == ()


def test_the_silent_model_writes_nothing():
    model = SilentChatModel()
    settings, cancel = GenerationSettings(), CancelToken()
    assert complete(model, "?", settings, cancel).text == ""
    assert len(list(model.stream_many([Request("a"), Request("b")], cancel))) == 2
    assert model.weigh_choices("?", ["Yes", "No"], cancel) == (0.5, 0.5)
