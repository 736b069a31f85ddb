"""Past questions: found by their words, listed with their verdict, brought back when removed."""

from __future__ import annotations

import json
import re

from app.desk.history import filter_heads, render_history
from ingestion.storage.answers import AnswerHead


def head(key="a1", question="What were net sales?", **changes):
    answer = changes.pop("answer", "$5 million")
    verdict = changes.pop("verdict", "SUPPORTED")
    summary = json.dumps({"answer": answer, "verdict": verdict, "mode": "question"})
    return AnswerHead(key, "2026-03-04T10:11:12+00:00", question, summary=summary, **changes)


def text_of(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_a_question_is_found_by_words_of_its_title_or_answer():
    heads = (head("a1"), head("a2", "Why?", title="Margins"), head("a3", "Who?", answer="KPMG"))
    found = [[one.answer_id for one in filter_heads(heads, words)] for words in ("margin", "kpmg")]
    assert found == [["a2"], ["a3"]]


def test_all_words_must_be_there():
    heads = (head("a1", "Net sales of Acme"), head("a2", "Net income of Acme"))
    assert filter_heads(heads, " acme SALES ") == (heads[0],)


def test_a_question_of_an_older_version_has_no_summary():
    old = AnswerHead("a1", "2026-03-04T10:11:12+00:00", "What?")
    assert "What?" in text_of(render_history(filter_heads((old,), "what")))


def test_the_shown_one_is_marked():
    html = render_history((head("a1"), head("a2")), shown="a2")
    assert re.findall(r'data-run="(\w+)" aria-current="true"', html) == ["a2"]


def test_an_empty_list_says_why():
    assert "kept here" in text_of(render_history(()))
    assert "\u201cgold\u201d" in text_of(render_history((), needle="gold"))


def test_what_was_removed_can_come_back():
    assert 'data-act="restore"' in render_history((), removed=head())


def test_a_question_is_never_markup():
    evil = "<img src=x onerror=alert(1)>"
    html = render_history((head(question=evil, answer=evil, title=evil),), removed=head("b", evil))
    assert "<img" not in html
