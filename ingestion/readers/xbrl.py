"""Inline XBRL: what the tags of a web filing say of its numbers, and of the filing itself.

Reads contexts, units and cover facts from the hidden head, and turns a tagged number at its
place into a fact. Knows nothing of how pages and tables are found. Values keep the sign that is
printed wherever the row's label names them; in prose, where the tag names them, the tag's sign.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from lxml import etree

from ingestion.documents import Fact, FilingFacts, StatementKind, build_fact_id
from ingestion.filings.lexicon import load_lexicon
from ingestion.periods import Period
from ingestion.readers.html_text import name_of

# A year of 52 or 53 weeks ends some days before or after the day that the cover names.
_YEAR_END_SLACK = timedelta(days=10)
_DAYS_A_MONTH = 30.4
_DAYS_A_QUARTER = 91.3
_SPANS = frozenset({3, 6, 9, 12})
_CURRENCY_CODE = re.compile(r"^[A-Z]{3}$")
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MONTH_DAY = re.compile(r"(\d{1,2})\D{0,2}(\d{1,2})$")
_DATE_FORMATS = ("%Y-%m-%d", "%B %d, %Y", "%b %d, %Y", "%m/%d/%Y", "%d %B %Y", "%B %d %Y")
_MONTH_DAY_FORMATS = ("%B %d", "%b %d", "%d %B")
_DECIMAL_COMMA = frozenset({"num-comma-decimal", "numcommadecimal", "numdotcomma"})
_ZERO_FORMATS = ("fixed-zero", "fixedzero", "zerodash", "numdash", "nocontent")
_OPENS_NEGATIVE = re.compile(r"(?:\(\s*[$€£¥]?|[-−–]\s*[$€£¥]?)\s*$")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    )
} | {
    word: 10 * number
    for number, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_NIL_WORDS = frozenset({"no", "none", "nil", "zero", "not", "nominal"})
_POWER_WORDS = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
# A power of ten beyond this is no scale but a mistake.
_MAX_SCALE = 15
_MEMBER_FILLERS = frozenset({"segment", "segments", "domain", "the", "and", "of", "total"})


@dataclass(frozen=True, slots=True)
class Context:
    """When and of what a tag speaks: `start` is None for an instant.

    `members` are the dimensions' members in words ("Americas Segment").
    """

    start: date | None
    end: date | None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FiscalYears:
    """The company's fiscal years: the month and day on which they end and how they are named.

    `offset` is the name of a year less the calendar year in which it ends.
    """

    month: int
    day: int
    offset: int

    def name_year(self, end: date) -> int:
        """Return the fiscal year in which a span ends on `end`."""
        return self._close(end) + self.offset

    def find_quarter(self, end: date) -> int | None:
        """Return the quarter (1 to 4) that ends on `end`, or None in the midst of one."""
        days = (self.close_of(self._close(end)) - end).days
        quarters, rest = divmod(days / _DAYS_A_QUARTER + 0.5, 1)
        near = abs(rest - 0.5) * _DAYS_A_QUARTER < 20
        return int(4 - quarters) if near and 0 <= quarters <= 3 else None

    def close_of(self, year: int) -> date:
        """Return the last day of the fiscal year that ends in a calendar year."""
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))

    def _close(self, end: date) -> int:
        years = (end.year - 1, end.year)
        return next((y for y in years if end <= self.close_of(y) + _YEAR_END_SLACK), end.year + 1)


@dataclass(frozen=True, slots=True)
class Instance:
    """What the hidden head of an inline XBRL filing defines.

    `units` are named as facts name them ("USD", "USD/share"), `cover` holds the first value of
    each dei fact by its local name.
    """

    contexts: Mapping[str, Context] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    cover: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaggedNumber:
    """A tagged number at its place: `before` and `after` are what is printed around it.

    `label` is None where the tag names the number and no label does: in prose, where `cell` is
    None too, and within a label.
    """

    attributes: Mapping[str, str]
    printed: str
    before: str
    after: str
    page: int
    line: int
    quote: str
    cell: str | None = None
    label: str | None = None
    parents: tuple[str, ...] = ()
    statement: StatementKind | None = None


def read_instance(root: etree._Element) -> Instance:
    """Read contexts, units and cover facts of a page; all empty where it has none."""
    contexts: dict[str, Context] = {}
    units: dict[str, str] = {}
    cover: dict[str, str] = {}
    for element in root.iter():
        name = name_of(element)
        if name in {"xbrli:context", "context"}:
            contexts[element.get("id") or ""] = _read_context(element)
        elif name in {"xbrli:unit", "unit"}:
            units[element.get("id") or ""] = _read_unit(element)
        elif name == "ix:nonnumeric" and (element.get("name") or "").startswith("dei:"):
            text = " ".join("".join(map(str, element.itertext())).split())
            cover.setdefault(str(element.get("name")).removeprefix("dei:"), text)
    return Instance(contexts, units, cover)


def _read_context(element: etree._Element) -> Context:
    dates: dict[str, date | None] = {}
    members: list[str] = []
    for part in element.iter():
        name = name_of(part).rpartition(":")[2]
        text = (part.text or "").strip()
        if name in {"instant", "startdate", "enddate"}:
            dates[name] = _parse_iso(text)
        elif name == "explicitmember":
            members.append(split_camel(re.sub(r"(?:Member|Domain)$", "", text.rpartition(":")[2])))
        elif name == "typedmember":
            members.append(" ".join("".join(map(str, part.itertext())).split()))
    end = dates.get("instant") or dates.get("enddate")
    return Context(dates.get("startdate"), end, tuple(member for member in members if member))


def _read_unit(element: etree._Element) -> str:
    tops: list[str] = []
    bottoms: list[str] = []
    for part in element.iter():
        if name_of(part).rpartition(":")[2] == "measure":
            parent = part.getparent()
            is_bottom = parent is not None and "denominator" in name_of(parent)
            measure = _name_measure((part.text or "").strip())
            (bottoms if is_bottom else tops).append(measure)
    if bottoms:
        return f"{'*'.join(tops)}/{'*'.join(bottoms).removesuffix('s')}"
    return "*".join(tops)


def _name_measure(text: str) -> str:
    local = text.rpartition(":")[2]
    if local.lower() == "pure":
        return "ratio"
    return local if _CURRENCY_CODE.match(local) else split_camel(local).lower()


def split_camel(name: str) -> str:
    """Write a name such as "NetIncomeLoss" as words: "Net Income Loss"."""
    return " ".join(_CAMEL.findall(name))


def read_cover(instance: Instance) -> FilingFacts:
    """Read what the cover's tags say of the filing; None where they do not say."""
    cover = instance.cover
    year_end = _parse_month_day(cover.get("CurrentFiscalYearEndDate", ""))
    period_end = parse_date(cover.get("DocumentPeriodEndDate", ""))
    focus = cover.get("DocumentFiscalYearFocus", "")
    return FilingFacts(
        company=cover.get("EntityRegistrantName") or None,
        form=cover.get("DocumentType") or None,
        fiscal_year=int(focus) if re.fullmatch(r"(?:19|20)\d{2}", focus) else None,
        period_end=period_end.isoformat() if period_end else None,
        year_end_month=year_end[0] if year_end else None,
    )


