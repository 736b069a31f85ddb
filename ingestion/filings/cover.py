"""What a filing says of itself: company, form, period and fiscal year. No model, no network.

Only what is printed is believed, the cover first, then running headers and a release's headline,
and the file's name last; what is not found stays None. Knows nothing of tables or facts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from ingestion.documents import FilingFacts, Page

COVER_PAGES = 3
# A web page is not cut into sheets of paper: its cover ends after so many lines.
COVER_LINES = 250
HEADLINE_LINES = 12
# A year of 52 or 53 weeks may end in the first days of the month after its own.
DAYS_OVER = 7
# This year's own name is more frequent than the next year's by this factor and above.
NAMED_MORE_OFTEN = 2
# Running headers are sought on so many pages, and believed from so many on.
HEADER_PAGES = 40
HEADER_COUNT = 2

_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_DATE = (
    r"(?:(?P<month>[A-Z][a-z]{2,8})\.?\s+(?P<day>\d{1,2})\s*,?\s*(?P<year>(?:19|20)\d\d)"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[A-Z][a-z]{2,8})\.?,?\s+"
    r"(?P<year2>(?:19|20)\d\d))(?!\d)"
)
_DATES = re.compile(_DATE, re.IGNORECASE)

_FORM_NAME = r"(?P<form>(?:10[-‐‑–]?[KQ]T?|[86][-‐‑–]?K|[24]0[-‐‑–]?F))(?P<amended>/A)?(?!\w)"
_FORM = re.compile(rf"\bform\s+{_FORM_NAME}", re.IGNORECASE)
_FORM_LINE = re.compile(
    rf"^\W*(?:(?:\w+\s+){{0,2}}(?:annual|quarterly|current)\s+report\s+on\s+)?form\s+{_FORM_NAME}\W*"
    r"(?:\W*amendment\b.*)?$",
    re.IGNORECASE,
)
_COMMISSION = re.compile(r"securities\s+and\s+exchange\s+commission", re.IGNORECASE)
_AMENDMENT = re.compile(r"^\W*amendment\s+no\.?\s*\d", re.IGNORECASE)
# A transition report is not among them: its line stands on every cover, ticked or not.
_REPORT_KINDS = {"annual": "10-K", "quarterly": "10-Q", "current": "8-K"}
_REPORT = re.compile(
    r"\b(annual|quarterly|current)\s+report\s+pursuant\s+to\s+section\s+13", re.IGNORECASE
)

_ENDED = r"(?:ended|ending):?\s+(?:on\s+)?"
_YEAR_END = re.compile(rf"\b(?:fiscal\s+|annual\s+)?(?:year|period)\s+{_ENDED}{_DATE}", re.I)
_QUARTER_END = re.compile(
    rf"\b(?:quarterly\s+period|quarter|months|weeks|period)\s+{_ENDED}{_DATE}", re.IGNORECASE
)
_WHOLE_YEAR = re.compile(rf"\byear\s+{_ENDED}{_DATE}", re.IGNORECASE)
_ANY_END = re.compile(
    rf"\b(?:year|period|quarter|months?|weeks)\s+ended:?\s+{_DATE}", re.IGNORECASE
)
_REPORT_DATE = re.compile(rf"date\s+of\s+report[^:\n]*?:?\s*{_DATE}", re.IGNORECASE)
_DATE_OVER_REPORT = re.compile(rf"{_DATE}\s*\n\W*date\s+of\s+report", re.IGNORECASE)

_ANNUAL_OF_QUARTER = re.compile(
    r"form\s+10-?K(?:/A)?\W+(?:filed\s+)?(?:for|as\s+of)\s+(?:the\s+|our\s+|its\s+)?(?:\w+['’]s\s+)?"
    rf"(?:fiscal\s+)?(?:year|period)\s+{_ENDED}{_DATE}",
    re.IGNORECASE,
)
_YEAR_ENDS_IN = re.compile(
    r"fiscal\s+years?\s+(?:always\s+)?(?:ends?|ending|is\s+the\s+52\D{0,30}ending)\s+on\s+"
    r"[^.;]{0,70}?\b(?P<month>january|february|march|april|may|june|july|august|september"
    r"|october|november|december)\b",
    re.IGNORECASE,
)
# How far into its fiscal year a quarterly report's longest span reaches.
_SPAN = re.compile(
    r"\b(three|six|nine|13|26|39|thirteen|twenty-six|thirty-nine)\s+(?:and\s+(six|nine)\s+)?"
    r"(?:months|weeks)\s+ended\b",
    re.IGNORECASE,
)
_SPAN_MONTHS = {
    "three": 3,
    "13": 3,
    "thirteen": 3,
    "six": 6,
    "26": 6,
    "twenty-six": 6,
    "nine": 9,
    "39": 9,
    "thirty-nine": 9,
}
_NAMED_YEAR = re.compile(
    r"\b(?:fiscal(?:\s+years?)?|FY)\s*['’]?(20\d\d|\d\d)\b(?![-/,.]\d)", re.IGNORECASE
)

_NAME_LINE = re.compile(r"[(\[]?\s*exact\s+name\s+of\s+(?:the\s+)?registrant", re.IGNORECASE)
_FILE_NUMBER = re.compile(r"commission\s+file\s+n(?:umbers?|os?)", re.IGNORECASE)
_NO_NAME = re.compile(
    r"^\W*(?:or|mark one|united states|form\s+\d.*|[(\[].*[)\]]|table of contents|index|"
    r"for the .*|\(?.*commission file n.*|.*securities and exchange.*|.*securities exchange act.*|"
    r".*washington,.*|.*report pursuant.*|.*transition period.*|.*i\.?r\.?s\.? employer.*|"
    r".*state or other.*|state of incorporation.*|.*(?:year|period|quarter) ended.*|"
    r".*date of report.*|amendment no.*|annual report|quarterly report|current report)\W*$",
    re.IGNORECASE,
)
# A line of these words alone is the end of a name that began on the line above.
_NAME_END = re.compile(
    r"^(?:(?:and|&|the|its|of)\s+)*(?:corporation|company|companies|incorporated|inc|limited|ltd"
    r"|plc|llc|l\.?p|trust|group|holdings?|subsidiar(?:y|ies)|n\.?v|s\.?a|a\.?g|international)"
    r"(?:[\s,.]+(?:and|inc|ltd|plc|llc|company|corporation|limited|subsidiar(?:y|ies)))*\.?$",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"(?:,|&|\band|\bof|\bthe)$", re.IGNORECASE)
_HEADER = re.compile(
    r"^(?P<name>[A-Z0-9].{1,70}?),?\s+and\s+(?:its\s+)?(?:consolidated\s+)?"
    r"subsidiar(?:y|ies)(?:\s+companies)?$",
    re.IGNORECASE,
)
_HEADLINE = re.compile(
    r"^(?P<name>\S.{1,70}?)\s+(?:today\s+)?(?:reports?|announces?|posts?|delivers?|releases?)\s+"
    r"(?=.*(?:quarter|year|fiscal|results|earnings|\dQ|Q\d))",
    re.IGNORECASE,
)
_HEADLINE_YEAR = re.compile(
    r"\b(?:fiscal(?:\s+year)?|FY|(?:full|first|second|third|fourth)[\s-]+(?:quarter|year)"
    r"(?:\s+(?:of\s+)?(?:fiscal(?:\s+year)?)?)?|Q[1-4]|[1-4]Q)[\s'’]*(20\d\d|\d\d)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?:^|[–—-]\s|\.\s)(?P<name>(?:[A-Z0-9][\w.&'’,-]*\s){1,6})\((?:NYSE|NASDAQ|Nasdaq)",
    re.MULTILINE,
)

_SYMBOL_HEAD = re.compile(r"\btrading\s+symbols?\b", re.IGNORECASE)
_SYMBOLS_END = re.compile(
    r"section\s+12\s*\(g\)|indicate\s+by\s+check\s?mark|emerging\s+growth", re.IGNORECASE
)
_EXCHANGE = re.compile(
    r"(?:the\s+)?\b(?:new\s+york\s+stock|nyse|nasdaq|(?:chicago|london|american|tokyo|toronto"
    r"|hong\s+kong|mexican)\s+stock|cboe|euronext|otc|(?:long-term|investors)\W+(?:stock\s+)?ex)",
    re.IGNORECASE,
)
# The symbol stands between what is traded and where: "Common stock BRK.B New York Stock Exchange".
_SYMBOL = re.compile(r"(?<![\w.&/])(?P<symbol>[A-Z]{1,5}(?:[./][A-Z])?)\s*$")
_SYMBOL_SAID = re.compile(
    r"(?i:\btrading\s+symbols?)(?i:\s+(?:is|of))?\s*[:\"\u201c'\u2018(]+\s*"
    r"(?P<symbol>[A-Z]{1,5}(?:\.[A-Z])?)(?![\w.&])"
)
# Debt and rights are listed by symbols of their own, which nobody calls the company.
_NO_SHARES = re.compile(
    r"\b(?:notes?|debentures?|bonds?|due|preferred|preference|(?<!american\s)depositary"
    r"|warrants?|rights?|PR|P)\b",
    re.IGNORECASE,
)
_NO_SYMBOLS = frozenset(
    "STOCK SHARE SHARES CLASS VALUE PAR NOTE NOTES BOND BONDS UNIT UNITS NONE NAME EACH SYMBOL THE"
    " ON OF COMMON NYSE N/A NA RIGHT ADS".split()
)

_NAME_MARK = re.compile(
    r"(?:^|[\W_])(?P<form>10-?K|10-?Q|8-?K|20-?F|40-?F|6-?K)(?P<amended>-?A)?(?=$|[\W_])",
    re.IGNORECASE,
)
_NAME_YEAR = re.compile(r"(?:^|[\W_]|FY)(20\d\d)(?=$|[\W_]|Q[1-4])(?![-_]\d\d[-_]\d\d)", re.I)
_NAME_KIND = re.compile(r"earnings|annual|quarterly|results|release", re.IGNORECASE)


def read_filing_facts(pages: Sequence[Page], name: str = "") -> FilingFacts:
    """Read company, form, fiscal year and period end from a filing's pages.

    `name` is the file's name ("3M_2018_10K.pdf"), asked only for what the pages do not say.
    """
    cover = _take_cover(pages)
    text = "\n".join(cover)
    own_form = _find_form(cover)
    headline = _find_headline(cover) if own_form is None else None
    end = _find_latest_end(pages) if headline else _find_period_end(text, own_form)
    texts = [page.text for page in pages] if _wants_text(own_form, end) else []
    month = _find_year_end_month(own_form, end, texts)
    form = own_form or _form_of_name(name, headline)
    year = _find_fiscal_year(own_form, end, month, texts) or _year_of_headline(headline)
    if headline is not None and not _agree(year, end, month):
        end = None
    if year is None and end is None and form not in {"8-K", "6-K"}:
        year = _year_of_name(name)
    return FilingFacts(
        company=_find_company(cover, pages, headline) or _company_of_name(name),
        form=form,
        fiscal_year=year,
        period_end=end.isoformat() if end else None,
        year_end_month=month,
        tickers=_find_tickers(text),
    )


def _take_cover(pages: Sequence[Page]) -> list[str]:
    lines = [" ".join(line.text.split()) for page in pages[:COVER_PAGES] for line in page.lines]
    return lines[:COVER_LINES]


def _wants_text(form: str | None, end: date | None) -> bool:
    """Whether more than the cover is needed: to place a quarter, or a year's name."""
    if end is None or (form is not None and form.startswith(("8", "6"))):
        return False
    return form is None or "Q" in form or (end - timedelta(days=DAYS_OVER)).month <= 2


