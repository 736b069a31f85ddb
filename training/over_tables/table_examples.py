"""All that is made of one table: windows over it, and in each window examples of every role.

Examples of one window have the same passages to the byte, so that they can be learnt over one
prefix. Which questions a set itself asks of its tables, its own builder adds. Knows no set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from research.prompts import (
    render_decomposition_prompt,
    render_document_plan_prompt,
    render_program_prompt,
)
from research.terms import find_terms
from training.examples import Example
from training.over_tables.computed_questions import draw_company_plan, draw_plan
from training.over_tables.item_names import draw_company
from training.over_tables.table_answers import build_final_answer
from training.over_tables.table_cells import TableCell
from training.over_tables.table_claims import build_sub_claims, build_whole_claim
from training.over_tables.table_lookups import build_lookups, build_sub_answer, list_accepted
from training.over_tables.table_plans import (
    TablePlan,
    build_gold,
    solve_plan,
    stays_with_document,
    stays_with_question,
)
from training.over_tables.table_programs import write_program
from training.over_tables.tables import SourceTable, Window, cut_window, draw_paragraphs

# How many other tables are at hand, how often one stands beside, how many figures measuring has.
_OTHERS = 6
_BESIDE = 0.5
_AROUND = 16


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many examples of each role are drawn from a window, at most."""

    lookups: int = 9
    sub_claims: int = 4
    plans: int = 6
    company_plans: int = 1
    whole_claims: int = 2
    final_answers: int = 2


