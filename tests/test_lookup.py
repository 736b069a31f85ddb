"""Facts that settle a question: the right row, unit, period and company, and nothing otherwise."""

from __future__ import annotations

from datetime import date

import pytest

from ingestion.documents import Document, FilingFacts
from ingestion.periods import Period
from ingestion.workspace import Workspace
from research.verification.asked_period import check_period
from research.verification.asking import read_asked
from research.verification.claims import verify_claim
from research.verification.fact_places import gather_places
from research.verification.lookup import look_up
from research.verification.selection import select
from research.verification.verifier import verify_answer, verify_words

COVER = (
    "FORM 10-K",
    "For the fiscal year ended December 31, {year}",
    "Acme Corporation",
    "(Exact name of registrant as specified in its charter)",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory, fake_embedder, draw_pdf, set_lines, set_rows):
    """Two years' reports of one company; the second restates an amount of the first."""
    folder = tmp_path_factory.mktemp("lookup")
    workspace = Workspace(folder / "workspace", fake_embedder)

    def write(year, *pages):
        cover = set_lines(*(line.format(year=year) for line in COVER), leading=30.0)
        path = folder / f"acme-{year}-10k.pdf"
        path.write_bytes(draw_pdf(cover, *pages))
        workspace.add_file(path)

    def table(title, *rows):
        return [
            *set_lines(title, "(In millions, except per share amounts)"),
            *set_rows(*rows, top=110.0),
        ]

    operations = "CONSOLIDATED STATEMENTS OF OPERATIONS"
    write(
        2023,
        table(
            operations,
            ("", "2023", "2022"),
            ("Net sales", "$1,284", "$1,209"),
            ("Operating income", "210", "198"),
            ("Loss from discontinued operations", "(12)", "(3)"),
            ("Net income", "150", "140"),
            ("Diluted earnings per share", "$2.41", "$2.20"),
            ("Weighted-average diluted shares outstanding", "62.2", "63.6"),
            ("Operating margin", "16.4%", "16.2%"),
        ),
        table(
            "CONSOLIDATED STATEMENTS OF CASH FLOWS",
            ("", "2023", "2022"),
            ("Inventories", "$25", "$(31)"),
            ("Net cash provided by operating activities", "300", "280"),
            ("Purchases of property, plant and equipment", "(72)", "(66)"),
            ("Dividends paid", "(40)", "(38)"),
        ),
        table(
            "Net sales by segment",
            ("", "2023", "2022"),
            ("Garden", "$800", "$700"),
            ("Kitchen", "484", "509"),
            ("Total net sales", "$1,284", "$1,209"),
        ),
        table(
            "Maturities of long-term debt at December 31, 2023",
            ("", "Amount"),
            ("2024", "$10"),
            ("2025", "20"),
            ("Thereafter", "70"),
        ),
        table(
            "Income taxes",
            ("", "2023", "2022"),
            ("Effective tax rate", "22.9%", "20.2%"),
        ),
        table(
            "Highlights of the year",
            ("", "2023", "2022"),
            ("Effective tax rate", "23%", "20%"),
        ),
        table(
            "Royalties by area",
            ("", "2023", "2022"),
            ("United States", "$30", "$25"),
            ("International", "12", "14"),
            ("Total royalties", "$42", "$39"),
        ),
        table(
            "Revenues by service",
            ("", "2023", "2022"),
            ("Leasing", "$11", "$9"),
            ("Training", "7", "6"),
            ("Total revenues by service", "$18", "$15"),
        ),
        table(
            "Assets of the Russian business classified as held for sale",
            ("", "2023", "2022"),
            ("Goodwill", "$4", "$9"),
        ),
    )
    write(
        2024,
        table(
            operations,
            ("", "2024", "2023"),
            ("Net sales", "$1,300", "$1,284"),
            ("Operating income", "220", "205"),
            ("Net income", "155", "150"),
        ),
    )
    return workspace


def gather(library):
    documents = library.documents()
    pages = [(document.document_id, page) for document in documents for page in range(1, 11)]
    return gather_places(library, library.passages_on(pages))


def settle(library, question):
    found = look_up(read_asked(question, question, library.documents()), gather(library))
    return found.settled.place.statement if found.settled else None


def supports(library, question, answer):
    asked = read_asked(question, question, library.documents())
    return verify_answer(answer, asked, gather(library)).supported


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What were Acme's net sales in 2022?", "$1,209 million"),
        ("What was Acme's revenue for fiscal year 2022?", "$1,209 million"),
        ("How much did Acme pay in dividends in 2023?", "$40 million"),
        ("What were Acme's capital expenditures in 2022?", "$66 million"),
        ("What was Acme's operating cash flow in 2023?", "$300 million"),
        ("What was Acme's diluted EPS in 2023?", "$2.41 per share"),
        ("What was Acme's operating margin in 2022?", "16.2%"),
        ("What were net sales of Acme's Garden segment in 2023?", "$800 million"),
        ("How much of Acme's long-term debt matures in 2025?", "$20 million"),
        ("How much of Acme's long-term debt matures after 2025?", "$70 million"),
        ("What were Acme's dividends paid in 2023, per the cash flow statement?", "$40 million"),
        ("What was the change in Acme's inventories in 2023?", "$25 million"),
        ("What was Acme's effective tax rate in 2022?", "20.2%"),
        ("What was Acme's diluted weighted-average share count in 2023?", "62.2 million shares"),
        ("What were Acme's scheduled long-term debt maturities in 2025?", "$20 million"),
        ("What were Acme's royalties outside the United States in 2023?", "$12 million"),
        ("What was Acme's leasing operating revenue in 2023?", "$11 million"),
        ("What was Acme's leasing net revenue in 2023?", "$11 million"),
    ],
)
def test_a_question_is_settled_by_its_row_and_column(library, question, answer):
    assert settle(library, question) == answer


