"""The whole way from a question to its answer, with a model that follows a script."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from ingestion.documents import (
    Box,
    Document,
    FilingFacts,
    Line,
    Page,
    Passage,
    ScoredPassage,
    Word,
)
from models.chat import CancelToken
from models.errors import GenerationCancelled
from models.scripted import ScriptedChatModel
from research.errors import EmptyQuestion, ModeNotAvailable, NothingToSearch
from research.grammars import build_answer_grammar, build_choice_grammar, build_short_answer_grammar
from research.questions import Question
from research.retrieval.packing import Excerpt, RetrievalSettings
from research.run import finish_research, pool_excerpts, run_research
from research.solving import clean_answer
from research.steps import PassagesFound, PlanReady, RunFinished, SubAnswerReady

QUESTION = "What was Acme's operating income in 2022, and what was it in 2023?"
PART_2022 = "What was Acme's operating income in 2022?"
PART_2023 = "What was Acme's operating income in 2023?"
GOODWILL = "What was Acme's goodwill in 2023?"
INCOME = (
    "Income (In millions)\n"
    "|Year ended December 31,|2023|2022|\n"
    "|Net sales|$1,284|$1,209|\n"
    "|Operating income|210|198|"
)
PROSE = "Acme makes garden tools."
OTHER = "Its auditor is Ledger & Bean LLP."


@dataclass
class FakeStore:
    """Documents of one passage a page; every search finds all of them, in their order."""

    library: dict[Document, tuple[str, ...]]
    hidden: set[str] = field(default_factory=set)
    searched: list[tuple[str, ...] | None] = field(default_factory=list)

    def documents(self):
        return tuple(d for d in self.library if d.document_id not in self.hidden)

    def page(self, document_id, number):
        texts = next(t for d, t in self.library.items() if d.document_id == document_id)
        return draw_page(number, texts[number - 1])

    def search_words(self, query, limit, document_ids=None):
        self.searched.append(document_ids)
        found = [
            passage
            for document, texts in self.library.items()
            if document_ids is None or document.document_id in document_ids
            for passage in cut(document.document_id, texts)
        ]
        return tuple(ScoredPassage(passage, 1.0 / rank) for rank, passage in enumerate(found, 1))

    search_vectors = search_terms = search_words

    def find_rows(self, document_ids, words, concepts):
        return ()

    def count_statement_items(self, document_ids):
        return ()

    def passages_on(self, pages):
        return ()


def cut(document_id, texts):
    for number, text in enumerate(texts, start=1):
        kind = "table" if "|" in text else "text"
        last = len(text.splitlines()) - 1
        yield Passage(f"{document_id}-{number}", document_id, number, kind, None, text, 0, last)


def draw_page(number, text):
    """Set each line's words (a table's cells without their bars) ten points apart."""
    lines = []
    for row, line in enumerate(text.splitlines()):
        words, left = [], 72.0
        for word in re.split(r"[\s|]+", line.strip("|")):
            words.append(Word(word, Box(left, 72.0 + 14 * row, left + 6.0, 82.0 + 14 * row)))
            left += 10.0
        lines.append(Line(tuple(words)))
    return Page(number, tuple(lines), 612.0, 792.0)


def document(document_id="acme", company="Acme Corporation"):
    return Document(document_id, f"{document_id}.pdf", FilingFacts(company), 3, 3, 1, 0, "2024")


def plan(*parts):
    return "\n".join(f"### Q{number}: {part}" for number, part in enumerate(parts, start=1))


def asked_in(prompt):
    """The sub-question that a prompt asks."""
    return re.search(r"Please answer the question '(.*)' with a short span", prompt).group(1)


def scripted(plan_text, answers, final="<answer>unknown</answer>"):
    """Answer each sub-question by what stands for it; a list is worked off from the left."""
    waiting = {question: list(said) for question, said in answers.items()}

    def answer(prompt):
        if prompt.startswith("Please break down"):
            return plan_text
        if prompt.startswith("You have the following passages"):
            return final
        said = waiting.get(asked_in(prompt))
        return said.pop(0) if said else "no idea"

    return ScriptedChatModel(answer)


def good_model():
    return scripted(
        plan(PART_2022, PART_2023),
        {PART_2022: ["198"], PART_2023: ["210"]},
        "Both stand there. <answer>$198 million in 2022 and $210 million in 2023</answer>",
    )


@pytest.fixture
def store():
    return FakeStore({document(): (PROSE, INCOME, OTHER)})


def steps_of(question, store, model, **settings):
    return list(run_research(Question(question), store, model, **settings))


def result_of(question, store, model, **settings):
    return finish_research(run_research(Question(question), store, model, **settings))


def kinds(steps):
    """The steps' types in order, with repeated ones once."""
    names = [type(step).__name__ for step in steps]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


