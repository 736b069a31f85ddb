"""The page of a piece of evidence: prose and tables as they read, with the mark in them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.markup.marked_page import render_marked_page
from app.wording import name_place
from ingestion.documents import Line, Page, Word
from research.questions import Evidence

EVIL = "<script>alert(1)</script>"


def prose(text):
    return Line(tuple(Word(word) for word in text.split()))


def row(number, *texts, table="T3"):
    """A row of a table from column A on; an empty text is no cell."""
    return Line(
        tuple(
            Word(text, cell=f"{table}:{column}{number}")
            for column, text in zip("ABCDE", texts, strict=False)
            if text
        )
    )


def page(*lines):
    return Page(4, lines)


def evidence(**changes):
    plain = Evidence("e1", "d1", "acme.html", 4, "text", "", (), None, None, 0.1, "p1", True)
    return replace(plain, **changes)


def span_of(text, shown):
    start = shown.text.index(text)
    return start, start + len(text)


def render(shown, **changes):
    return render_marked_page(evidence(**changes), shown)


def rows_of(html, part):
    """The texts of each row's cells in the table's head or body."""
    inside = "".join(re.findall(rf"<{part}>(.*?)</{part}>", html))
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", cells)
        for cells in re.findall(r"<tr[^>]*>(.*?)</tr>", inside)
    ]


INCOME = page(
    prose("Acme sold tools."),
    prose("Results (In millions)"),
    row(1, "", "Three Months Ended", "", "Nine Months Ended"),
    row(2, "", "2023", "2022", "2023", "2022"),
    row(3, "Revenue:"),
    row(4, "Net sales", "$50", "$40", "$150", "$120"),
    row(5, "Loss", "", "(1)", "", "(2)"),
    prose("Sales rose. They will fall."),
)


# Prose


def test_the_quoted_sentence_is_marked_within_its_line():
    html = render(INCOME, span=span_of("They will fall.", INCOME))
    assert '<p>Sales rose. <mark class="desk-said">They will fall.</mark></p>' in html
    assert html.count("<mark") == 1


def test_a_sentence_over_two_lines_is_marked_on_both():
    shown = page(prose("Our auditor is"), prose("Ledger LLP. It is old."))
    html = render(shown, span=(4, 26))
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["auditor is", "Ledger LLP."]


def test_a_passage_that_was_only_read_is_marked_in_another_way():
    html = render(INCOME, is_proof=False, span=span_of("Acme sold tools.", INCOME))
    assert '<mark class="desk-said desk-said-wide">Acme sold tools.</mark>' in html


def test_without_a_place_nothing_is_marked():
    html = render(INCOME)
    assert "<mark" not in html
    assert "desk-said" not in html
    assert "<p>Acme sold tools.</p>" in html


def test_text_is_never_markup():
    shown = page(prose(EVIL), row(1, EVIL, EVIL), row(2, EVIL, "5"), prose(EVIL))
    html = render(shown, cell="T3:B2", span=(0, 5))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5


# Tables


def test_the_rows_of_a_table_stand_under_its_heads():
    html = render(INCOME, cell="T3:B4")
    assert rows_of(html, "thead") == [
        ["", "Three Months Ended", "Nine Months Ended"],
        ["", "2023", "2022", "2023", "2022"],
    ]
    assert rows_of(html, "tbody") == [
        ["Revenue:", "", "", "", ""],
        ["Net sales", "$50", "$40", "$150", "$120"],
        ["Loss", "", "(1)", "", "(2)"],
    ]


def test_a_head_reaches_over_the_columns_to_the_next():
    html = render(INCOME, cell="T3:B4")
    assert '<th colspan="2">Three Months Ended</th><th colspan="2">Nine Months Ended</th>' in html


def test_only_the_cell_of_the_proof_is_marked():
    html = render(INCOME, cell="T3:C4", span=(0, 400))
    assert re.findall(r'<td class="desk-cell">([^<]*)</td>', html) == ["$40"]
    assert "desk-said" not in html


def test_the_same_cell_of_another_table_is_not_marked():
    shown = page(row(1, "Sales", "5", table="T1"), row(1, "Cost", "4", table="T2"))
    html = render(shown, cell="T2:B1")
    assert html.count("<table>") == 2
    assert re.findall(r'<td class="desk-cell">([^<]*)</td>', html) == ["4"]


def test_the_rows_of_a_passage_are_marked():
    html = render(INCOME, is_proof=False, span=span_of("Net sales $50 $40 $150 $120", INCOME))
    (marked,) = re.findall(r'<tr class="desk-said desk-said-wide">(.*?)</tr>', html)
    assert "Net sales" in marked


def test_a_table_of_words_has_no_heads():
    html = render(page(row(1, "Ada", "Chair"), row(2, "Bob", "Treasurer")))
    assert rows_of(html, "thead") == []
    assert rows_of(html, "tbody") == [["Ada", "Chair"], ["Bob", "Treasurer"]]


def test_what_stands_in_a_table_without_a_cell_is_a_row_and_rules_are_none():
    shown = page(
        row(1, "Region", "2023"), prose("|---|---|"), prose("Total south"), row(2, "of river", "8")
    )
    html = render(shown)
    assert rows_of(html, "tbody") == [["Total south"], ["of river", "8"]]
    assert '<td colspan="2">Total south</td>' in html


# What is shown of a long page


def long_page():
    lines = [prose(f"line {number}") for number in range(30)]
    lines += [row(1, "", "2023", "2022")]
    lines += [row(number, f"Row {number}", f"{number}", "x") for number in range(2, 42)]
    return page(*lines, *(prose(f"end {number}") for number in range(30)))


def test_a_long_page_is_shown_around_its_mark():
    html = render(long_page(), span=span_of("line 20", long_page()))
    shown = re.findall(r"line (\d+)", html)
    assert shown[0] == "6"
    assert "6 more lines above" in html
    assert "66 more lines below" in html
    assert len(rows_of(html, "tbody")) == 4


def test_a_table_that_is_cut_keeps_its_heads():
    html = render(long_page(), cell="T3:B30")
    assert rows_of(html, "thead") == [["", "2023", "2022"]]
    labels = [cells[0] for cells in rows_of(html, "tbody")]
    assert labels == [f"Row {number}" for number in range(16, 42)]
    assert "line 29" not in html


@pytest.mark.parametrize("cell", ["T3:B2", "T3:B41"])
def test_the_first_and_the_last_row_can_be_marked(cell):
    assert render(long_page(), cell=cell).count('class="desk-cell"') == 1


def test_a_page_that_is_shown_whole_says_nothing_of_more():
    assert "more line" not in render(INCOME, cell="T3:B4")


def test_a_page_without_lines_is_empty():
    assert render(page(), span=(0, 10)) == '<div class="desk-text"></div>'


def test_the_page_is_well_formed():
    open_tags = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attributes: open_tags.append(tag)
    reader.handle_endtag = lambda tag: open_tags.remove(tag)
    reader.feed(render(long_page(), cell="T3:B30"))
    assert open_tags == []


# Sheets


def test_rows_of_a_sheet_that_were_read_are_shown_and_marked():
    lines = tuple(Line((Word(f"v{n}", cell=f"A{n}"),)) for n in range(1, 61))
    sheet = Page(1, lines, label="Segments")
    html = render(sheet, sheet="Segments", is_proof=False, span=span_of("v40\nv41", sheet))
    assert re.findall(r'<tr class="desk-said desk-said-wide"><th>(\d+)</th>', html) == ["40", "41"]
    assert "<th>1</th>" not in html


# Places in words


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({}, "page 4"),
        ({"kind": "cell"}, "page 4, table cell"),
        ({"kind": "cell", "cell": "T3:B7"}, "page 4, table 3, cell B7"),
        ({"kind": "cell", "sheet": "Sales", "cell": "B7"}, "sheet Sales, cell B7"),
        ({"kind": "cell", "sheet": "Sales"}, "sheet Sales"),
    ],
)
def test_a_place_is_named_for_a_person(changes, place):
    assert name_place(evidence(**changes)) == place
