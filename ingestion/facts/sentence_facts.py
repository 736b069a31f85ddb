"""Facts that stand in sentences: "Net sales rose 4.2% to $32.8 billion in 2018" states two.

Knows how English filings speak of amounts, changes and years. Knows nothing of tables; what
a line item means is the lexicon's to say. What is not clearly an amount of something is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingestion.documents import (
    Box,
    Fact,
    FilingFacts,
    Page,
    build_fact_id,
    enclosing_box,
)
from ingestion.facts.table_facts import build_calendar
from ingestion.figures import CURRENCY_CODES, Figure, find_figures
from ingestion.filings.lexicon import load_lexicon
from ingestion.layout.sentences import Sentence, boxes_of, place_of, split_sentences
from ingestion.periods import Calendar, find_period

# The longest name of a line item, in words.
MAX_NAME_WORDS = 10

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DIGIT = re.compile(r"\d")
_MEASURE = r"(?:%|percent|thousand|million|billion|trillion|basis|shares)"
_ORDINARY = rf"(?![\d.,]*\d|\s*-?{_MEASURE})"
# Numbers that name something: dates, notes and pages, standards, telephones, addresses, marks.
_NAMES = re.compile(
    rf"""
    \b(?=[A-Za-z])(?:
      {_MONTH}\s+\d{{1,2}}\b(?!,\d{{3}})(?:\s*(?:and|through|to|[-–])\s*\d{{1,2}}\b(?!,\d|\.\d))?
    | (?i:notes?|items?|pages?|sections?|parts?|forms?|topics?|subtopics?|asu|asc|sfas|fas|fin
        |fasb|ifrs|ias|levels?|rules?|exhibits?|schedules?|nos?\.|numbers?|tables?|chapters?
        |articles?|paragraphs?|phases?|tiers?|series|class|steps?|footnotes?|code|releases?
        |regulation|title|suite|room|floor|box|route|highway|volume|figures?|appendix|annex|stage
        |basel|group|building|unit|windows|version)
      \s*(?:no\.?\s*)?\(?\d[\w.]*{_ORDINARY}(?:\([\w]+\))*
      (?:\s*(?:,\s*(?:and|or)?|and|or|through|to|[-–&])\s*\d{{1,3}}[A-Za-z]?\b{_ORDINARY})*
    | [A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?\b
    | (?:S&P|Fortune|Russell|FTSE|Poor[’']s|Nasdaq)\s+\d+
    )
  | [\#§]+\s*\d[\d.]*
  | (?=[\d(])(?:
      (?<![\w$€£¥])\d{{1,2}}\s+{_MONTH}(?=[\s,.)]|$)
    | \(?\b\d{{3}}\)?[-.\s]\d{{3}}[-.]\d{{4}}\b
    | \b\d+\s+(?:[A-Z][\w.]*\s+){{1,4}}
        (?:Street|St\.|Avenue|Ave\.|Road|Rd\.|Boulevard|Blvd|Drive|Lane|Way|Parkway|Plaza|Square)
    | (?<![$€£¥\d.,])\d+(?:[-–]\d+)+\b{_ORDINARY}
    | (?<=[A-Za-z][-–])\d+\b{_ORDINARY}
    | \d{{1,2}}:\d{{2}} | \b\d{{1,2}}\s*[ap]\.m\.
    | \b\d+\s+(?:CFR|C\.F\.R\.|U\.?S\.?C\.?)\s*§*\s*[\d.]*
    | \b\d{{3}}\([a-z]\)
    | ^\(?\d{{1,3}}[.)](?=\s) | \(\d{{1,2}}\)
    )
    """,
    re.VERBOSE,
)
_TIME = re.compile(
    rf"\b(?:(?:19|20)\d\d|quarters?|years?|months?|weeks?|periods?|fiscal|FY\s?'?\d\d|{_MONTH}\s+\d{{1,2}})\b"
)
_PRIOR = re.compile(
    r"\b(?:prior|previous|preceding|last|comparable|same|year[- ]ago|a year (?:ago|earlier))\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:(?:as\s+)?compared\s+(?:to|with)|in\s+comparison\s+(?:to|with)|versus|vs\.?|against"
    r"|relative\s+to|as\s+well\s+as|due\s+to|offset|over|from|while|whereas|and|but)\b|;"
)
_COMPARED_ASIDE = re.compile(
    r"\b(?:as\s+)?(?:compared|relative)\s+(?:to|with)[^,;]*|\b(?:over|versus|from)\s+(?:19|20)\d\d\b"
)
_HEDGES = "approximately about nearly roughly around almost over only just some up a an the".split()
_ENDS_COMPARED = re.compile(
    rf"\b(?:compared\s+(?:to|with)|versus|vs\.?|against|from)(?:\s+(?:{'|'.join(_HEDGES)}))*\s*\(?$"
)
_YEAR_LIST = re.compile(
    rf"(?:{_MONTH}\s+\d{{1,2}},\s+)?(?:19|20)\d\d\b"
    rf"(?:\s*,?\s*(?:and\s+|,\s*)?(?:in\s+)?(?:fiscal\s+|{_MONTH}\s+\d{{1,2}},\s+)?"
    r"\b(?:19|20)\d\d\b)+"
)
_LISTED_YEAR = re.compile(rf"(?:{_MONTH}\s+\d{{1,2}},\s+)?\b(?:19|20)\d\d\b")
_SAME_ENTRY = re.compile(r"\s*(?:,?\s*or\s+|\()(?:approximately\s+|about\s+)?\(?")
_NEXT_ENTRY = re.compile(
    r"\)?\s*(?:,|,?\s+and|,?\s+or)\s+(?:(?:increased|decreased|rose|fell|grew|declined|an?)\s+)?"
    r"(?:(?:increase|decrease)\s+of\s+|by\s+)?(?:approximately\s+|about\s+)?"
)
_RANGE_JOINT = re.compile(r"\s*(?:to|and|or|[-–,]|,\s*and)\s*")
_RISES = (
    r"rose|increas(?:ed?|es|ing)|grew|growth|climbed|rise|risen|higher|improved|improvement"
    r"|expanded"
)
_FALLS = (
    r"fell|fallen|decreas(?:ed?|es|ing)|declin(?:ed?|es|ing)|dropped|drop|lower|reduced"
    r"|reductions?|shrank|contracted"
)
_HEDGE = rf"(?:\s+(?:{'|'.join(_HEDGES)}))*\s*\(?$"
_CHANGE_BEFORE = re.compile(
    rf"\b(?:(?P<rise>{_RISES}|up)|(?P<fall>{_FALLS}|down))"
    rf"(?:\s+in\s+(?:the\s+|our\s+)?(?P<item>(?:[^\s,;:$%\d]+\s+){{1,5}}?)(?:of|by)|\s+(?:of|by))?"
    rf"{_HEDGE}",
    re.IGNORECASE,
)
_CHANGE_AFTER = re.compile(
    r"\s*(?:net\s+)?(?:(?P<rise>increase|growth|rise|improvement|higher)"
    r"|(?P<fall>decrease|decline|drop|reduction|lower))\b(?!\s+than)"
    r"(?:\s+in\s+(?:the\s+|our\s+)?(?P<item>[A-Za-z][^,;:.$%\d]{1,60}))?",
    re.IGNORECASE,
)
_CHANGE_OF = re.compile(
    rf"\b(?:increase|growth|rise|improvement|decrease|decline|drop|reduction)s?\s+of{_HEDGE}",
    re.IGNORECASE,
)
_AFTER_IN = re.compile(
    r"\s+(?:in|of)\s+(?:the\s+|our\s+)?(?!current|prior|fiscal|first|second|third|fourth)([a-z][^,;:.$%\d]+)"
)
_SAME_CHANGE = re.compile(
    r"(?:[^,;\d]{0,40},\s+or\s+|\s*(?:or\s+|,?\s*and\s+|,\s*|\())(?:approximately\s+|about\s+)?\(?"
)
_PER_SHARE = re.compile(r"\s*(?:per|a|each)\s+(?:[a-z]+\s+){0,2}(?:share|unit)\b", re.IGNORECASE)
_NAMES_SHARE = re.compile(r"\b(?:per (?:\w+ ){0,2}share|EPS)$", re.IGNORECASE)
_COUNTED = re.compile(r"\s+((?:[a-z][a-z’'-]*\s+){0,3}?(?:[a-z][a-z-]{2,}s|people|feet))\b")
# "136 and 41 basis points", "3 to 7 years": the unit is said once, behind the last number.
_UNIT_LATER = re.compile(
    r"(?:\s*(?:,|,?\s*and|or|to|[-–])\s*\d[\d.,]*)+\s*"
    r"(?:(?P<percent>%|percent\b)|(?P<basis>basis\s+points?|bps)|(?P<points>percentage\s+points?)"
    r"|(?P<duration>years|months|days)\b)"
)
_LATER_UNITS = {"percent": "percent", "basis": "basis points", "points": "percentage points"}
_DURATIONS = frozenset("years months days weeks hours minutes quarters".split())
_RELATIVE_TIME = re.compile(
    r"\b(?:past|last|next|previous|prior|preceding|following|within|every|first|trailing|after|for)"
    r"(?:\s+the)?(?:\s+\w+)?\s*$"
)
_NO_NOUN = re.compile(
    r"\b(?:of|in|and|or|to|for|from|as|is|was|has|its|this|with|on|by|at|than|were|are|plus|less"
    r"|respectively|times|basis|versus)\b"
)
# Words between the subject and its number, which are no part of its name.
_LINKS = frozenset(
    "of by to at from was were is are be been being totaled totaling totalled totalling amounted "
    "equaled equal reached remained has have had will would may could can approximately about "
    "nearly roughly around almost over under only just some up down a an the also exceeded "
    "averaged rose increased grew climbed fell decreased declined dropped improved higher lower "
    "increase decrease decline growth increases decreases increasing decreasing between than more "
    "less least most not and or compared with versus as for in range ranging representing "
    "comprised comprising per further net expected anticipated estimated projected "
    "unchanged flat approximate approximates total range ranged ranges".split()
)
# Words that end a name when it is read backwards from its number.
_STOPS = frozenset(
    "we it they he she which that who this these those there recorded recognized reported had "
    "has have paid received incurred spent includes included including generated used "
    "repurchased issued borrowed repaid sold purchased acquired made realized contributed "
    "invested expects expect estimate estimates was were is are be been resulted resulting "
    "reflecting represented represents consisted because while although if when since due "
    "during primarily approximately declared entered completed closed operated operates "
    "employed employs owned owns leased exclude excludes permits provides using calculated "
    "approved replaced requires allows maintain maintains saw totaled rose increased "
    "decreased declined grew fell provided authorized authorizes whose would could exceeded "
    "relates accounting accounted offset "
    "partially driven caused".split()
)
_PARTICIPLES = frozenset(
    "paid declared recorded recognized incurred reported received granted repurchased issued "
    "outstanding authorized".split()
)
_AFTER_OF = re.compile(r"\s+(?:of|in)\s+([A-Za-z][^,;:.$%\d(]{1,70})")
_ASIDE = re.compile(
    r",\s+(?:which|including|excluding|calculated|defined|net\s+of|as\s+defined)\b[^,;]*,"
    r"|\([^()$%]*\)"
)
# "A new $5 billion share repurchase program": the number describes what follows it.
_DESCRIBES = re.compile(
    rf"(?:^|\s)(?:a|an|the|our|its|this|new)(?:\s+(?:new|{'|'.join(_HEDGES)}))*\s*$", re.IGNORECASE
)
_DESCRIBED = re.compile(r"[\s-]+([a-z][a-z-]+(?:\s+[a-z][a-z-]+){0,5})")
_NOBODY = frozenset(
    "january february march april may june july august september october november december "
    "company companies registrant management amount amounts total".split()
)
_LEADING = frozenset(
    "the a an our its their of in for by and or with to from on at as such additional certain "
    "increase decrease rise decline growth reduction these we us "
    "company's company’s an other another this".split()
)
_TIME_WORDS = (
    r"(?:the|each|of|fiscal|calendar|years?|ended|ending|quarters?|months?|weeks?|first|second"
    r"|third|fourth|three|six|nine|twelve|and)"
)
_TIME_PHRASE = re.compile(
    rf"\s*\b(?:for|in|during|at|as\s+of|of|through|[Ii]n|[Dd]uring|[Ff]or|[Aa]t|[Aa]s\s+of)\s+"
    rf"(?:{_TIME_WORDS}\s+){{0,8}}(?:{_MONTH}\s+\d{{1,2}},?\s*)?"
    rf"(?:19|20)\d\d\b(?:,?\s*(?:and\s+)?(?:19|20)\d\d\b)*,?"
)
_DETERMINERS = frozenset("the our its their a an we".split())
_PREPOSITIONS = frozenset(
    "of in on at for from to by with under over within and or than as between against before after "
    "through outside".split()
)
_FORWARD_STOPS = frozenset("as to by on with from under at after before through within per".split())
_CONTENT = re.compile(r"[A-Za-z][A-Za-z’'&.-]*")
_CLAUSE = re.compile(
    r"\bcompared\s+(?:to|with)\s+|[;:]\s|,\s+(?:and|but|while|whereas|which|with|including)\s"
)
_CLUSTER_WORDS = frozenset(
    [
        *_HEDGES,
        *"or and to by of increase increased decrease decreased rose fell grew declined".split(),
    ]
)
_FILLERS = _LINKS | frozenset(
    "current year-ago three six nine twelve prior previous last year years quarter quarters "
    "same period fiscal ended months weeks first second third fourth respectively january "
    "february march april may june july august september october november december comparable "
    "ago earlier against vs".split()
)


@dataclass(frozen=True, slots=True)
class SpokenAmount:
    """An amount that a sentence states: of what, how it is said, and when.

    `start` and `end` are offsets in the sentence; `parents` is ("change",) for a rise and
    ("change", "decrease") for a fall, whose value is printed without a sign. `when` holds the
    texts that tell the period, nearest first.
    """

    figure: Figure
    line_item: str
    parents: tuple[str, ...]
    unit: str | None
    scale: int
    when: tuple[str, ...]


def find_sentence_facts(
    document_id: str, page: Page, prose: Sequence[tuple[int, int]], filing: FilingFacts
) -> tuple[Fact, ...]:
    """Return the facts in the prose of a page, in reading order.

    `prose` are the runs of lines that belong to no table: first line, and the line after the last.
    """
    calendar = build_calendar(filing)
    facts: list[Fact] = []
    for first, last in prose:
        for sentence in split_sentences(page.lines[first:last], first):
            for amount in find_spoken_amounts(sentence.text):
                facts.append(_build_fact(document_id, page, sentence, amount, calendar))
    return tuple(facts)


def find_spoken_amounts(text: str) -> tuple[SpokenAmount, ...]:
    """Return the amounts that a sentence states of something it names, from left to right."""
    if _DIGIT.search(text) is None:
        return ()
    figures = _find_amounts(text)
    amounts: list[SpokenAmount] = []
    for figure in figures:
        before = amounts[-1] if amounts else None
        between = text[before.figure.end if before else 0 : figure.start]
        amount = _read_amount(text, figure, between, before)
        if amount is not None:
            amounts.append(amount)
    scaled = _share_scales(text, amounts)
    return tuple(_tell_times(text, scaled, [figure.start for figure in figures]))


def _build_fact(
    document_id: str, page: Page, sentence: Sentence, amount: SpokenAmount, calendar: Calendar
) -> Fact:
    figure = amount.figure
    line, word = place_of(sentence, figure.start)
    place = f"sentence {word} {figure.start}"
    return Fact(
        fact_id=build_fact_id(document_id, page.number, line, place, figure.text),
        document_id=document_id,
        page=page.number,
        line_item=amount.line_item,
        parents=amount.parents,
        concept=_find_concept(amount),
        period=find_period(amount.when, calendar) if amount.when else None,
        value=figure.value,
        value_as_printed=figure.text,
        unit=amount.unit,
        scale=amount.scale,
        statement=None,
        source="sentence",
        quote=sentence.text,
        line=line,
        box=_box_of(sentence, figure),
    )


def _find_concept(amount: SpokenAmount) -> str | None:
    """The lexicon's name of what is said; None for a change, and where the unit is another's.

    The whole name is matched, for "Domestic revenue" is not the company's revenue.
    """
    if amount.parents or amount.unit is None:
        return None
    concept = load_lexicon().match(amount.line_item)
    unit = amount.unit
    for code in CURRENCY_CODES:  # the lexicon calls all money "USD"
        unit = unit.replace(code, "USD")
    return concept.name if concept is not None and concept.unit == unit else None


def _box_of(sentence: Sentence, figure: Figure) -> Box | None:
    """The box of the number and its scale word; of one that runs over a line, its first part."""
    boxes = boxes_of(sentence, figure.start, figure.end)
    first = [box for box in boxes if box.top < boxes[0].bottom and box.x0 >= boxes[0].x0]
    return enclosing_box(first) if first else None


def _find_amounts(text: str) -> list[Figure]:
    """The figures of a sentence that are amounts, and no years, dates, references or marks."""
    figures = [figure for figure in find_figures(text) if not figure.is_year]
    if not figures:
        return []
    names = [match.span() for match in _NAMES.finditer(text)]
    return [
        figure
        for figure in figures
        if not any(start < figure.end and figure.start < end for start, end in names)
        and (_is_plain(figure) is False or not re.match(r"-[a-z]|0\d", text[figure.end :]))
    ]


def _is_plain(figure: Figure) -> bool:
    """Whether nothing but its place says what the number is: no unit, scale or separator."""
    return figure.unit is None and figure.scale == 1 and figure.text.isdigit()


def _read_amount(
    text: str, figure: Figure, between: str, before: SpokenAmount | None
) -> SpokenAmount | None:
    """Name what the figure is said of; None where the sentence does not name it."""
    after = text[figure.end : figure.end + 90]
    unit, counted = _read_unit(figure, between, after)
    if unit == "":
        return None
    change, changed_item = _find_change(between, after, before)
    name = changed_item or counted or _find_name(between, after, before)
    if not name:
        return None
    if _NAMES_SHARE.search(name) and unit in CURRENCY_CODES:
        unit = f"{unit}/share"
    return SpokenAmount(figure, name, change, unit, figure.scale, ())


def _read_unit(figure: Figure, between: str, after: str) -> tuple[str | None, str]:
    """The unit and, of a count, what is counted; the unit is "" where there is no amount."""
    if figure.unit is not None:
        return (f"{figure.unit}/share" if _is_per_share(figure, after) else figure.unit), ""
    later = _UNIT_LATER.match(after) if figure.scale == 1 else None
    if later is not None:
        return _LATER_UNITS.get(later.lastgroup or "", later["duration"]), ""
    match = _COUNTED.match(after)
    if match is None or _NO_NOUN.search(match[1]):
        return ("" if _is_plain(figure) else None), ""
    noun = match[1].split()[-1]
    if noun in _DURATIONS:
        is_time = noun == "weeks" or _RELATIVE_TIME.search(between) or "ended" in after[:20]
        return ("" if is_time else noun), ""
    return ("shares" if noun == "shares" else None), " ".join(match[1].split())


def _is_per_share(figure: Figure, after: str) -> bool:
    is_money = figure.unit not in ("percent", "percentage points", "basis points", "ratio")
    return is_money and _PER_SHARE.match(after) is not None


def _find_change(
    between: str, after: str, before: SpokenAmount | None
) -> tuple[tuple[str, ...], str]:
    """The parents of an amount of change (or none), and the item where the change names it."""
    match = _CHANGE_BEFORE.search(between[-120:]) or _CHANGE_AFTER.match(after)
    if match is not None:
        item = match["item"] or _find_changed_item(between, after)
        name = _trim_name(item.split(), forward=True)
        return (("change", "decrease") if match["fall"] else ("change",)), name
    if before is not None and before.parents and _SAME_CHANGE.fullmatch(between):
        return before.parents, before.line_item
    return (), ""


def _find_changed_item(between: str, after: str) -> str:
    """What follows in "an increase of $5 million in selling expenses"."""
    match = _AFTER_IN.match(after) if _CHANGE_OF.search(between) else None
    return match[1] if match else ""


def _find_name(between: str, after: str, before: SpokenAmount | None) -> str:
    """The noun phrase that the number is said of: before it, after "of", or the last one's."""
    plain = _ASIDE.sub(" ", _TIME_PHRASE.sub(" ", between))
    words = [word for word in _CONTENT.findall(plain) if word.lower().rstrip(".") not in _FILLERS]
    if before is not None and not words:
        return before.line_item
    clause = _CLAUSE.split(plain)[-1]
    described = _DESCRIBED.match(after) if _DESCRIBES.search(clause) else None
    name = _trim_name(described[1].split(), forward=True) if described else ""
    name = name or _trim_name(_read_backwards(clause.split()), forward=False)
    if name:
        return name
    match = _AFTER_OF.match(after)
    name = _trim_name(match[1].split(), forward=True) if match else ""
    return name or _trim_name(_read_backwards(_drop_participles(clause.split())), forward=False)


def _drop_participles(words: Sequence[str]) -> list[str]:
    """Leave out what was done at the end of "cash dividends declared and paid totaled"."""
    kept = list(words)
    while kept and kept[-1].lower() in _LINKS | _PARTICIPLES:
        kept = kept[:-1]
    return kept


def _read_backwards(words: Sequence[str]) -> list[str]:
    """Leave out the links at the end, and take what stands before them up to a stop."""
    words = [word for word in words if any(map(str.isalnum, word))]
    while words and _is_link(words[-1]):
        words = words[:-1]
    name: list[str] = []
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        breaks = bool(name) and word.endswith((",", ";", ":")) and not _is_series(words, index)
        ends = breaks or _stops_name(words, index)
        joins = word in ("and", "or") and name and name[0].lower() in _DETERMINERS
        joins = joins or _begins_name(words, index)
        if ends or joins or any(character.isdigit() for character in word):
            break
        name.insert(0, word)
    return name


def _stops_name(words: Sequence[str], index: int) -> bool:
    """Whether a word ends a name read backwards; "cash provided by" is part of one."""
    after_cash = index > 0 and words[index - 1].lower() == "cash"
    return not after_cash and words[index].lower().strip("(") in _STOPS


def _begins_name(words: Sequence[str], index: int) -> bool:
    """Whether a name begins here: "at year end our cash", but not "sales in the EU"."""
    is_determiner = words[index].lower() in _DETERMINERS
    return is_determiner and (index == 0 or words[index - 1].lower() not in _PREPOSITIONS)


def _is_series(words: Sequence[str], index: int) -> bool:
    """Whether a comma stands inside one name: "property, plant and equipment"."""
    lower = words[index].islower() or index == 0
    return lower and words[index].endswith(",") and words[index + 2 : index + 3] == ["and"]


def _is_link(word: str) -> bool:
    bare = word.lower().strip("(,:")
    return bare in _LINKS or bare.isdigit()


def _trim_name(words: Sequence[str], *, forward: bool) -> str:
    """Write the words as a name: without what leads to it, of a few words, in lower case."""
    kept = list(words)
    if forward:
        kept = kept[: _find_stop(kept)]
    while kept and kept[0].lower().strip('(“"') in _LEADING:
        kept = kept[1:]
    kept = kept[:MAX_NAME_WORDS] if forward else kept[-MAX_NAME_WORDS:]
    while kept and kept[0].lower() in _LEADING:
        kept = kept[1:]
    while kept and kept[-1].lower().strip(",") in _LINKS | _LEADING:
        kept = kept[:-1]
    if not any(len(word) > 2 and word.lower() not in _NOBODY for word in kept):
        return ""
    if kept[0][1:].islower():
        kept[0] = kept[0].lower()
    name = " ".join(kept).strip(' ,;:()“”"')
    return "" if name.endswith("-") else name


def _find_stop(words: Sequence[str]) -> int:
    """The index of the word that ends a name which is read forwards."""
    for index, word in enumerate(words):
        joins = word in ("and", "or") and "".join(words[index + 1 : index + 2]) in _DETERMINERS
        if joins or word.lower() in _STOPS or word in _FORWARD_STOPS:
            return index
    return len(words)


def _share_scales(text: str, amounts: Sequence[SpokenAmount]) -> list[SpokenAmount]:
    """Give "$1.2" in "$1.2 to $1.5 billion" its mate's scale; "per share" is said once too."""
    shared = list(amounts)
    for index in range(len(shared) - 2, -1, -1):
        this, following = shared[index], shared[index + 1]
        joint = text[this.figure.end : following.figure.start]
        same = this.unit == following.unit and this.scale == 1 and "," not in this.figure.text
        if same and following.scale > 1 and _RANGE_JOINT.fullmatch(joint):
            shared[index] = replace(this, scale=following.scale)
        elif following.unit == f"{this.unit}/share" and _RANGE_JOINT.fullmatch(joint):
            shared[index] = replace(this, unit=following.unit)
    return shared


def _tell_times(
    text: str, amounts: Sequence[SpokenAmount], starts: Sequence[int]
) -> Iterator[SpokenAmount]:
    """Give each amount the texts that tell its period."""
    paired = _pair_years(text, amounts)
    lead = text[: starts[0]] if starts else ""
    for index, amount in enumerate(amounts):
        if index in paired:
            yield replace(amount, when=(paired[index],))
            continue
        last = _last_of_cluster(text, amounts, index)
        stop = min((start for start in starts if start >= last.end), default=len(text))
        begin = amounts[index - 1].figure.end if index else 0
        when = _find_times(text[last.end : stop], text[begin : amount.figure.start], lead)
        if not when and len(starts) == 1 and not _ENDS_COMPARED.search(lead.rstrip()):
            when = _keep_times(text)
        yield replace(amount, when=when)


def _last_of_cluster(text: str, amounts: Sequence[SpokenAmount], index: int) -> Figure:
    """The last of the amounts that share a time: "rose 4.2%, or $5 million, to $30 million"."""
    while index + 1 < len(amounts):
        joint = text[amounts[index].figure.end : amounts[index + 1].figure.start]
        if not all(word.strip(",()").lower() in _CLUSTER_WORDS for word in joint.split()):
            break
        index += 1
    return amounts[index].figure


def _find_times(after: str, before: str, lead: str) -> tuple[str, ...]:
    """The texts that may tell a period, nearest first; none where it is another, unnamed one."""
    compared = _COMPARED.search(_YEAR_LIST.sub(lambda years: "#" * len(years[0]), after))
    after = after[: compared.start()] if compared else after
    if _YEAR_LIST.search(after):
        return ()  # a list of years that belongs to a list of amounts, and does not fit it
    if _TIME.search(after):
        is_whole = _PRIOR.search(after) or _LISTED_YEAR.search(after)
        return (after.strip(),) if is_whole else (after.strip(), *_keep_times(before, lead))
    if _ENDS_COMPARED.search(before.rstrip()):
        return ()
    return () if _YEAR_LIST.search(before or lead) else _keep_times(before, lead)


def _keep_times(*texts: str) -> tuple[str, ...]:
    """The texts that name a time once what is only compared with is left out."""
    stripped = [_COMPARED_ASIDE.sub(" ", text).strip() for text in texts]
    return tuple(dict.fromkeys(text for text in stripped if _TIME.search(text)))


def _pair_years(text: str, amounts: Sequence[SpokenAmount]) -> dict[int, str]:
    """Pair "$5 and $4 in 2018 and 2017": the text of the year for each index of an amount."""
    paired: dict[int, str] = {}
    for group in _find_groups(text, amounts):
        first, last = group[0][0], group[-1][-1]
        begin = amounts[first - 1].figure.end if first else 0
        for part in (text[amounts[last].figure.end :], text[begin : amounts[first].figure.start]):
            years = _read_year_list(part)
            if len(years) == len(group):
                paired.update(
                    (index, year)
                    for indexes, year in zip(group, years, strict=True)
                    for index in indexes
                )
                break
    return paired


def _find_groups(text: str, amounts: Sequence[SpokenAmount]) -> Iterator[list[list[int]]]:
    """Yield each list of amounts joined by "," or "and"; "$5, or 3%," is one of its entries."""
    group: list[list[int]] = []
    for index, amount in enumerate(amounts):
        before = amounts[index - 1] if index else amount
        joint = text[before.figure.end : amount.figure.start]
        if group and _SAME_ENTRY.fullmatch(joint) and before.unit != amount.unit:
            group[-1].append(index)
        elif group and _NEXT_ENTRY.fullmatch(joint) and amount.unit == amounts[group[0][0]].unit:
            group.append([index])
        else:
            if len(group) > 1:
                yield group
            group = [[index]]
    if len(group) > 1:
        yield group


def _read_year_list(text: str) -> list[str]:
    """The years of the first list in a text, each with the words that lead to it."""
    match = _YEAR_LIST.search(text)
    if match is None:
        return []
    lead = text[max(0, match.start() - 40) : match.start()]
    items = [item.group() for item in _LISTED_YEAR.finditer(match.group())]
    month = items[0][:-4]
    return [f"{lead}{item if item[:1].isalpha() else month + item}".strip() for item in items]
