"""Statements of a table's figures, true and false alike often, to be checked one by one and whole.

A part is "Yes" or "No" (prompt P4); a claim of several parts is broken down (P2), and judged from
its parts (P6): true where all are. Knows no set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from research.plan_reading import write_steps
from research.prompts import (
    render_claim_decomposition_prompt,
    render_claim_verdict_prompt,
    render_sub_claim_prompt,
)
from training.examples import Example
from training.over_tables.item_names import is_vague, speak_item
from training.over_tables.item_wordings import draw_owner
from training.over_tables.table_cells import TableCell
from training.over_tables.tables import Window

_OF_FIGURE = (
    "{p} was {t} in {y}.",
    "{p} were {t} in {y}.",
    "{p} was {t} in fiscal {y}.",
    "{p} was {t} for {y}.",
    "{p} amounted to {t} in {y}.",
    "{p} came to {t} in {y}.",
    "{p} totaled {t} in fiscal {y}.",
    "in {y}, {p} was {t}.",
    "in fiscal {y}, {p} amounted to {t}.",
    "{p} for the year {y} was {t}.",
    "{p} of {t} was reported for {y}.",
    "{p} stood at {t} in {y}.",
)
_ROSE = (
    "{p} increased from {a} to {b}.",
    "{p} rose from {a} to {b}.",
    "{p} grew between {a} and {b}.",
    "{p} was higher in {b} than in {a}.",
    "from {a} to {b}, {p} increased.",
    "{p} went up from {a} to {b}.",
)
_FELL = (
    "{p} decreased from {a} to {b}.",
    "{p} fell from {a} to {b}.",
    "{p} declined between {a} and {b}.",
    "{p} was lower in {b} than in {a}.",
    "from {a} to {b}, {p} decreased.",
    "{p} went down from {a} to {b}.",
)
_EXCEEDED = (
    "{p} was larger than {q} in {y}.",
    "{p} exceeded {q} in {y}.",
    "in {y}, {p} was higher than {q}.",
    "{p} was greater than {q} in {y}.",
)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, without the capital of a sentence, and whether the table bears it out.

    `about` is what it is said of, whatever the wording and whoever is named.
    """

    text: str
    is_true: bool
    about: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The statement as a sentence of its own."""
        return self.text[:1].upper() + self.text[1:]


def build_sub_claims(window: Window, most: int, source: str, random: Random) -> Iterator[Example]:
    """Yield up to `most` statements over a window, each to be called right or wrong."""
    seen: set[str] = set()
    for number in range(most):
        claim = draw_claim(window.cells, window.source.company, number % 2 == 0, random)
        if claim is None or claim.text in seen:
            continue
        seen.add(claim.text)
        yield Example(
            role="sub_claim",
            prompt=render_sub_claim_prompt(claim.sentence, window.passages),
            completion="Yes" if claim.is_true else "No",
            source=source,
            document=window.source.document,
        )


def build_whole_claim(
    window: Window, is_true: bool, source: str, random: Random
) -> Iterator[Example]:
    """Yield a claim of two or three parts: how it is broken down, and how it is judged."""
    number = random.choice((2, 2, 3))
    company = window.source.company if random.random() < 0.5 else ""
    false_at = -1 if is_true else random.randrange(number)
    claims = [
        draw_claim(
            window.cells, company, at != false_at and (is_true or random.random() < 0.7), random
        )
        for at in range(number)
    ]
    parts = [claim for claim in claims if claim is not None]
    if len({part.about for part in parts}) < number or all(p.is_true for p in parts) != is_true:
        return
    whole = _join(parts)
    yield Example(
        role="claim_plan",
        prompt=render_claim_decomposition_prompt(whole),
        completion=write_steps(part.sentence for part in parts),
        source=source,
        document=window.source.document,
    )
    told = [
        (f"Q{at}", part.sentence, "Yes" if part.is_true else "No")
        for at, part in enumerate(parts, 1)
    ]
    yield Example(
        role="claim_verdict",
        prompt=render_claim_verdict_prompt(whole, window.passages, told),
        completion=_judge(parts),
        source=source,
        document=window.source.document,
    )


def _join(parts: Sequence[Claim]) -> str:
    texts = [part.text.rstrip(".") for part in parts]
    whole = f"{', '.join(texts[:-1])}, and {texts[-1]}."
    return whole[:1].upper() + whole[1:]


def _judge(parts: Sequence[Claim]) -> str:
    wrong = [f"Q{at}" for at, part in enumerate(parts, 1) if not part.is_true]
    if not wrong:
        return "All parts are correct. <answer>Yes</answer>"
    named = f"{', '.join(wrong[:-1])} and {wrong[-1]} are" if len(wrong) > 1 else f"{wrong[0]} is"
    return f"{named} not correct. <answer>No</answer>"


# Drawing


def draw_claim(
    cells: Sequence[TableCell], company: str, is_true: bool, random: Random
) -> Claim | None:
    """Draw a statement of the figures that is true, or false; None where the draw gives none."""
    dated = [cell for cell in cells if cell.year is not None and not is_vague(cell.item)]
    if not dated:
        return None
    cell = random.choice(dated)
    kind = random.random()
    if kind < 0.5:
        return _state_figure(cell, dated, company, is_true, random)
    if kind < 0.8:
        return _state_direction(cell, dated, company, is_true, random)
    return _state_comparison(cell, dated, company, is_true, random)


def _state_figure(
    cell: TableCell, cells: Sequence[TableCell], company: str, is_true: bool, random: Random
) -> Claim | None:
    told = cell.text if is_true else _falsify(cell, cells, random)
    if told is None:
        return None
    wording = random.choice(_OF_FIGURE)
    text = wording.format(p=_name(cell, company, random), t=told, y=cell.year)
    return Claim(text, is_true, ("figure", cell.item, cell.period))


def _falsify(cell: TableCell, cells: Sequence[TableCell], random: Random) -> str | None:
    """Return another figure for a cell: of its year, of its row, or with a digit changed."""
    alike = [
        other
        for other in cells
        if (other.unit, other.scale) == (cell.unit, cell.scale)
        and (other.year == cell.year) != (other.item == cell.item)
    ]
    if not alike or random.random() < 0.35:
        return change_digit(cell, random).text
    told = random.choice(alike).text
    return told if told != cell.text else None


def change_digit(cell: TableCell, random: Random) -> TableCell:
    """Return a figure with one digit changed; the first stays none that is zero."""
    places = [match.start() for match in _DIGIT.finditer(cell.printed)]
    place = random.choice(places[:3])
    others = [digit for digit in "123456789" if digit != cell.printed[place]]
    printed = f"{cell.printed[:place]}{random.choice(others)}{cell.printed[place + 1 :]}"
    # The value only tells the sign from here on.
    return replace(cell, printed=printed, value=Decimal(1).copy_sign(cell.value))


def _state_direction(
    cell: TableCell, cells: Sequence[TableCell], company: str, is_true: bool, random: Random
) -> Claim | None:
    others = [
        other
        for other in cells
        if other.item == cell.item and other.year != cell.year and other.value != cell.value
    ]
    if not others or any(one.value < 0 for one in (cell, *others)):
        return None
    first, last = sorted((cell, random.choice(others)), key=lambda one: one.year or 0)
    wordings = _ROSE if (last.value > first.value) == is_true else _FELL
    text = random.choice(wordings).format(p=_name(cell, company, random), a=first.year, b=last.year)
    return Claim(text, is_true, ("direction", cell.item, first.period, last.period))


def _state_comparison(
    cell: TableCell, cells: Sequence[TableCell], company: str, is_true: bool, random: Random
) -> Claim | None:
    others = [
        other
        for other in cells
        if other.item != cell.item
        and (other.year, other.unit, other.scale) == (cell.year, cell.unit, cell.scale)
        and 0 < other.value != cell.value > 0
    ]
    if not others:
        return None
    pair = sorted((cell, random.choice(others)), key=lambda one: one.value, reverse=is_true)
    text = random.choice(_EXCEEDED).format(
        p=_name(pair[0], company, random), q=speak_item(pair[1].item, random), y=cell.year
    )
    return Claim(text, is_true, ("comparison", *sorted((pair[0].item, pair[1].item)), cell.period))


def _name(cell: TableCell, company: str, random: Random) -> str:
    item = speak_item(cell.item, random)
    return f"{draw_owner(company, item, random)}{item}"