def _find_form(cover: Sequence[str]) -> str | None:
    """Return the form that the cover is of: "10-K", "10-Q/A", "8-K".

    A mention within a line counts only where the commission's name stands at the top.
    """
    for index, line in enumerate(cover):
        match = _FORM_LINE.match(line)
        if match is not None:
            below = cover[index : index + 4]
            return _name_form(match, amended=any(map(_AMENDMENT.match, below)))
    text = "\n".join(cover)
    if not any(map(_COMMISSION.search, cover[:HEADLINE_LINES])):
        return None
    match = _FORM.search(text)
    if match is not None:
        return _name_form(match)
    report = _REPORT.search(text)
    return _REPORT_KINDS[report[1].lower()] if report else None


def _name_form(match: re.Match[str], *, amended: bool = False) -> str:
    name = re.sub(r"^(\d+)[-‐‑–]?([KQF])", r"\1-\2", match["form"].upper())
    return f"{name}/A" if match["amended"] or amended else name


def _read_date(match: re.Match[str]) -> date | None:
    """The day of a match of the date pattern; None for "February 31" and "Total 1, 2023"."""
    month = _MONTHS.get((match["month"] or match["month2"])[:3].lower())
    if month is None:
        return None
    try:
        return date(int(match["year"] or match["year2"]), month, int(match["day"] or match["day2"]))
    except ValueError:
        return None