# The order of the work


def test_the_steps_come_in_the_order_of_the_work(store):
    part = ["SearchStarted", "PassagesFound", "AnswerGrowing", "SubAnswerReady"]
    assert kinds(steps_of(QUESTION, store, good_model())) == [
        "RunStarted",
        "PlanReady",
        *part,
        *part,
        "FinalStarted",
        "AnswerGrowing",
        "RunFinished",
    ]


def test_a_question_whose_parts_are_grounded_is_supported(store):
    result = result_of(QUESTION, store, good_model())
    assert result.verdict.label == "SUPPORTED"
    assert result.answer.text == (
        "Acme's operating income in 2022: $198 million; "
        "Acme's operating income in 2023: $210 million"
    )
    assert [sub.answer for sub in result.sub_answers] == ["$198 million", "$210 million"]
    assert all(sub.grounded for sub in result.sub_answers)


def test_each_sub_answer_shows_its_cell_first(store):
    proof = [sub.evidence[0] for sub in result_of(QUESTION, store, good_model()).sub_answers]
    assert [(item.kind, item.quote, item.page, item.is_proof) for item in proof] == [
        ("cell", "Operating income, 2022: 198", 2, True),
        ("cell", "Operating income, 2023: 210", 2, True),
    ]
    assert [item.boxes for item in proof] == [
        (Box(102, 114, 108, 124),),
        (Box(92, 114, 98, 124),),
    ]


def test_the_passages_that_were_read_follow_the_proof(store):
    evidence = result_of(QUESTION, store, good_model()).sub_answers[0].evidence
    assert [item.is_proof for item in evidence] == [True, False, False, False]
    assert [item.quote for item in evidence[1:]] == [PROSE, INCOME, OTHER]


def test_words_are_shown_by_their_sentence(store):
    question = "Who is Acme's auditor?"
    model = scripted(
        plan(question, "Which firm is Acme's auditor?"),
        {question: ["Ledger & Bean LLP"]},
        "<answer>Ledger & Bean LLP</answer>",
    )
    proof = result_of(question, store, model).sub_answers[0].evidence[0]
    assert (proof.kind, proof.quote, proof.page) == ("text", OTHER, 3)


def test_the_text_grows_while_it_is_written(store):
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["198"]}, "one\ntwo\n<answer>3")
    grown = [
        step.text for step in steps_of(QUESTION, store, model) if getattr(step, "label", "") is None
    ]
    assert grown == ["one\n", "one\ntwo\n", "one\ntwo\n<answer>3"]


def test_a_result_tells_how_long_each_stage_took(store):
    timings = result_of(QUESTION, store, good_model()).timings
    assert set(timings) == {"total", "plan", "sub_answers", "final"}


# What the model is asked