def find_fiscal_years(instance: Instance) -> FiscalYears | None:
    """Return how the company names its years, or None where the cover does not tell.

    An annual report that names no year end tells it by the end of its own period.
    """
    filing = read_cover(instance)
    if filing.period_end is None or filing.fiscal_year is None:
        return None
    period_end = date.fromisoformat(filing.period_end)
    year_end = _parse_month_day(instance.cover.get("CurrentFiscalYearEndDate", ""))
    if year_end is None:
        if instance.cover.get("DocumentFiscalPeriodFocus") != "FY":
            return None
        year_end = (period_end.month, period_end.day)
    plain = FiscalYears(*year_end, offset=0)
    return FiscalYears(*year_end, offset=filing.fiscal_year - plain.name_year(period_end))


def parse_date(text: str) -> date | None:
    """Read a date as covers print it ("September 28, 2024") or as ISO; None if it is none."""
    cleaned = " ".join(text.replace(" ,", ",").split())
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(cleaned, form).date()
        except ValueError:
            continue
    return None


def _parse_iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _parse_month_day(text: str) -> tuple[int, int] | None:
    """Read "--12-31", "12/31" or "December 31" as month and day; None where it is neither."""
    match = _MONTH_DAY.search(text.strip())
    if match and not re.search(r"[A-Za-z]", text):
        month, day = int(match[1]), int(match[2])
        return (month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
    for form in _MONTH_DAY_FORMATS:
        try:
            # A leap year, so that February 29 is a day.
            read = datetime.strptime(f"{' '.join(text.split())} 2000", f"{form} %Y")
        except ValueError:
            continue
        return read.month, read.day
    return None


def build_period(context: Context, years: FiscalYears | None) -> Period | None:
    """Return a context's period; the company's name for the year only where that is known."""
    if context.end is None:
        return None
    year = years.name_year(context.end) if years else None
    if context.start is None:
        return Period(0, context.end, year)
    days = (context.end - context.start).days + 1
    months = round(days / _DAYS_A_MONTH)
    quarter = years.find_quarter(context.end) if years and months == 3 else None
    return Period(months if months in _SPANS else None, context.end, year, quarter)


def build_facts(
    document_id: str, instance: Instance, numbers: Iterator[TaggedNumber]
) -> Iterator[Fact]:
    """Yield the facts of tagged numbers; those without a readable value or context are left out."""
    years = find_fiscal_years(instance)
    for number in numbers:
        context = instance.contexts.get(number.attributes.get("contextref", ""))
        value = read_value(number)
        if context is not None and value is not None:
            yield _build_fact(document_id, instance, number, context, value, years)


def _build_fact(
    document_id: str,
    instance: Instance,
    number: TaggedNumber,
    context: Context,
    value: Decimal,
    years: FiscalYears | None,
) -> Fact:
    tag = number.attributes.get("name", "")
    unit = instance.units.get(number.attributes.get("unitref", ""))
    power = read_scale(number.attributes)
    is_percent = unit == "ratio" and (power < 0 or is_percent_after(number.after))
    label = number.label or split_camel(tag.rpartition(":")[2])
    printed_first = number.before + number.printed
    place = f"{number.cell or len(number.before)}#{tag}#{number.attributes.get('contextref')}"
    return Fact(
        fact_id=build_fact_id(document_id, number.page, number.line, place, number.printed),
        document_id=document_id,
        page=number.page,
        line_item=label,
        parents=(*number.parents, *_new_members(context.members, (label, *number.parents))),
        concept=_find_concept(tag, context),
        period=build_period(context, years),
        value=-value if _is_negative(number) else value,
        value_as_printed=_trim_printed(printed_first, number),
        unit="percent" if is_percent else unit,
        scale=1 if is_percent or power <= 0 else 10**power,
        statement=number.statement,
        source="xbrl",
        quote=number.quote,
        line=number.line,
        cell=number.cell,
    )


def _find_concept(tag: str, context: Context) -> str | None:
    """Return the line item that a tag names; None for a part of it, such as one segment's."""
    concept = None if context.members else load_lexicon().by_tag(tag)
    return concept.name if concept else None


def _trim_printed(printed: str, number: TaggedNumber) -> str:
    """Return the number as it is printed, with the brackets that stand around the tag."""
    opened = _OPENS_NEGATIVE.search(number.before)
    closing = re.match(r"\s*%?\s*\)", number.after)
    if opened is None or "(" not in opened.group() or closing is None:
        return number.printed.strip()
    return printed[opened.start() :].strip() + closing.group().strip()


def _is_negative(number: TaggedNumber) -> bool:
    """Whether the value is negative: as printed in a cell, as tagged in prose."""
    if number.label is not None:
        return is_printed_negative(number)
    return number.attributes.get("sign") == "-"


def is_printed_negative(number: TaggedNumber) -> bool:
    """Whether brackets or a minus stand before or in the number."""
    if number.printed.lstrip().startswith(("(", "-", "−")):
        return True
    opened = _OPENS_NEGATIVE.search(number.before)
    if opened is None:
        return False
    if "(" in opened.group():
        return bool(re.match(r"\s*%?\s*\)", number.after))
    # A dash after a figure is that of a range ("10 - 15"), not a sign.
    return not re.search(r"\d\s*[-−–]\s*[$€£¥]?\s*$", number.before)


def is_percent_after(text: str) -> bool:
    """Whether a percent sign follows, in or after closing brackets."""
    return bool(re.match(r"\s*\)?\s*(?:%|percent\b)", text))


def read_scale(attributes: Mapping[str, str]) -> int:
    """Return the power of ten by which a tag multiplies what is printed; 0 where it has none."""
    text = attributes.get("scale", "0").strip()
    if not re.fullmatch(r"[+-]?\d{1,3}", text):
        return 0
    return max(-_MAX_SCALE, min(int(text), _MAX_SCALE))


def read_value(number: TaggedNumber) -> Decimal | None:
    """Return the size of what is printed, without sign or scale; None if it is no number."""
    form = number.attributes.get("format", "").rpartition(":")[2].lower()
    text = number.printed.strip()
    if number.attributes.get("xsi:nil") in {"true", "1"} or number.attributes.get("nil") == "true":
        return None
    if form.startswith(_ZERO_FORMATS):
        return Decimal(0)
    if form.startswith("numwords"):
        return parse_number_words(text)
    return parse_number(text, decimal_comma=form in _DECIMAL_COMMA)


def parse_number(text: str, *, decimal_comma: bool = False) -> Decimal | None:
    """Read "1,234.5" (or "1.234,5" with `decimal_comma`) without its sign; a dash is 0."""
    cleaned = re.sub(r"[\s$€£¥%()'’]|[-−–—](?=.*\d)", "", text)
    if cleaned and not cleaned.strip("-−–—"):
        return Decimal(0)
    if decimal_comma:
        cleaned = cleaned.replace(".", "").replace(",", ".")
    cleaned = cleaned.replace(",", "")
    if not re.fullmatch(r"\d*\.?\d+|\d+\.", cleaned) or not cleaned.isascii():
        return None
    try:
        return Decimal(cleaned)
    except InvalidOperation:
        return None


def parse_number_words(text: str) -> Decimal | None:
    """Read a number in English words ("two hundred and five"); None if a word is no number's."""
    words = re.findall(r"[a-z]+", text.lower())
    if not words:
        return parse_number(text)
    if words[0] in _NIL_WORDS:
        return Decimal(0)
    total, current = 0, 0
    for word in words:
        if word in _NUMBER_WORDS:
            current += _NUMBER_WORDS[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _POWER_WORDS:
            total, current = total + max(current, 1) * _POWER_WORDS[word], 0
        elif word not in {"and", "a", "an"}:
            return None
    return Decimal(total + current)


def _new_members(members: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
    """Return the members that the label and headings do not already name."""
    known = set(re.findall(r"[a-z0-9]+", " ".join(said).lower()))
    return tuple(
        member
        for member in members
        if not set(re.findall(r"[a-z0-9]+", member.lower())) - _MEMBER_FILLERS <= known
    )