def _find_date(patterns: Iterable[re.Pattern[str]], text: str) -> date | None:
    """The first day that one of the patterns finds, the patterns in order."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            found = _read_date(match)
            if found is not None:
                return found
    return None


def _find_period_end(text: str, form: str | None) -> date | None:
    if form is not None and form.startswith(("8", "6")):
        return _find_date((_REPORT_DATE, _DATE_OVER_REPORT, _ANY_END), text)
    first = _QUARTER_END if form is not None and "Q" in form else _YEAR_END
    return _find_date((first, _ANY_END, _REPORT_DATE), text)


def _find_latest_end(pages: Sequence[Page]) -> date | None:
    """The latest day on which a release says that a period ended."""
    found = (_read_date(match) for page in pages for match in _ANY_END.finditer(page.text))
    return max((day for day in found if day is not None), default=None)


def _find_year_end_month(form: str | None, end: date | None, texts: Sequence[str]) -> int | None:
    """Return the month in which fiscal years end.

    A year that ends within the first days of a month (of 52 or 53 weeks) is one of the month
    before: February 2 of a retailer's January, January 1 of December.
    """
    if end is None or (form is not None and form.startswith(("8", "6"))):
        return None
    if form is not None and "Q" not in form:
        return (end - timedelta(days=DAYS_OVER)).month
    for text in texts:
        annual = _find_date((_ANNUAL_OF_QUARTER,), text)
        if annual is not None and annual <= end:
            return (annual - timedelta(days=DAYS_OVER)).month
    if form is not None:
        return _month_by_span(end, texts)
    days = (_read_date(match) for text in texts for match in _WHOLE_YEAR.finditer(text))
    return (end - timedelta(days=DAYS_OVER)).month if end in days else _month_by_words(texts)


def _month_by_span(end: date, texts: Sequence[str]) -> int | None:
    """The year's last month by a quarterly report's longest span: six months to December, June."""
    months = 0
    for text in texts:
        for match in _SPAN.finditer(text):
            longest = match[2] or match[1]
            months = max(months, _SPAN_MONTHS[longest.lower()])
    if not months:
        return _month_by_words(texts)
    return ((end - timedelta(days=DAYS_OVER)).month - months - 1) % 12 + 1


def _month_by_words(texts: Sequence[str]) -> int | None:
    """The month of "our fiscal year ends on the Saturday nearest the end of January"."""
    for text in texts:
        match = _YEAR_ENDS_IN.search(text)
        if match is not None:
            return _MONTHS[match["month"][:3].lower()]
    return None


def _find_fiscal_year(
    form: str | None, end: date | None, month: int | None, texts: Sequence[str]
) -> int | None:
    """Return the year that the company calls this fiscal year.

    A year that ends in January or February is named after either calendar year: what the filing
    itself says ("fiscal 2023") decides. A company that names years by their end speaks of the
    year before nearly as often as of this one; one that names them by their beginning seldom
    speaks of the next.
    """
    if form is None or end is None or month is None:
        return None
    shifted = end - timedelta(days=DAYS_OVER)
    year = shifted.year + (shifted.month > month)
    if month > 2:
        return year
    named = Counter(_read_year(match[1]) for text in texts for match in _NAMED_YEAR.finditer(text))
    return year - 1 if named[year - 1] > NAMED_MORE_OFTEN * named[year] else year


def _read_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _find_company(cover: Sequence[str], pages: Sequence[Page], headline: str | None) -> str | None:
    """Return the registrant's name, from the surest place that gives one."""
    return (
        _name_on_cover(cover)
        or _name_in_headers(pages)
        or (_name_in_headline(cover, headline) if headline else None)
    )