def test_the_prompts_are_those_of_the_paper_and_no_others(store):
    model = good_model()
    steps_of(QUESTION, store, model)
    row = INCOME.replace("|Net sales|$1,284|$1,209|\n", "")
    passages = f"{PROSE}\n\n{OTHER}\n\n{row}\n\n"
    assert model.prompts == [
        f'Please break down the question "{QUESTION}" into multiple specific sub-questions that '
        "address individual components of the original question. \n"
        "Mark each sub-question with ### at the beginning.  If you need to refer to answers from "
        "earlier sub-questions, use #1, #2, etc., to indicate the corresponding answers.\n"
        "Decomposed Question:",
        *(
            f"You have the following context passages:\n{passages}"
            f"Please answer the question '{part}' with a short span using the context as "
            "reference.\n"
            "If no answer is found in the context, use your own knowledge. Your answer needs to be "
            "as short as possible."
            for part in (PART_2022, PART_2023)
        ),
        f"You have the following passages:\n{PROSE}\n\n{row}\n\n{OTHER}\n\n"
        "You are also given some subquestions and their answers:\n"
        f"### Q1: {PART_2022}, Answer for Q1: $198 million\n"
        f"### Q2: {PART_2023}, Answer for Q2: $210 million\n\n"
        f"Please answer the question '{QUESTION}' with a short span using the documents and "
        "subquestions as reference.\n"
        "Make sure your response is grounded in documents and provides clear reasoning followed by "
        "a concise conclusion. If no relevant information is found, use your own knowledge. \n"
        "Wrap your answer with <answer> and </answer> tags.",
    ]


def test_sub_questions_and_the_whole_are_written_greedily_within_their_grammars(store):
    model = good_model()
    steps_of(QUESTION, store, model)
    _, first, second, final = model.settings
    assert first.grammar == second.grammar == build_short_answer_grammar()
    assert final.grammar == build_answer_grammar()
    assert {settings.temperature for settings in model.settings} == {0.0}


def test_an_earlier_answer_takes_the_place_of_its_reference(store):
    parts = ("In which year did operating income come to 198?", "What was net sales in #1?")
    model = scripted(plan(*parts), {parts[0]: ["2022"]})
    steps_of("What was net sales when operating income was 198?", store, model)
    assert "What was net sales in 2022?" in [asked_in(prompt) for prompt in model.prompts[1:]]


def test_only_as_many_passages_are_read_as_fit(store):
    model = good_model()
    steps = steps_of(QUESTION, store, model, retrieval=RetrievalSettings(passages=10, tokens=1))
    found = [step.passages for step in steps if isinstance(step, PassagesFound)]
    assert [[scored.passage.text for scored in passages] for passages in found] == [[PROSE]] * 2
    assert INCOME not in model.prompts[1]


def test_what_was_not_read_still_grounds_an_answer(store):
    """The checks look through more than the model reads."""
    retrieval = RetrievalSettings(passages=1, tokens=1500)
    assert result_of(QUESTION, store, good_model(), retrieval=retrieval).sub_answers[0].grounded


@pytest.mark.parametrize(("parts", "most"), [(3, 5), (4, 3)])
def test_the_whole_is_answered_from_five_passages_a_part_or_three_of_many(parts, most):
    notes = (f"Operating costs, note {number}." for number in range(1, 8))
    texts = ("Operating income was $5 million in 2023.", *notes)
    topics = ("operating costs", "operating cash", "operating margin")[: parts - 1]
    steps = (PART_2023, *(f"What was Acme's {topic} in 2023?" for topic in topics))
    model = scripted(plan(*steps), {PART_2023: ["$5 million"]})
    question = "What were Acme's operating income, costs, cash and margin in 2023?"
    result = result_of(question, FakeStore({document(): texts}), model)
    assert [sub.grounded for sub in result.sub_answers] == [True] + [False] * (parts - 1)
    shown = model.prompts[-1].partition("\n\nYou are also given")[0]
    assert shown == "You have the following passages:\n" + "\n\n".join(texts[:most])


def test_the_whole_is_not_asked_when_no_part_is_grounded(store):
    model = scripted(plan(GOODWILL, "What goodwill did Acme have in 2023?"), {})
    steps = steps_of(GOODWILL, store, model)
    assert kinds(steps)[-2:] == ["FinalStarted", "RunFinished"]
    assert not any("Wrap your answer" in prompt for prompt in model.prompts)


