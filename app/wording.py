"""Words that the terminal, the page and exports share: how evidence is quoted and placed."""

from __future__ import annotations

from models.chat import ModelFile
from research.questions import Evidence, Value, VerdictLabel

UNEXPECTED = "Something unexpected went wrong ({}). The program's log has the details."
# A verdict's sign and its words: never told by colour alone.
VERDICTS: dict[VerdictLabel, tuple[str, str]] = {
    "SUPPORTED": ("\u2713", "Supported"),
    "REFUTED": ("\u2717", "Refuted"),
    "NOT_ENOUGH_INFO": ("?", "Not enough information"),
}
# No filing prints more.
_MOST_DECIMALS = 4
_SCALES = {
    1_000: "thousand",
    1_000_000: "million",
    1_000_000_000: "billion",
    1_000_000_000_000: "trillion",
}


def shorten(text: str, most: int) -> str:
    """Return `text` on one line, cut to `most` characters with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "\u2026"


def quote_evidence(evidence: Evidence) -> str:
    """Return the words to show: of a whole table its title, for its cells say little in a row."""
    if evidence.kind != "table":
        return evidence.quote
    title = " ".join(line for line in evidence.quote.split("\n") if not line.startswith("|"))
    return title or "A table without a title."


def name_place(evidence: Evidence) -> str:
    """Return where evidence stands: "sheet Segments, cell B7", "page 5, table 3, cell B7".

    Tables are counted from the file's first.
    """
    table, _, cell = (evidence.cell or "").rpartition(":")
    place = f"sheet {evidence.sheet}" if evidence.sheet else f"page {evidence.page}"
    if table:
        place += f", table {table.removeprefix('T')}"
    if cell:
        return f"{place}, cell {cell}"
    return f"{place}, table cell" if evidence.kind == "cell" and not evidence.sheet else place


def describe_model(model: ModelFile) -> str:
    """Name the model with what it is known by: its file's checksum, or the server that has it."""
    known = f"at {model.file}" if model.sha256 is None else f"sha256 {model.sha256[:12]}"
    adapter = f" + {model.adapter}" if model.adapter else ""
    return f"{model.name}{adapter} ({known})"


def write_amount(value: Value) -> str:
    """Return an amount with its unit and scale: "$1,284.7 million", "11.4%", "-0.83"."""
    digits = f"{abs(value.number):,f}"
    if len(digits.partition(".")[2]) > _MOST_DECIMALS:  # computed, not printed so
        digits = f"{abs(value.number):,.2f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    sign = "-" if value.number < 0 else ""
    if value.unit == "percent":
        return f"{sign}{digits}%"
    currency = "$" if value.unit in ("USD", "USD/share") else ""
    unit = {"USD": "", "USD/share": "per share", "ratio": ""}.get(
        value.unit or "", value.unit or ""
    )
    words = (f"{sign}{currency}{digits}", _SCALES.get(value.scale, ""), unit)
    return " ".join(word for word in words if word)


def describe_time_left(done: int, total: int, seconds_left: float | None) -> str:
    """Return how far a plan is, in words: "2 of 5 answered, about 12 s left"."""
    told = f"{done} of {total} answered"
    if seconds_left is None or done == total:
        return told
    return f"{told}, about {max(1, round(seconds_left))} s left"
