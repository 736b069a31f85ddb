"""Every line knows which item, note or statement it stands in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.documents import Line, Page, Word
from ingestion.filings.sections import (
    Section,
    SectionReader,
    build_section_tree,
    find_headings,
    section_at,
)

PROSE = "The company made and sold cloth in all of its markets during the year."


def build_page(*texts: str, number: int = 1, label: str | None = None) -> Page:
    lines = tuple(Line(tuple(map(Word, text.split()))) for text in texts)
    return Page(number, lines, label=label)


def name_headings(*texts: str) -> list[tuple[str, str, str]]:
    return [(each.kind, each.number, each.title) for each in find_headings(build_page(*texts))]


def last_path(*pages: tuple[str, ...]) -> str:
    tree = build_section_tree(build_page(*texts, number=i) for i, texts in enumerate(pages, 1))
    return tree[-1].text if tree else ""


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Item 7. Management’s Discussion", ("item", "7", "Management’s Discussion")),
        ("ITEM 7A QUANTITATIVE DISCLOSURES", ("item", "7A", "QUANTITATIVE DISCLOSURES")),
        ("Item 2.02. Results of Operations", ("item", "2.02", "Results of Operations")),
        ("Item 6. [Reserved]", ("item", "6", "[Reserved]")),
        (
            "Item 4. Mine Safety Disclosures. Not applicable.",
            ("item", "4", "Mine Safety Disclosures"),
        ),
        ("Part I, Item 2. Properties", ("item", "2", "Properties")),
        ("Item 1. Busines s", ("item", "1", "Business")),
        ("PART II", ("part", "II", "")),
        ("Part I. Financial Information", ("part", "I", "Financial Information")),
        ("Note 5 – Revenue", ("note", "5", "Revenue")),
        ("NOTE 12. INCOME TAXES (continued)", ("note", "12", "INCOME TAXES")),
        (
            "NOTE 3 — Summary of significant policies",
            ("note", "3", "Summary of significant policies"),
        ),
        ("CONSOLIDATED BALANCE SHEETS", ("statement", "", "CONSOLIDATED BALANCE SHEETS")),
        ("Liquidity and Capital Resources", ("heading", "", "Liquidity and Capital Resources")),
        ("Exhibit 99.1", ("heading", "99.1", "Exhibit 99.1")),
        (
            "Notes to Consolidated Financial Statements (Continued)",
            ("note", "", "Notes to Consolidated Financial Statements"),
        ),
        (
            "Notes to the Consolidated Financial Statements",
            ("note", "", "Notes to the Consolidated Financial Statements"),
        ),
    ],
)
def test_a_heading_is_read_with_number_and_title(text, heading):
    assert name_headings(text) == [heading]


@pytest.mark.parametrize(
    "text",
    [
        "Item 7 of this report describes the risks.",
        "Item 1A, Risk Factors, of our report",
        "Item 7. Management’s Discussion and Analysis” of our Annual Report on Form 10-K",
        "see Item 7 of this report",
        "as discussed in Note 5",
        "Note 5 for further information on debt",
        "Note 12 to the consolidated financial statements",
        "Note 3 and Note 4 describe them",
        "Part of the plan",
        "notes to consolidated financial statements",
        "Notes to consolidated financial statements are an integral part",
        "the consolidated balance sheets",
        "Items sold",
    ],
)
def test_a_reference_in_prose_is_no_heading(text):
    assert name_headings(text) == []


def test_a_reference_that_a_line_break_moved_to_the_front_is_no_heading():
    assert name_headings("These risks are set out at length in", "Item 1A. Risk Factors") == []
    assert name_headings(PROSE, "Item 1A. Risk Factors") == [("item", "1A", "Risk Factors")]


@pytest.mark.parametrize(
    "texts",
    [
        ("Item 7.", "Management’s Discussion and Analysis"),
        ("Item 7. Management’s Discussion and", "Analysis"),
    ],
)
def test_a_title_may_go_on_in_the_next_line(texts):
    assert name_headings(*texts) == [("item", "7", "Management’s Discussion and Analysis")]


def test_a_row_that_ends_in_a_dash_leads_up_to_nothing():
    page = build_page("Notes to Consolidated Financial Statements", "Total $ - $ - $ -", "1. Debt")
    assert [each.title for each in find_headings(page)][1:] == ["Debt"]


def test_entries_with_page_numbers_are_a_table_of_contents():
    assert name_headings("PART I", "Item 1. Business 4", "Item 1A. Risk Factors 10") == []


def test_entries_close_together_are_a_table_of_contents():
    items = ("Item 1.", "Business", "Item 1A.", "Risk Factors", "Item 2.", "Properties")
    assert name_headings(*items, "Item 3.", "Legal Proceedings", "Item 4.", "Mine Safety") == []


def test_short_items_with_a_sentence_each_are_no_table_of_contents():
    texts = [
        text
        for title in (
            "Item 10. Directors",
            "Item 11. Executive Compensation",
            "Item 12. Security Ownership",
            "Item 13. Certain Relationships",
        )
        for text in (title, "See the proxy statement under “Board.”")
    ]
    assert [number for _, number, _ in name_headings(*texts)] == ["10", "11", "12", "13"]


def test_what_comes_again_is_what_the_contents_point_to():
    items = (
        "Item 1. Financial Statements",
        "Item 2. Management’s Discussion",
        "Item 3. Market Risk",
    )
    found = find_headings(build_page(*items, "Item 4. Controls and Procedures", items[0]))
    assert [(each.number, each.line) for each in found] == [("1", 4)]


def test_a_list_of_statements_opens_no_section():
    texts = ("Consolidated Balance Sheets", "Consolidated Statements of Income")
    assert name_headings(
        "Item 8. Financial Statements", *texts, "Consolidated Statements of Cash Flows"
    ) == [("item", "8", "Financial Statements")]


ITEM_8 = ("Item 8. Financial Statements", PROSE, "Notes to Consolidated Financial Statements")


def test_a_note_stands_within_its_item():
    assert last_path((*ITEM_8, "Note 1. Basis")) == "Item 8. Financial Statements > Note 1. Basis"


def test_bare_numbers_are_notes_only_within_the_notes():
    path = "Item 8. Financial Statements > Note 2. Goodwill"
    assert last_path((*ITEM_8, "1. Basis", PROSE, "2. Goodwill")) == path
    assert last_path(("Item 7. Management’s Discussion", "2. Goodwill")) == (
        "Item 7. Management’s Discussion"
    )


def test_notes_rise():
    texts = (*ITEM_8, "1. Basis", PROSE, "2. Goodwill", PROSE, "1. First Step", "9. Ninth Step")
    assert last_path(texts) == "Item 8. Financial Statements > Note 2. Goodwill"


def test_running_headers_leave_the_note_open():
    header = (
        "PART II",
        "Item 8. Financial Statements",
        "Notes to Consolidated Financial Statements",
    )
    pages = ((*ITEM_8, "Note 1. Basis", PROSE, "Note 2. Debt"), (*header, PROSE))
    assert last_path(*pages) == "Item 8. Financial Statements > Note 2. Debt"


def test_a_statement_stands_within_its_item_and_ends_with_the_notes():
    reader = SectionReader()
    first = reader.read(build_page("Item 8. Financial Statements", "Consolidated Balance Sheets"))
    assert first == (
        (0, "Item 8. Financial Statements"),
        (1, "Item 8. Financial Statements > Consolidated Balance Sheets"),
    )
    second = reader.read(build_page("Total assets", "Notes to Consolidated Financial Statements"))
    assert second == (
        (0, "Item 8. Financial Statements > Consolidated Balance Sheets"),
        (1, "Item 8. Financial Statements > Notes to Consolidated Financial Statements"),
    )


def test_a_condensed_statement_within_a_note_is_a_part_of_the_note():
    texts = (*ITEM_8, "Note 1. Guarantors", PROSE, "Condensed Consolidating Balance Sheets")
    assert last_path(texts).endswith("Note 1. Guarantors > Condensed Consolidating Balance Sheets")


def test_items_of_the_second_part_begin_again():
    pages = (
        ("Part I", "Item 4. Controls and Procedures"),
        ("Part II", "Item 1. Legal Proceedings"),
    )
    assert last_path(*pages) == "Item 1. Legal Proceedings"


def test_a_back_reference_with_a_title_of_its_own_opens_nothing():
    assert last_path(("Item 9. Changes in and Disagreements",), (PROSE, "Item 3. Our Case")) == (
        "Item 9. Changes in and Disagreements"
    )


def test_statements_behind_the_signatures_stand_for_themselves():
    assert (
        last_path(("Signatures",), ("Consolidated Balance Sheets",))
        == "Consolidated Balance Sheets"
    )


def test_an_exhibits_header_repeated_on_each_page_opens_it_once():
    pages = (("Exhibit 99.1", "Consolidated Balance Sheets"), ("Exhibit 99.1", PROSE))
    assert last_path(*pages) == "Exhibit 99.1 > Consolidated Balance Sheets"


def test_pages_without_a_heading_inherit_and_every_line_finds_its_section():
    pages = [
        build_page("A cover", number=1),
        build_page("Item 1. Business", PROSE, number=2),
        build_page(PROSE, number=3),
        build_page(PROSE, "Item 2. Properties", number=4),
    ]
    tree = build_section_tree(pages)
    assert tree == (
        Section(2, 0, ("Item 1. Business",)),
        Section(4, 1, ("Item 2. Properties",)),
    )
    places = [(1, 0), (2, 1), (3, 0), (4, 0), (4, 1), (9, 9)]
    found = [section_at(tree, page, line) for page, line in places]
    assert found == ["", *["Item 1. Business"] * 3, *["Item 2. Properties"] * 2]


def test_a_sheet_has_no_sections():
    assert find_headings(build_page("Item 1. Business", label="Sheet1")) == ()


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Item 8. Financial Statements",
                "Item 7",
                "PART II",
                "Note 1. Basis",
                "2. Debt",
                "Item",
                "Consolidated Balance Sheets",
                "Notes to Financial Statements",
                PROSE,
                "Exhibit 4",
                "",
            ]
        )
        | st.text(max_size=40),
        max_size=14,
    )
)
def test_any_page_has_a_section_from_its_first_line_on_in_rising_order(texts):
    starts = SectionReader().read(build_page(*texts))
    lines = [line for line, _ in starts]
    assert lines[0] == 0
    assert lines == sorted(set(lines))


def test_a_line_of_leaders_is_read_at_once():
    """Nested repeats in a pattern would take for ever on this line."""
    assert name_headings("Notes to Consolidated Financial Statements" + " ." * 400 + " x") == []
    assert name_headings("Item 1. Business" + " ." * 400 + " x", "Note 1. Debt" + "-" * 900)