def test_pooled_excerpts_keep_their_order_without_repeats():
    first, second, third = (
        Excerpt(ScoredPassage(passage, 1.0), passage.text) for passage in cut("d", "abc")
    )
    assert pool_excerpts([(second, first), (second, third)], 2) == (second, first, third)
    assert pool_excerpts([(second, first), (third, second)], 1) == (second, third)
    assert pool_excerpts([(second, first), (third,)], None) == (second, first, third)


# Asking again


def test_an_ungrounded_answer_is_asked_for_again_among_the_figures_that_fit(store):
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["777", "198"], PART_2023: ["210"]})
    steps = steps_of(QUESTION, store, model)
    assert kinds(steps)[4:8] == ["AnswerGrowing", "AskedAgain", "AnswerGrowing", "SubAnswerReady"]
    assert model.settings[2].grammar == build_choice_grammar(["198"])
    (first, _) = [step.sub_answer for step in steps if isinstance(step, SubAnswerReady)]
    assert (first.answer, first.grounded) == ("$198 million", True)


def test_a_second_ask_is_told(store):
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["777", "198"]})
    assert result_of(QUESTION, store, model).sub_answers[0].notes == (
        'The first answer, "777", was not grounded; asked again among printed figures.',
    )


def test_the_second_ask_shows_only_the_passages_that_print_such_figures(store):
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["777", "198"]})
    steps_of(QUESTION, store, model)
    assert model.prompts[2].startswith(
        f"You have the following context passages:\n{INCOME}\n\nPlease answer"
    )


def test_a_figure_that_is_printed_twice_is_one_choice():
    store = FakeStore({document(): (INCOME, INCOME.replace("Income (", "Results ("))})
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["777", "198"]})
    steps_of(QUESTION, store, model)
    assert model.settings[2].grammar == build_choice_grammar(["198"])


def test_a_second_answer_that_is_not_grounded_leaves_the_first(store):
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: ["777", "888"]})
    first = result_of(QUESTION, store, model).sub_answers[0]
    assert (first.answer, first.grounded, first.value) == ("777", False, None)


def test_a_grounded_answer_is_asked_for_once(store):
    model = good_model()
    steps_of(QUESTION, store, model)
    assert len(model.prompts) == 4


def test_a_figure_is_shown_in_the_words_of_its_place_and_the_models_are_told(store):
    wrote = "198, audited by KPMG"
    model = scripted(plan(PART_2022, PART_2023), {PART_2022: [wrote], PART_2023: ["210"]})
    first = result_of(QUESTION, store, model).sub_answers[0]
    assert first.answer == "$198 million"
    assert first.notes == (f'Read off its place; the model wrote "{wrote}".',)


# What is not known


def test_an_ungrounded_guess_is_never_the_answer(store):
    question = "What were Acme's operating income and goodwill in 2023?"
    model = scripted(
        plan(PART_2023, GOODWILL),
        {PART_2023: ["210"], GOODWILL: ["777"]},
        "<answer>$210 million and $777 million</answer>",
    )
    result = result_of(question, store, model)
    assert result.verdict.label == "NOT_ENOUGH_INFO"
    assert "777" not in result.answer.text
    assert result.sub_answers[1].answer == "777"
    assert not result.sub_answers[1].grounded


def test_an_ungrounded_answer_has_no_proof(store):
    model = scripted(plan(GOODWILL, "What is the goodwill of Acme?"), {GOODWILL: ["777"]})
    evidence = result_of(GOODWILL, store, model).sub_answers[0].evidence
    assert evidence
    assert not any(item.is_proof for item in evidence)


def test_what_is_nowhere_is_not_disclosed(store):
    model = scripted(
        plan(GOODWILL, "What goodwill did Acme have in 2023?"),
        {GOODWILL: ["777"]},
        "<answer>$777 million</answer>",
    )
    result = result_of(GOODWILL, store, model)
    assert (result.answer.kind, result.answer.value) == ("not_disclosed", None)
    assert result.verdict.label == "NOT_ENOUGH_INFO"
    assert "777" not in result.answer.text