def _name_on_cover(cover: Sequence[str]) -> str | None:
    """Return the name by "(Exact name of registrant ...)", or below the file's number."""
    for index, line in enumerate(cover):
        match = _NAME_LINE.search(line)
        if match is not None:
            return _name_beside(line, match) or _name_around(cover, index)
    for index, line in enumerate(cover):
        if _FILE_NUMBER.search(line):
            return next(filter(None, map(_clean_name, cover[index + 1 : index + 3])), None)
    return None


def _name_beside(line: str, match: re.Match[str]) -> str | None:
    """The name on the line of "(Exact name ...)" itself, before it or after a colon."""
    before = line[: match.start()].strip()
    if before:
        return _clean_name(before)
    _, colon, after = line[match.end() :].partition(":")
    return _clean_name(after) if colon else None


def _name_around(cover: Sequence[str], index: int) -> str | None:
    """The name above the line, a wrapped one joined; failing that, the one below."""
    for above in range(index - 1, max(-1, index - 4), -1):
        name = _clean_name(cover[above])
        if name is None:
            continue
        start = _clean_name(cover[above - 1]) if above else None
        if start and (_NAME_END.match(name) or _UNFINISHED.search(start)):
            return f"{start} {name}"
        return name
    return next(filter(None, map(_clean_name, cover[index + 1 : index + 3])), None)