NOTHING = Amounts(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a set itself asks of a table: plans, and look-ups with the figure that answers them."""

    plans: tuple[TablePlan, ...] = ()
    lookups: tuple[tuple[str, TableCell], ...] = ()


def build_table_examples(
    table: SourceTable,
    asked: Asked,
    others: Sequence[SourceTable],
    source: str,
    random: Random,
    amounts: Amounts | None = None,
) -> Iterator[Example]:
    """Yield the examples of all windows over a table.

    `others` are tables of the same part: what they hold is asked for where it is not, and now and
    then stands beside what is asked for. With amounts of `NOTHING` only the set's own questions
    are asked.
    """
    if not table.company:
        table = replace(table, company=draw_company(random))
    strangers = [cell for other in others for cell in other.cells]
    windows = list(draw_windows(table, others, random))
    placed = [find_window(plan, windows) for plan in asked.plans]
    for window in windows:
        own = [plan for plan, place in zip(asked.plans, placed, strict=True) if place is window]
        yield from _build_asked(window, asked, source)
        yield from build_window_examples(
            window, own, strangers, source, random, amounts or Amounts()
        )
    for plan, place in zip(asked.plans, placed, strict=True):
        if place is None:
            rows = sorted({lookup.cell.row for lookup in plan.lookups})
            window = cut_window(table, rows, draw_paragraphs(table, 1, random))
            yield from build_plan_examples(window, plan, source)


def find_window(plan: TablePlan, windows: Sequence[Window]) -> Window | None:
    """Return the first window that holds all figures of a plan."""
    wanted = {lookup.cell for lookup in plan.lookups}
    return next((window for window in windows if wanted <= set(window.cells)), None)


def _build_asked(window: Window, asked: Asked, source: str) -> Iterator[Example]:
    for question, cell in asked.lookups:
        if cell in window.cells:
            yield build_sub_answer(window, question, cell.text, list_accepted(cell), source)


def draw_others(
    table: SourceTable, tables: Sequence[SourceTable], random: Random
) -> list[SourceTable]:
    """Return some other tables, those of the same document first."""
    own = [one for one in tables if one.document == table.document and one is not table]
    rest = [one for one in tables if one.document != table.document]
    drawn = random.sample(own, min(_OTHERS // 2, len(own)))
    return drawn + random.sample(rest, min(_OTHERS - len(drawn), len(rest)))


def draw_windows(
    table: SourceTable, others: Sequence[SourceTable], random: Random
) -> Iterator[Window]:
    """Yield the whole table, as far as it fits, and of a longer one a few of its rows as well.

    Beside a few rows some of another table may stand, as a search finds them: then no item of
    that is an item of this.
    """
    rows = range(len(table.table.rows))
    yield cut_window(table, rows, draw_paragraphs(table, 1, random))
    with_cells = sorted({cell.row for cell in table.cells})
    if len(with_cells) > 4:
        start = random.randrange(max(len(with_cells) - 3, 1))
        near = with_cells[start : start + random.randint(3, 5)]
        beside = others[0] if others and random.random() < _BESIDE else None
        if beside is None:
            yield cut_window(table, near, draw_paragraphs(table, 2, random))
        else:
            yield add_table(cut_window(table, near, ()), beside, random)


def add_table(window: Window, other: SourceTable, random: Random) -> Window:
    """Return a window with some rows of another table before or after its own.

    Figures are left out whose item could be taken for one of the other table's.
    """
    start = random.randrange(max(len(other.table.rows) - 3, 1))
    beside = cut_window(other, range(start, min(start + 4, len(other.table.rows))), ())
    items = {frozenset(find_terms(cell.item)) for cell in beside.cells}
    cells = tuple(cell for cell in window.cells if frozenset(find_terms(cell.item)) not in items)
    passages = [*window.passages, *beside.passages]
    random.shuffle(passages)
    return replace(window, passages=tuple(passages), cells=cells)


def build_window_examples(
    window: Window,
    own: Sequence[TablePlan],
    strangers: Sequence[TableCell],
    source: str,
    random: Random,
    amounts: Amounts,
) -> Iterator[Example]:
    """Yield the examples of a window, those that share a prompt's beginning side by side."""
    yield from build_lookups(window, strangers, amounts.lookups, source, random)
    yield from build_sub_claims(window, amounts.sub_claims, source, random)
    plans = {plan.question: plan for plan in own}
    for _ in range(amounts.plans):
        plan = draw_plan(window.cells, window.source.company, random)
        if plan is not None:
            plans.setdefault(plan.question, plan)
    for plan in plans.values():
        yield from build_plan_examples(window, plan, source)
    for _ in range(amounts.company_plans):
        plan = draw_company_plan(window.cells, random)
        if plan is not None and stays_with_question(plan):
            yield build_question_plan(window.source.document, plan, source)
    yield from _build_final_answers(window, plans, amounts.final_answers, source)
    for _ in range(amounts.whole_claims):
        yield from build_whole_claim(window, random.random() < 0.5, source, random)


def _build_final_answers(
    window: Window, plans: Mapping[str, TablePlan], most: int, source: str
) -> Iterator[Example]:
    written = 0
    for plan in plans.values():
        solution = solve_plan(plan)
        example = build_final_answer(window, plan, solution, source) if solution else None
        if example is not None and written < most:
            written += 1
            yield example


def build_plan_examples(window: Window, plan: TablePlan, source: str) -> Iterator[Example]:
    """Yield a plan with the table in view (P7) and without it (P1), and its program (P8).

    Without the table in view only where the question says all that the sub-questions say.
    """
    document = window.source.document
    solution = solve_plan(plan)
    gold = build_gold(plan, solution, window.cells[:_AROUND]) if plan.steps else {}
    if stays_with_document(plan):
        yield Example(
            role="document_plan",
            prompt=render_document_plan_prompt(plan.question, window.passages),
            completion=plan.lines,
            source=source,
            document=document,
            gold=gold,
        )
    program = write_program(plan, solution) if solution is not None else None
    if program is not None and solution is not None:
        yield Example(
            role="program",
            prompt=render_program_prompt(plan.question, window.passages, plan.lines),
            completion=program,
            source=source,
            document=document,
            gold={"answer": gold["answer"]},
        )
    if stays_with_question(plan):
        yield build_question_plan(document, plan, source, gold)


def build_question_plan(
    document: str, plan: TablePlan, source: str, gold: Mapping[str, object] | None = None
) -> Example:
    """Return a plan that is made from the question alone (P1)."""
    return Example(
        role="question_plan",
        prompt=render_decomposition_prompt(plan.question),
        completion=plan.lines,
        source=source,
        document=document,
        gold=build_gold(plan, solve_plan(plan)) if gold is None else gold,
    )