def test_what_is_nowhere_is_asked_whole_as_well(store):
    question = "What were Acme's goodwill and equity in 2023?"
    model = scripted(plan(GOODWILL, "What was Acme's equity in 2023?"), {})
    steps = steps_of(question, store, model)
    plans = [step.decomposition for step in steps if isinstance(step, PlanReady)]
    assert [len(one.sub_questions) for one in plans] == [2, 3]
    assert plans[1].sub_questions[2].text == question
    assert "asked whole" in plans[1].notes[-1]
    assert steps[-1].result.decomposition == plans[1]


def test_a_plan_that_asks_the_whole_already_is_not_longer(store):
    model = scripted(plan(GOODWILL, "What was Acme's equity in 2023?"), {})
    steps = steps_of(GOODWILL, store, model)
    assert sum(isinstance(step, PlanReady) for step in steps) == 1


def test_the_question_asked_whole_may_be_grounded(store):
    model = scripted(
        plan("What was Acme's operating profit?", "What was Acme's income from tools?"),
        {PART_2023: ["210"]},
        "<answer>$210 million</answer>",
    )
    result = result_of(PART_2023, store, model)
    assert result.verdict.label == "SUPPORTED"
    assert result.answer.value is not None


def test_a_step_built_on_an_ungrounded_one_is_not_grounded(store):
    parts = ("In which year did operating income peak?", "What was operating income in #1?")
    model = scripted(
        plan(*parts), {parts[0]: ["2023"], "What was operating income in 2023?": ["210"]}
    )
    dependent = result_of("What was operating income when it did peak?", store, model).sub_answers[
        1
    ]
    assert (dependent.answer, dependent.question) == (
        "$210 million",
        "What was operating income in 2023?",
    )
    assert all(check.passed for check in dependent.verdict.checks)
    assert not dependent.grounded
    assert dependent.verdict.label == "NOT_ENOUGH_INFO"
    assert dependent.value is None
    assert dependent.notes[-1] == "Built on Q1, which is not grounded."


def test_a_final_answer_without_tags_is_put_together_from_the_parts(store):
    model = scripted(
        plan(PART_2022, PART_2023), {PART_2022: ["198"], PART_2023: ["210"]}, "198 and 210"
    )
    result = result_of(QUESTION, store, model)
    assert result.answer.text == (
        "Acme's operating income in 2022: $198 million; "
        "Acme's operating income in 2023: $210 million"
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("210.", "210"),
        ('"Ledger & Bean LLP."', "Ledger & Bean LLP"),
        ("\u201cGarden\u201d", "Garden"),
        ("\n\n 210 \nbecause", "210"),
        ("2.41", "2.41"),
        ("", ""),
        ("  \n ", ""),
    ],
)
def test_an_answer_is_its_first_line_without_quotation_marks_and_full_stop(text, answer):
    assert clean_answer(text) == answer


# Stopping


def test_cancelling_before_the_start_asks_the_model_nothing(store):
    cancel, model = CancelToken(), good_model()
    cancel.cancel()
    with pytest.raises(GenerationCancelled):
        steps_of(QUESTION, store, model, cancel=cancel)
    assert model.prompts == []


@pytest.mark.parametrize("at", ["PlanReady", "SearchStarted", "PassagesFound", "SubAnswerReady"])
def test_cancelling_in_the_middle_ends_the_run(store, at):
    cancel, model = CancelToken(), good_model()
    seen = []

    def follow():
        for step in run_research(Question(QUESTION), store, model, cancel=cancel):
            seen.append(type(step).__name__)
            if seen[-1] == at:
                cancel.cancel()

    with pytest.raises(GenerationCancelled):
        follow()
    assert seen.count(at) == 1
    assert "FinalStarted" not in seen
    assert len(model.prompts) <= 2


def test_cancelling_while_the_model_writes_ends_the_run(store):
    cancel = CancelToken()
    model = good_model()
    model.script, answer = lambda prompt: (cancel.cancel(), answer(prompt))[1], model.script
    with pytest.raises(GenerationCancelled):
        steps_of(QUESTION, store, model, cancel=cancel)
    assert len(model.prompts) == 1


# What is refused


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_question_is_refused(store, text):
    with pytest.raises(EmptyQuestion, match="empty"):
        steps_of(text, store, ScriptedChatModel(()))