@pytest.mark.parametrize(
    "question",
    [
        "What were Acme's net sales in the second quarter of 2023?",
        "What were Acme's net sales in 2019?",
        "What were Acme's net sales in 2022 and 2023?",
        "What were Acme's adjusted net sales in 2023?",
        "What were Acme's international net sales in 2023?",
        "What were Acme's net sales and operating income in 2023?",
        "By how much did Acme's net sales grow in 2023?",
        "What was Acme's goodwill in 2023?",
        "What were Acme's net sales?",
        "What were Acme's inventories at the end of 2023?",
        "What were Acme's dividends paid in 2023, per the income statement?",
        "How much of Acme's long-term debt matures in 2027?",
    ],
)
def test_what_is_asked_otherwise_is_not_settled(library, question):
    assert settle(library, question) is None


def test_what_a_later_filing_restates_is_told_beside_what_was_reported(library):
    question = "What was Acme's operating income in 2023?"
    found = look_up(read_asked(question, question, library.documents()), gather(library))
    assert found.settled.place.statement == "$210 million"
    told = next(check.detail for check in found.checks if check.name == "as reported")
    assert "$205 million in acme-2024-10k.pdf" in told


def test_what_is_printed_for_other_periods_is_known(library):
    question = "What were Acme's net sales in 2019?"
    found = look_up(read_asked(question, question, library.documents()), gather(library))
    assert {match.place.fact.period.label for match in found.near} >= {"FY2022", "FY2023"}


@pytest.mark.parametrize(("end", "fits"), [((2023, 7, 29), True), ((2023, 4, 29), False)])
def test_the_end_of_a_quarter_is_that_of_the_companys_own_year(end, fits):
    filing = FilingFacts("Acme", "10-Q", 2024, "2023-07-29", 1)
    document = Document("acme", "acme.pdf", filing, 1, 1, 1, 9, "2024")
    question = "What was Acme's cash at the end of Q2 FY2024?"
    asked = read_asked(question, question, [document])
    period = Period(months=0, end=date(*end), fiscal_year=2024)
    assert check_period(period, asked, document).passed is fits


SALES = "What were Acme's net sales in 2022?"


@pytest.mark.parametrize(
    "answer", ["$1,209 million", "$1.209 billion", "$1.2 billion", "1,209 million"]
)
def test_an_answer_may_round_but_keeps_the_amount(library, answer):
    assert supports(library, SALES, answer)


@pytest.mark.parametrize(
    "answer",
    ["$1,284 million", "$1,209 thousand", "$1,209", "-$1,209 million", "$1,208 million", "12.09%",
     "$198 million", "$1,209 million and $1,284 million", "$1.3 billion", "none"],
)  # fmt: skip
def test_a_spoilt_answer_is_not_supported(library, answer):
    assert not supports(library, SALES, answer)


def test_a_model_may_copy_the_digits_of_the_cell(library):
    asked = read_asked(SALES, SALES, library.documents())
    assert verify_answer("$1,209", asked, gather(library), as_printed=True).supported


def test_what_is_paid_may_be_said_with_or_without_its_sign(library):
    question = "How much did Acme pay in dividends in 2023?"
    assert supports(library, question, "$40 million")
    assert supports(library, question, "$(40) million")


@pytest.mark.parametrize(
    ("claim", "label"),
    [
        ("Acme's net sales were $1,209 million in 2022.", "SUPPORTED"),
        ("Acme's net sales were more than $1.2 billion in 2022.", "SUPPORTED"),
        ("Acme's net sales were less than $1.2 billion in 2022.", "REFUTED"),
        ("Acme's net sales rose by 6.2% from 2022 to 2023.", "SUPPORTED"),
        ("Acme's net sales rose by 9% from 2022 to 2023.", "REFUTED"),
        ("Acme's net sales did not rise from 2022 to 2023.", "NOT_ENOUGH_INFO"),
        ("Acme's net sales rose from 2022 to 2023 because of prices.", "NOT_ENOUGH_INFO"),
        (
            "Acme's net sales were $1,209 million in 2022 and costs were $5 million.",
            "NOT_ENOUGH_INFO",
        ),
    ],
)
def test_a_claim_is_judged_or_left_open(library, claim, label):
    assert verify_claim(claim, library.documents(), gather(library)).label == label


@pytest.mark.parametrize(
    "question",
    [
        "Which segment had the smallest net sales in 2023?",
        "Which of Acme Corporation's two segments had the smallest net sales in 2023?",
        "Which segment brought in the least net sales in 2023?",
    ],
)
def test_the_smallest_is_chosen_among_rows_that_add_up_to_their_total(library, question):
    chosen = select(question, question, library.documents(), lambda _: gather(library))
    assert chosen.name == "Kitchen"


def test_the_year_with_the_most_is_chosen_among_all_that_are_asked_for(library):
    question = "In which year from 2022 to 2024 did Acme have the highest net sales?"
    chosen = select(question, question, library.documents(), lambda _: gather(library))
    assert chosen.name == "2024"
    beyond = question.replace("2022", "2019")
    assert select(beyond, beyond, library.documents(), lambda _: gather(library)) is None


def test_words_stand_in_one_sentence_with_what_is_asked(library):
    passages = [place.passage for place in gather(library)]
    asked = read_asked("What is Acme's auditor?", "", library.documents())
    assert not verify_words("Ledger & Bean", asked, passages).supported
    assert not verify_words("Yes", asked, passages).supported
