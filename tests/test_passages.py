"""Pages are cut into passages that lose no word and never leave their page."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.documents import Box, Line, Page, Passage, Word
from ingestion.files import parse_file
from ingestion.layout.tables import find_tables
from ingestion.passages import ROWS_PER_TABLE_PASSAGE, WORDS_PER_PASSAGE, build_passages

SAMPLES = ("bramblewick-2022-10k.pdf", "bramblewick-2023-10k.pdf", "bramblewick-segments.xlsx")
# Words at fixed places of a line: figures, labels and what belongs to its neighbour.
GRID_WORDS = st.dictionaries(
    st.integers(0, 7),
    st.sampled_from(["Net", "sales", "1,284", "2023", "$", "(52.3", ")", "—", "%", "total:"]),
    max_size=8,
)


def build_page(*texts: str, number: int = 1) -> Page:
    """Set lines of text on a page, twelve points apart; an empty text leaves a gap."""
    lines = []
    for row, text in enumerate(texts):
        words = [
            Word(
                word, Box(72.0 + 30 * column, 72.0 + 12 * row, 99.0 + 30 * column, 82.0 + 12 * row)
            )
            for column, word in enumerate(text.split())
        ]
        if words:
            lines.append(Line(tuple(words)))
    return Page(number, tuple(lines), 612.0, 792.0, tables=find_tables(lines))


def count_words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\w.,]*\w", text))


def mask(text: str) -> str:
    return re.sub(r"\d+", "#", text)


def missing_words(page: Page, passages: tuple[Passage, ...]) -> Counter[str]:
    found = "\n".join(passage.text for passage in passages if passage.page == page.number)
    return count_words(page.text) - count_words(found)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_word_of_a_real_page_is_in_one_of_its_passages(name):
    """But for running heads, which stand on three pages or more."""
    pages = parse_file(files("assets.sample").joinpath(name).read_bytes(), name).pages
    passages = build_passages("id", pages)
    on_pages = Counter(text for page in pages for text in {mask(line.text) for line in page.lines})
    for page in pages:
        running = [line.text for line in page.lines if on_pages[mask(line.text)] > 2]
        lost = missing_words(page, passages) - count_words("\n".join(running))
        assert lost == Counter(), f"page {page.number}"


@given(st.lists(GRID_WORDS, min_size=1, max_size=14))
def test_no_word_is_lost_however_a_page_is_laid_out(rows):
    lines = [
        Line(
            tuple(
                Word(
                    text,
                    Box(72.0 + 55 * place, 72.0 + 12 * row, 115.0 + 55 * place, 82.0 + 12 * row),
                )
                for place, text in sorted(cells.items())
            )
        )
        for row, cells in enumerate(rows)
        if cells
    ]
    page = Page(1, tuple(lines), 612.0, 792.0, tables=find_tables(lines))
    assert missing_words(page, build_passages("id", [page])) == Counter()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_passage_holds_lines_of_its_own_page_alone_and_shares_none(name):
    pages = parse_file(files("assets.sample").joinpath(name).read_bytes(), name).pages
    next_line = Counter()
    for passage in build_passages("id", pages):
        page = pages[passage.page - 1]
        assert next_line[passage.page] <= passage.first_line <= passage.last_line < len(page.lines)
        next_line[passage.page] = passage.last_line + 1
        if passage.kind == "text":
            lines = page.lines[passage.first_line : passage.last_line + 1]
            assert passage.text == "\n".join(line.text for line in lines)


def test_prose_does_not_run_over_from_one_page_to_the_next():
    pages = [build_page("one sentence that", number=1), build_page("goes on", number=2)]
    assert [(passage.page, passage.text) for passage in build_passages("id", pages)] == [
        (1, "one sentence that"),
        (2, "goes on"),
    ]


def test_long_prose_is_cut_before_it_is_too_long_to_be_embedded():
    page = build_page(*["ten words " * 5] * 50)
    lengths = [len(passage.text.split()) for passage in build_passages("id", [page])]
    assert sum(lengths) == 500
    assert max(lengths) <= WORDS_PER_PASSAGE + 10


def test_prose_is_cut_where_a_paragraph_ends():
    page = build_page(*["ten words " * 5] * 10, "", *["next lines " * 5] * 10)
    first, second = build_passages("id", [page])
    assert (first.last_line, second.first_line) == (9, 10)


def test_each_piece_of_a_long_table_repeats_title_and_heads(draw_pdf, set_lines, set_rows):
    count = 2 * ROWS_PER_TABLE_PASSAGE + 5
    heads = [(400.0, 60.0, "2023", "right"), (480.0, 60.0, "2022", "right")]
    rows = [(f"Item number {n}", f"{n}.5", f"{n}.1") for n in range(count)]
    content = draw_pdf(
        [*set_lines("Sales (In millions)", top=48), *heads, *set_rows(*rows, top=72, leading=12)]
    )
    passages = build_passages("id", parse_file(content, "long.pdf").pages)
    assert [passage.kind for passage in passages] == ["table"] * 3
    for passage in passages:
        assert passage.text.startswith("Sales (In millions)\n||2023|2022|\n|Item number ")
    rows_in_pieces = [passage.text.count("|Item number ") for passage in passages]
    assert rows_in_pieces == [ROWS_PER_TABLE_PASSAGE, ROWS_PER_TABLE_PASSAGE, 5]


def test_a_piece_of_a_table_repeats_the_sub_headings_that_are_open(draw_pdf, set_rows):
    count = ROWS_PER_TABLE_PASSAGE + 3
    rows = [
        ("Assets",),
        ("Current assets:",),
        *((f"Item {n}", f"{n}.5", f"{n}.1") for n in range(count)),
    ]
    inks = set_rows(*rows, top=72, leading=12)
    inks = [
        (ink[0] + 5 * (n if n < 2 else 2), *ink[1:]) if ink[0] == 72.0 else ink
        for n, ink in enumerate(inks)
    ]
    heads = [(400.0, 60.0, "2023", "right"), (480.0, 60.0, "2022", "right")]
    content = draw_pdf([*heads, *inks])
    first, second = build_passages("id", parse_file(content, "long.pdf").pages)
    assert first.text.startswith(
        "||2023|2022|\n|Assets|||\n|Current assets:|||\n|Item 0|0.5|0.1|\n"
    )
    assert second.text == "||2023|2022|\n|Assets|||\n|Current assets|||\n" + "\n".join(
        f"|Item {n}|{n}.5|{n}.1|" for n in range(count - 5, count)
    )


def test_the_rest_of_a_table_on_the_next_page_repeats_its_title_and_heads(
    draw_pdf, set_lines, set_rows
):
    heads = [(400.0, 58.0, "2023", "right"), (480.0, 58.0, "2022", "right")]
    upper = [*set_lines("Sales (In millions)", top=45), *heads]
    upper += set_rows(("Saws", "1.5", "2.5"), ("Drills", "3.5", "4.5"), top=72)
    lower = set_rows(("Vices", "5.5", "6.5"), ("Clamps", "7.5", "8.5"), top=72)
    _, rest = build_passages("id", parse_file(draw_pdf(upper, lower), "long.pdf").pages)
    assert rest.page == 2
    assert rest.text == "Sales (In millions)\n||2023|2022|\n|Vices|5.5|6.5|\n|Clamps|7.5|8.5|"


def test_text_around_a_table_keeps_its_order(draw_pdf, set_lines, set_rows):
    rows = set_rows(("Net sales", "1.0", "2.0", "3.0"), ("Costs", "4.0", "5.0", "6.0"), top=200)
    content = draw_pdf([*set_lines("Before", top=72), *rows, *set_lines("After", top=300)])
    passages = build_passages("id", parse_file(content, "mixed.pdf").pages)
    assert [passage.kind for passage in passages] == ["text", "table", "text"]
    assert [passages[0].text, passages[2].text] == ["Before", "After"]


def test_a_line_of_dots_and_dashes_is_no_passage():
    assert build_passages("id", [build_page("— . . . —")]) == ()


def test_a_section_holds_until_the_next_heading():
    pages = [
        build_page("Cover", number=1),
        build_page("Item 7. Management's Discussion", "Sales rose", number=2),
        build_page("More of it", number=3),
        build_page("ITEM 8 — Financial Statements", number=4),
    ]
    sections = [passage.section for passage in build_passages("id", pages)]
    assert sections == [
        None,
        "Item 7. Management's Discussion",
        "Item 7. Management's Discussion",
        "Item 8. Financial Statements",
    ]


def test_entries_of_a_list_of_contents_open_no_section():
    page = build_page("Item 1. Business 3", "Item 1A. Risk Factors .... 4", "Item 7. Discussion 9")
    assert {passage.section for passage in build_passages("id", [page])} == {None}


def test_a_list_of_contents_without_page_numbers_opens_no_section():
    page = build_page(*(f"Item {number}. Some heading" for number in range(1, 7)))
    assert {passage.section for passage in build_passages("id", [page])} == {None}


def test_a_sheets_passages_stand_in_the_section_of_its_name(build_workbook):
    content = build_workbook({"Quarters": [["Item 7. Sales", 12], ["Costs", 8]]})
    (passage,) = build_passages("id", parse_file(content, "q.xlsx").pages)
    assert (passage.kind, passage.section) == ("sheet", "Quarters")


def test_the_same_page_gives_the_same_ids_and_another_document_gives_others():
    page = build_page("Net sales rose")
    (first,), (again,), (other,) = (build_passages(name, [page]) for name in ("a", "a", "b"))
    assert first == again
    assert first.passage_id != other.passage_id


def test_equal_lines_on_one_page_have_passages_of_their_own():
    page = build_page(*["word " * 90, "word " * 90] * 2)
    ids = [passage.passage_id for passage in build_passages("id", [page])]
    assert len(ids) == len(set(ids)) == 2


def test_running_heads_and_page_numbers_are_no_passages():
    """What stands on three pages, numbers aside, says nothing; what stands on two stays."""
    table = ["Year 2023 2022", "Net sales 1,284 1,209", "Net income 113 104"]
    pages = [
        build_page("Acme Annual Report", *table, f"Page {number} of 3", number=number)
        for number in (1, 2, 3)
    ]
    texts = [passage.text for passage in build_passages("id", pages)]
    assert [text for text in texts if "Page" in text or "Annual" in text] == []
    few = [passage.text for passage in build_passages("id", pages[:2])]
    assert any("Page 1 of 3" in text for text in few)
