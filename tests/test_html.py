"""Web pages become pages, lines and tables; nothing hidden is read and nothing is fetched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.errors import EmptyFile, UnreadableFile
from ingestion.progress import ignore_progress
from ingestion.readers.html import WORDS_PER_PAGE, decode_page, parse_html
from ingestion.readers.html_text import style_of

SPACER = "<td></td>"


def read(markup: str | bytes):
    content = markup if isinstance(markup, bytes) else markup.encode()
    return parse_html(content, "filing.htm", ignore_progress)


def lines_of(markup: str) -> list[str]:
    return [line.text for page in read(markup).pages for line in page.lines]


def only_table(markup: str):
    (table,) = [table for page in read(markup).pages for table in page.tables]
    return table


def build_table(*rows: str, above: str = "") -> str:
    return f"<html><body>{above}<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table></body>"


def cells(*texts: str) -> str:
    return "".join(f"<td>{text}</td>" for text in texts)


SALES = build_table(
    "<td></td><td></td><td colspan=3>2024</td><td></td><td colspan=3>2023</td>",
    "<td>Net sales</td><td></td><td>$</td><td>1,284</td><td></td><td></td>"
    "<td>$</td><td>1,209</td><td></td>",
    "<td>Other loss</td><td></td><td colspan=2>(52</td><td>)</td><td></td>"
    "<td colspan=2>(48</td><td>)</td>",
    "<td>Growth</td><td></td><td colspan=2>6.2</td><td>%</td><td></td>"
    "<td colspan=2>5.1</td><td>%</td>",
)


def test_spacer_columns_vanish_and_amounts_are_joined():
    rows = only_table(SALES).rows
    assert [row.texts for row in rows] == [("$1,284", "$1,209"), ("(52)", "(48)"), ("6.2%", "5.1%")]


def test_cells_have_addresses_in_the_tables_own_grid():
    places = {word.cell: word.text for line in read(SALES).pages[0].lines for word in line.words}
    assert places["T1:A2"] == "Net sales"
    assert places["T1:B2"] == "$1,284"
    assert places["T1:C4"] == "5.1%"


def test_rows_know_their_line_and_cells_the_same_address():
    page = read(SALES).pages[0]
    row = page.tables[0].rows[1]
    assert page.lines[row.line].text == "Other loss (52) (48)"
    assert row.cells[1].address == "T1:C3"


def test_tables_are_counted_over_the_whole_document():
    addresses = [
        page.tables[0].rows[0].cells[0].address
        for page in read(SALES + '<hr style="page-break-after:always">' + SALES).pages
    ]
    assert addresses == ["T1:B2", "T2:B2"]


def test_a_head_over_two_columns_is_repeated_over_both():
    table = only_table(
        build_table(
            "<td></td><td colspan=2>Years ended June 30,</td>",
            cells("(in millions)", "2024", "2023"),
            cells("Net sales", "1,284", "1,209"),
        )
    )
    assert table.header == (
        ("", "Years ended June 30,", "Years ended June 30,"),
        ("(in millions)", "2024", "2023"),
    )
    assert table.head_of(1) == "Years ended June 30, 2023"
    assert table.scale == 1_000_000


def test_a_label_over_two_rows_stands_before_both():
    table = only_table(
        build_table(
            cells("Product", "2024", "2023"),
            "<td rowspan=2>Hand tools</td><td>1,284</td><td>1,209</td>",
            cells("84", "79"),
        )
    )
    assert [(row.label, row.texts) for row in table.rows] == [
        ("Hand tools", ("1,284", "1,209")),
        ("Hand tools", ("84", "79")),
    ]


def test_labels_of_groups_in_a_column_of_their_own_become_parents():
    table = only_table(
        build_table(
            cells("", "", "2024", "2023"),
            cells("Saws", "United States", "$10", "$9"),
            cells("", "International", "7", "6"),
            cells("", "Total", "$17", "$15"),
        )
    )
    assert [(row.parents, row.label) for row in table.rows] == [
        (("Saws",), "United States"),
        (("Saws",), "International"),
        (("Saws",), "Total"),
    ]
    assert table.header == (("", "2024", "2023"),)


@pytest.mark.parametrize(
    "inner",
    [
        '<td style="padding-left:12pt">Inventories</td>',
        '<td style="padding:2px 1pt 2px 12pt">Inventories</td>',
        '<td><div style="margin-left:16px">Inventories</div></td>',
        "<td>&#160;&#160;&#160;&#160;Inventories</td>",
    ],
)
def test_indented_rows_stand_under_their_heading_and_others_no_more(inner):
    table = only_table(
        build_table(
            cells("", "2024", "2023"),
            cells("Current assets:"),
            f"{inner}<td>7,286</td><td>6,331</td>",
            cells("Goodwill", "45", "43"),
        )
    )
    assert [row.parents for row in table.rows] == [(), ("Current assets",), ()]


def test_rows_set_in_under_a_row_stand_under_it_but_a_sum_does_not():
    table = only_table(
        build_table(
            cells("", "2024"),
            cells("Revenue", "100"),
            '<td style="padding-left:10pt">Products</td><td>60</td>',
            '<td style="padding-left:10pt">Services</td><td>40</td>',
            cells("Costs", "70"),
            '<td style="padding-left:10pt">Gross profit</td><td>30</td>',
            cells("Taxes", "9"),
        )
    )
    assert [row.parents for row in table.rows] == [
        (),
        ("Revenue",),
        ("Revenue",),
        (),
        (),
        (),
    ]


def test_a_period_among_the_rows_stands_over_all_rows_down_to_the_next():
    table = only_table(
        build_table(
            cells("", "Tools", "Total"),
            cells("Three months ended June 27, 2025"),
            cells("Revenue:"),
            cells("Third party", "3,008", "4,595"),
            cells("Three months ended June 28, 2024"),
            cells("Third party", "2,873", "4,525"),
        )
    )
    assert table.rows[2].parents == ("Three months ended June 27, 2025", "Revenue")
    assert table.rows[4].parents == ("Three months ended June 28, 2024",)


def test_heads_in_the_middle_begin_another_table_with_the_same_number():
    page = read(
        build_table(
            cells("", "Saws", "Saws"),
            cells("Six months ended June 30,", "2025", "2024"),
            cells("Revenue", "19", "10"),
            cells("Three months ended June 30,", "2025", "2024"),
            cells("Revenue", "11", "6"),
        )
    ).pages[0]
    first, second = page.tables
    assert second.header == (
        ("", "Saws", "Saws"),
        ("Three months ended June 30,", "2025", "2024"),
    )
    assert second.rows[0].cells[0].address == "T1:B5"
    assert (first.last_line, second.first_line) == (2, 3)


def test_title_unit_and_lead_above_are_the_caption():
    above = "<p>Some prose ends here.</p><p><b>NET SALES</b></p><p>(Dollars in thousands)</p>"
    page = read(SALES.replace("<table>", above + "<table>")).pages[0]
    table = page.tables[0]
    assert table.caption == "NET SALES (Dollars in thousands)"
    assert (table.unit, table.scale) == ("USD", 1_000)
    assert page.lines[table.first_line].text == "NET SALES"
    assert page.lines[table.last_line].text == "Growth 6.2% 5.1%"


def test_a_table_of_money_without_a_scale_has_the_one_declared_above_it():
    lead = "<p>The following tables show details (in millions):</p>"
    pages = read(SALES.replace("<table>", lead + "<table>") + "<p>Other</p>" + SALES).pages
    assert [table.scale for table in pages[0].tables] == [1_000_000, 1_000_000]


def test_footnote_marks_stay_in_the_line_but_not_in_cells_and_labels():
    page = read(
        build_table(
            cells("", "2024"),
            cells("Net sales<sup>(1)</sup>", '12<span style="vertical-align:super">a</span>'),
        )
    ).pages[0]
    row = page.tables[0].rows[0]
    assert (row.label, row.texts) == ("Net sales", ("12",))
    assert page.lines[row.line].text == "Net sales(1) 12a"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((cells("A frame. It holds 5 things."),), ["A frame.", "It holds 5 things."]),
        ((cells("•", "One point"), cells("•", "Another")), ["• One point", "• Another"]),
        (
            tuple(
                cells(f"Item {n}.", f"Part {n}", f'<a href="#p{n}">{n * 7}</a>') for n in (1, 2, 3)
            ),
            ["Item 1. Part 1 7", "Item 2. Part 2 14", "Item 3. Part 3 21"],
        ),
    ],
    ids=["frame", "bullets", "contents"],
)
def test_layout_tables_are_prose(rows, expected):
    page = read(build_table(*rows)).pages[0]
    assert page.tables == ()
    assert [line.text for line in page.lines] == expected


def test_tables_of_words_stay_tables():
    table = only_table(
        build_table(
            "<th>Name</th><th>Role</th>", cells("A. Smith", "Chair"), cells("B. Jones", "Auditor")
        )
    )
    assert table.header == (("Name", "Role"),)
    assert [row.texts for row in table.rows] == [("Chair",), ("Auditor",)]


def test_prose_is_cut_at_sentence_ends_and_broken_lines_are_joined():
    markup = "<p>Sales of Acme Inc. rose.\nCosts<br>fell. <b>Why?</b></p><div>Next</div>"
    assert lines_of(markup) == [
        "Sales of Acme Inc. rose.",
        "Costs fell.",
        "Why?",
        "Next",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="DISPLAY: none">secret</div>',
        '<span style="visibility:hidden">secret</span>',
        "<ix:header><ix:hidden>secret</ix:hidden></ix:header>",
        "<script>secret</script>",
        "<style>secret</style>",
        "<!-- secret -->",
        "<noscript>secret</noscript>",
    ],
)
def test_hidden_things_give_no_text(hidden):
    assert lines_of(f"<html><body><p>shown</p>{hidden}<p>too</p></body></html>") == ["shown", "too"]


@pytest.mark.parametrize(
    "between",
    [
        '<hr style="page-break-after:always"/>',
        '<div style="PAGE-BREAK-BEFORE: always"></div>',
        '<p style="break-before: page"></p>',
    ],
)
def test_page_breaks_divide_pages(between):
    pages = read(f"<html><body><p>one</p>{between}<p>two</p></body></html>").pages
    assert [(page.number, page.text) for page in pages] == [(1, "one"), (2, "two")]
    assert (pages[0].width, pages[0].height, pages[0].label) == (0.0, 0.0, None)


def test_pages_without_breaks_are_cut_by_length_between_blocks():
    pages = read(
        "<html><body>" + "<p>Ten words stand in each of these many short paragraphs.</p>" * 200
    ).pages
    assert sum(len(page.lines) for page in pages) == 200
    assert all(len(page.text.split()) <= WORDS_PER_PAGE for page in pages)
    assert len(pages) == 4


def test_a_long_table_without_page_breaks_is_never_cut_from_its_title():
    rows = [cells(f"Row {number}", f"{number},000", "12") for number in range(1, 100)]
    filler = "<p>Some words of prose.</p>" * 58
    pages = read(build_table(*rows, above=f"{filler}<p>NET SALES</p>")).pages
    assert [table.caption for table in pages[1].tables] == ["NET SALES"]
    assert len(pages[1].lines) == 100


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>Café</p>".encode("utf-8-sig"), "Café"),
        ("<p>Café</p>".encode("utf-16"), "Café"),
        ('<?xml version="1.0" encoding="iso-8859-2"?><p>Łódź</p>'.encode("iso-8859-2"), "Łódź"),
        ('<meta charset="windows-1251"><p>Рубль</p>'.encode("cp1251"), "Рубль"),
        ("<?xml version='1.0' encoding='ASCII'?><p>Caf&#233;</p>".encode("ascii"), "Café"),
        ('<meta charset="zip"><p>Café</p>'.encode(), "Café"),
        ('<meta charset="utf-16"><p>Café</p>'.encode(), "Café"),
    ],
)
def test_the_declared_encoding_is_used(content, text):
    parsed = read(content)
    assert parsed.pages[0].text == text
    assert parsed.warnings == ()


def test_undeclared_bytes_that_are_not_utf8_are_read_as_western_with_a_warning():
    parsed = read("<p>Café – 5 €</p>".encode("cp1252"))
    assert parsed.pages[0].text == "Café – 5 €"
    assert "cp1252" in parsed.warnings[0]


def test_bad_markup_is_tolerated():
    assert lines_of("<p>one<p>two<b><i>x</b></i></table></span>") == ["one", "twox"]


def test_fonts_that_are_never_closed_hide_nothing():
    parsed = read("<p>first</p>" + "<p><font>more</p>" * 3000 + "<p>last</p>")
    assert parsed.pages[-1].lines[-1].text == "last"
    assert parsed.warnings == ()


def test_what_nests_too_deeply_is_missed_with_a_warning():
    parsed = read("<p>first</p>" + "<div>" * 3000 + "deep")
    assert parsed.pages[0].text == "first"
    assert "nest too deeply" in parsed.warnings[0]


def test_entities_and_addresses_are_never_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    text = "\n".join(
        lines_of(
            f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><p>shown &x;</p>'
            f'<iframe src="file://{secret}"></iframe>'
        )
    )
    assert "shown" in text
    assert "secret\n" not in text + "\n"


def test_text_after_the_end_of_the_page_is_read():
    assert lines_of("<html><head></head></html><div>late</div>") == ["late"]


def test_edgars_wrapper_is_no_text():
    wrapper = "<DOCUMENT>\n<TYPE>EX-99.1\n<SEQUENCE>2\n<FILENAME>a.htm\n<TEXT>\n"
    assert lines_of(f"{wrapper}<html><body><p>shown</p></body></html></TEXT></DOCUMENT>") == [
        "shown"
    ]


def test_preformatted_lines_stay_lines():
    assert lines_of("<pre>\n   FORM 8-K\n Acme\n  Corp. More\n</pre>") == [
        "FORM 8-K",
        "Acme",
        "Corp. More",
    ]


@pytest.mark.parametrize("markup", ["<html><body></body></html>", "<p> &#160; </p>", "<!-- x -->"])
def test_a_page_without_text_is_an_error_that_names_it(markup):
    with pytest.raises(UnreadableFile, match=r"filing\.htm"):
        read(markup)


def test_a_page_that_shows_nothing_is_empty():
    with pytest.raises(EmptyFile, match="shows no text"):
        read("<html><body><p></p></body></html>")


def test_progress_counts_pages():
    seen = []
    content = b'<p>one</p><hr style="page-break-after:always"><p>two</p>'
    parse_html(content, "filing.htm", seen.append)
    assert [(step.done, step.total) for step in seen] == [(1, 2), (2, 2)]


def test_hanging_indents_cancel_out():
    from lxml.html import fromstring

    assert style_of(fromstring('<td style="padding-left:11pt;text-indent:-9pt">x</td>')).indent == 2


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_decode_to_text(content):
    text, _ = decode_page(content)
    assert isinstance(text, str)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["", "$", "12", "(3", ")", "%", "Total", "2024", "—"]),
                st.integers(1, 4),
                st.integers(1, 3),
            ),
            max_size=6,
        ),
        max_size=7,
    )
)
def test_any_table_keeps_all_its_characters(rows):
    """Whatever the spans: each character of each cell stands in a line, in order."""
    markup = "".join(
        "<tr>" + "".join(f'<td colspan="{w}" rowspan="{h}">{t}</td>' for t, w, h in row) + "</tr>"
        for row in rows
    )
    found = "".join(lines_of(f"<p>start</p><table>{markup}</table>")).replace(" ", "")
    assert found == "start" + "".join(text for row in rows for text, _, _ in row)
