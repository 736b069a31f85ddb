"""A run as a memo in PDF: the question, the answer, each step, and its proof on its page.

Laid out by reportlab, in the font that it brings along. Sheets and texts have no picture: of these
the words stand alone. Knows no workspace.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from app.leaves import MOST_SPREADS, FindLeaf, Leaf, Spread, gather_spreads
from app.wording import (
    VERDICTS,
    describe_model,
    name_place,
    quote_evidence,
    shorten,
    write_amount,
)
from ingestion.documents import Box
from research.questions import Calculation, ResearchResult, SubAnswer

_QUOTE_SHOWN = 300
_MARGIN = 54.0
_WIDTH = letter[0] - 2 * _MARGIN
# A page's picture is laid so high at most, in points: its caption stands on the same sheet.
_HIGHEST = 560.0
_FONT, _BOLD = "Vera", "Vera-Bold"
_INK, _QUIET, _LINE = HexColor("#1e293b"), HexColor("#475569"), HexColor("#cbd5e1")
_MARK, _MARK_FILL = HexColor("#f5b301"), Color(0.96, 0.70, 0.0, alpha=0.25)
_COLOURS = {
    "SUPPORTED": HexColor("#0f766e"),
    "REFUTED": HexColor("#b42318"),
    "NOT_ENOUGH_INFO": HexColor("#92600a"),
}


def draw_memo(result: ResearchResult, asked_at: str, find_leaf: FindLeaf) -> bytes:
    """Return the memo of a run as a PDF on letter paper."""
    _register_fonts()
    question = " ".join(result.question.text.split())
    parts = [
        _write(question, size=15, bold=True),
        Spacer(0, 8),
        *_lay_answer(result),
        Spacer(0, 12),
        _write("Steps", size=11, bold=True),
    ]
    for answer in result.sub_answers:
        parts.append(KeepTogether(list(_lay_step(answer))))
    spreads = gather_spreads(result)
    for spread in spreads[:MOST_SPREADS]:
        parts += _lay_spread(spread, find_leaf)
    if len(spreads) > MOST_SPREADS:
        told = f"{len(spreads) - MOST_SPREADS} more pages are left out."
        parts.append(_write(told, size=8, colour=_QUIET))
    parts += [Spacer(0, 16), _write(_describe_origin(result, asked_at), size=7, colour=_QUIET)]
    buffer = io.BytesIO()
    SimpleDocTemplate(
        buffer,
        pagesize=letter,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=question,
        author="AceDesk",
    ).build(parts)
    return buffer.getvalue()


@cache
def _register_fonts() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, "Vera.ttf"))
    pdfmetrics.registerFont(TTFont(_BOLD, "VeraBd.ttf"))


def _write(
    text: str, *, size: float = 9, bold: bool = False, colour: Color = _INK, indent: float = 0
) -> Paragraph:
    style = ParagraphStyle(
        "",
        fontName=_BOLD if bold else _FONT,
        fontSize=size,
        leading=size * 1.4,
        textColor=colour,
        leftIndent=indent,
    )
    return Paragraph(escape(text), style)


def _lay_answer(result: ResearchResult) -> list[Flowable]:
    _, words = VERDICTS[result.verdict.label]
    colour = _COLOURS[result.verdict.label]
    inside: list[Flowable] = [
        _write(words.upper(), size=8, bold=True, colour=colour),
        _write(result.answer.text, size=11),
    ]
    if result.calculation is not None:
        inside += _lay_calculation(result.calculation)
    inside += [
        _write(
            f"{'passed' if check.passed else 'open'}: {check.name}. {check.detail}",
            size=7,
            colour=_QUIET,
        )
        for check in result.verdict.checks
    ]
    style = TableStyle(
        [("LINEBEFORE", (0, 0), (0, -1), 3, colour), ("LEFTPADDING", (0, 0), (-1, -1), 10)]
    )
    return [Table([[part] for part in inside], colWidths=[_WIDTH], style=style)]


def _lay_calculation(calculation: Calculation) -> list[Flowable]:
    """Lay out the formula, what was put in, and the result."""
    rows = [
        [
            _write(f"{operand.reference or operand.name} {operand.label}", size=8),
            _write(write_amount(operand.value), size=8),
        ]
        for operand in calculation.operands
    ]
    rows.append([_write("Result", size=8, bold=True), _write(calculation.text, size=8, bold=True)])
    style = TableStyle(
        [("LINEABOVE", (0, -1), (-1, -1), 0.5, _LINE), ("TOPPADDING", (0, 0), (-1, -1), 1)]
    )
    table = Table(rows, colWidths=[_WIDTH * 0.65, _WIDTH * 0.3], style=style, hAlign="LEFT")
    return [_write(calculation.formula, size=8, colour=_QUIET), table]


def _lay_step(answer: SubAnswer) -> Iterator[Flowable]:
    state = "grounded" if answer.grounded else "not grounded"
    yield Spacer(0, 8)
    yield _write(f"{answer.label}. {answer.question}", bold=True)
    yield _write(f"{answer.answer} ({state})")
    if answer.calculation is not None:
        yield from _lay_calculation(answer.calculation)
        return
    for item in answer.evidence:
        if item.is_proof:
            quote = shorten(quote_evidence(item), _QUOTE_SHOWN)
            told = f"{quote} ({item.document}, {name_place(item)})"
            yield _write(told, size=8, colour=_QUIET, indent=8)


def _lay_spread(spread: Spread, find_leaf: FindLeaf) -> list[Flowable]:
    """Lay a page out with the marks of all that is proved on it; nothing where it has no picture.

    Sheets and texts are told by their words, under their steps.
    """
    leaf = find_leaf(spread.document_id, spread.page)
    if leaf is None or leaf.picture is None:
        return []
    caption = f"{', '.join(spread.labels)}: {spread.document}, page {spread.page}"
    boxes = [box for _, item in spread.proofs for box in item.boxes]
    inside = [_write(caption, size=8, colour=_QUIET), Spacer(0, 4), _MarkedPicture(leaf, boxes)]
    return [Spacer(0, 12), KeepTogether(inside)]


class _MarkedPicture(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A page's picture with boxes over it."""

    def __init__(self, leaf: Leaf, boxes: Sequence[Box]) -> None:
        super().__init__()
        assert leaf.picture is not None, "asked for pages with a picture alone"
        self._picture, self._page, self._boxes = leaf.picture, leaf.page, boxes
        self._factor = min(_WIDTH / self._page.width, _HIGHEST / self._page.height)
        self.width = self._page.width * self._factor
        self.height = self._page.height * self._factor

    def draw(self) -> None:
        """Draw it; a PDF counts from below, a page's boxes from above."""
        canvas = self.canv
        image = ImageReader(io.BytesIO(self._picture))
        canvas.drawImage(image, 0, 0, self.width, self.height)
        canvas.setStrokeColor(_LINE)
        canvas.rect(0, 0, self.width, self.height)
        canvas.setStrokeColor(_MARK)
        canvas.setFillColor(_MARK_FILL)
        for box in self._boxes:
            canvas.rect(
                box.x0 * self._factor - 1,
                self.height - box.bottom * self._factor - 1,
                (box.x1 - box.x0) * self._factor + 2,
                (box.bottom - box.top) * self._factor + 2,
                fill=1,
            )


def _describe_origin(result: ResearchResult, asked_at: str) -> str:
    return (
        f"Asked {asked_at}. Mode: {result.question.mode}. "
        f"Model: {describe_model(result.model)}. Made with AceDesk."
    )