def test_a_library_without_documents_is_refused():
    with pytest.raises(NothingToSearch, match="acedesk ingest"):
        steps_of(QUESTION, FakeStore({}), ScriptedChatModel(()))


def test_a_choice_of_documents_that_are_not_there_is_refused(store):
    run = run_research(Question(QUESTION, ("gone",)), store, ScriptedChatModel(()))
    with pytest.raises(NothingToSearch):
        next(run)


@pytest.mark.parametrize("mode", ["claim", "program"])
def test_a_mode_that_is_not_built_is_refused_by_name(store, mode):
    run = run_research(Question(QUESTION, mode=mode), store, ScriptedChatModel(()))
    with pytest.raises(ModeNotAvailable, match=mode):
        next(run)


# Which documents are asked


BOLT = ("Bolt Industries makes bolts.", INCOME.replace("198", "55"))


def test_only_the_chosen_documents_are_asked(store):
    store.library[document("bolt", "Bolt Industries")] = BOLT
    question = Question(QUESTION, ("acme",))
    result = finish_research(run_research(question, store, good_model()))
    assert set(store.searched) == {("acme",)}
    assert {item.document_id for sub in result.sub_answers for item in sub.evidence} == {"acme"}
    assert "acme.pdf." in result.verdict.checks[0].detail


def test_without_a_choice_the_whole_library_is_asked(store):
    store.library[document("bolt", "Bolt Industries")] = BOLT
    result = result_of(QUESTION, store, good_model())
    assert {item.document_id for sub in result.sub_answers for item in sub.evidence} == {
        "acme",
        "bolt",
    }
    assert result.sub_answers[0].evidence[0].document_id == "acme"


def test_a_document_that_is_added_during_a_run_is_not_asked(store):
    newcomer = document("bolt", "Bolt Industries")
    store.library[newcomer] = BOLT
    store.hidden.add("bolt")
    result = result_of(QUESTION, store, good_model())
    assert result.verdict.label == "SUPPORTED"
    assert {item.document_id for sub in result.sub_answers for item in sub.evidence} == {"acme"}


def test_the_same_question_twice_finds_the_same_evidence_in_the_same_order(store):
    def evidence_ids():
        result = result_of(QUESTION, store, good_model())
        return [[item.evidence_id for item in sub.evidence] for sub in result.sub_answers]

    assert evidence_ids() == evidence_ids()


def test_a_result_names_question_model_and_plan(store):
    result = result_of(QUESTION, store, good_model())
    assert result.question == Question(QUESTION)
    assert result.model.name == "scripted"
    assert [step.text for step in result.decomposition.sub_questions] == [PART_2022, PART_2023]


def test_draining_a_run_gives_the_last_steps_result(store):
    assert isinstance(steps_of(QUESTION, store, good_model())[-1], RunFinished)
    with pytest.raises(AssertionError, match="ends with RunFinished"):
        finish_research(iter(()))


def test_a_real_workspace_serves_a_run(workspace, tmp_path, draw_pdf, set_lines, set_rows):
    cover = set_lines(
        "FORM 10-K",
        "For the fiscal year ended December 31, 2023",
        "Acme Corporation",
        "(Exact name of registrant as specified in its charter)",
        leading=30.0,
    )
    table = [
        *set_lines("CONSOLIDATED STATEMENTS OF OPERATIONS", "(In millions)"),
        *set_rows(
            ("", "2023", "2022"),
            ("Net sales", "$1,284", "$1,209"),
            ("Operating income", "210", "198"),
            top=110.0,
        ),
    ]
    path = tmp_path / "acme-2023.pdf"
    path.write_bytes(draw_pdf(cover, table))
    workspace.add_file(path)
    result = result_of(QUESTION, workspace, good_model())
    assert result.verdict.label == "SUPPORTED"
    (box,) = result.sub_answers[0].evidence[0].boxes
    assert box.x1 == pytest.approx(480, abs=1)
    assert result.sub_answers[0].evidence[0].page == 2