def _clean_name(text: str) -> str | None:
    """A name without rules, marks and numbers around it; None where the text is none."""
    name = re.sub(r"^\d+-\d+\s+|\s+\d\d-\d{7}$", "", text.strip(" _*#|☐☒"))
    name = _mend_small_capitals(name.strip(" _*|"))
    if not 2 <= len(name) <= 80 or len(re.findall(r"[A-Za-z]", name)) < 2:
        return None
    return None if _NO_NAME.match(name) or _DATES.search(name) else name


def _mend_small_capitals(name: str) -> str:
    """Join "R ESORTS I NTERNATIONAL": large first letters that were read as words."""
    torn = re.compile(r"\b([A-Z]) (?=[A-Z]{3,}\b)")
    return torn.sub(r"\1", name) if len(torn.findall(name)) >= 2 else name


def _name_in_headers(pages: Sequence[Page]) -> str | None:
    """The company of the running header "3M Company and Subsidiaries", if it is repeated."""
    names: Counter[str] = Counter()
    for page in pages[:HEADER_PAGES]:
        for line in page.lines[:3]:
            match = _HEADER.match(" ".join(line.text.split()))
            if match is not None:
                names[match["name"]] += 1
    found = names.most_common(1)
    return found[0][0] if found and found[0][1] >= HEADER_COUNT else None


def _find_tickers(cover: str) -> tuple[str, ...]:
    """Return the symbols of the registrant's shares, each once, in the cover's order."""
    found = [match["symbol"] for match in _SYMBOL_SAID.finditer(cover)]
    for head in _SYMBOL_HEAD.finditer(cover):
        end = _SYMBOLS_END.search(cover, head.end())
        # Without its end the table is not told from what follows.
        if end is not None:
            found += _read_symbols(cover[head.end() : end.start()])
    symbols = (symbol.replace("/", ".") for symbol in found)
    return tuple(dict.fromkeys(symbol for symbol in symbols if symbol not in _NO_SYMBOLS))


def _read_symbols(table: str) -> list[str]:
    """Read the rows of "title, symbol, exchange": a title begins where the exchange before ends."""
    symbols = []
    ended = 0
    for exchange in _EXCHANGE.finditer(table):
        title = table[ended : exchange.start()]
        match = _SYMBOL.search(title)
        if match is not None and not _NO_SHARES.search(title):
            symbols.append(match["symbol"])
        ended = exchange.end()
    return symbols


def _find_headline(cover: Sequence[str]) -> str | None:
    """The headline of a release: the line that reports a quarter's or a year's results."""
    top = cover[:HEADLINE_LINES]
    wholes = [" ".join(cover[index : index + 2]) for index in range(len(top))]
    for line, whole in zip(top, wholes, strict=True):
        if _HEADLINE.match(line):
            return whole
    return next(filter(_HEADLINE.match, wholes), None)


def _name_in_headline(cover: Sequence[str], headline: str) -> str | None:
    listed = _LISTED.search("\n".join(cover))
    if listed is not None:
        return listed["name"].strip(" ,")
    match = _HEADLINE.match(headline)
    name = match["name"].strip(" ,") if match else ""
    return _clean_name(name) if len(name.split()) <= 7 and not name.endswith(".") else None


def _year_of_headline(headline: str | None) -> int | None:
    match = _HEADLINE_YEAR.search(headline or "")
    return _read_year(match[1]) if match else None


def _agree(year: int | None, end: date | None, month: int | None) -> bool:
    """Whether a day may lie in the fiscal year that a headline names, as far as all are known."""
    if year is None or end is None or month is None:
        return True
    shifted = end - timedelta(days=DAYS_OVER)
    by_end = shifted.year + (shifted.month > month)
    return by_end == year or (month <= 2 and by_end - 1 == year)


def _form_of_name(name: str, headline: str | None) -> str | None:
    match = _NAME_MARK.search(name) if headline is None else None
    return _name_form(match) if match else None


def _year_of_name(name: str) -> int | None:
    """The year in a name such as "3M_2018_10K.pdf"; a date's year is none."""
    if not (_NAME_MARK.search(name) or _NAME_KIND.search(name)):
        return None
    match = _NAME_YEAR.search(name)
    return int(match[1]) if match else None


def _company_of_name(name: str) -> str | None:
    """What stands before the form or the year in a name such as "3M_2018_10K.pdf"."""
    if not (_NAME_MARK.search(name) or _NAME_KIND.search(name)):
        return None
    marks = (_NAME_MARK, _NAME_YEAR, _NAME_KIND)
    starts = [match.start() for match in (mark.search(name) for mark in marks) if match]
    company = re.sub(r"[\s_-]+", " ", name[: min(starts)]).strip()
    return company if len(company) >= 2 else None
