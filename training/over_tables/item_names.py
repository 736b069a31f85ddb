"""What items and companies are called within a sentence. Knows no table and no question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

# Lower case at the head of a label where filings print a capital.
_COMMON = frozenset(
    "accounts accrued accumulated acquisition additional additions adjusted administrative "
    "advertising allowance amortization amount annual asset assets average balance basic "
    "beginning benefit benefits bonds business capital cash change changes common commercial "
    "compensation comprehensive consolidated construction contract contracts corporate cost "
    "costs credit current customer customers debt deferred depreciation derivative "
    "development diluted discontinued discount dividends domestic earnings effect effective "
    "employee ending equipment equity exercised expected expense expenses fair finance "
    "financial finished foreign forfeited free fuel funded gain gains general goods goodwill "
    "granted gross health impairment income increase increases intangible interest "
    "international inventories inventory investment investments issued land lease leases less "
    "liabilities licenses loans long-term loss losses maintenance marketing materials minimum "
    "minority net noncurrent non-current number obligations operating operations order other "
    "outstanding payable payments pension percentage prepaid pretax price product products "
    "professional profit property provision provisions purchase purchases rate raw "
    "receivables receivable recurring reimbursement rent research restricted restructuring "
    "retained revenue revenues risk salaries sales selling service services settlements share "
    "shareholders shares short-term software state stock subscription subtotal support tax "
    "taxes technology total trade transfers treasury unamortized unbilled unrecognized "
    "unvested valuation value vested wages weighted work working and of in on for the at from "
    "to by with".split()
)
_SAYS_LITTLE = frozenset(
    "thereafter later other others total net gross current deferred amount balance basic "
    "diluted domestic foreign federal state minimum maximum average weighted subtotal change "
    "less plus adjustments unbilled granted vested forfeited exercised issued beginning "
    "ending high low first second third fourth".split()
)
_PLACES = frozenset(
    "europe asia asia-pacific pacific japan china canada mexico brazil india france germany uk us "
    "united states kingdom north south latin america americas africa middle east australia "
    "international emea apac rest of world u.s. and".split()
)
# A stock's performance beside others'.
_MARKET = re.compile(
    r"s&p|\bindex\b|nasdaq|nyse|peer group|dow jones|russell|common stock$", re.IGNORECASE
)
_FIRST_NAMES = (
    "Northfield Brightwater Halden Marlowe Castellan Everly Tamarind Ridgeway Solace Quillon "
    "Bellamy Corvane Drayton Elmstead Fennimore Garrick Hollis Ibex Juniper Kestrel Lanier "
    "Merrow Norvane Oakhurst Pemberton Rowan Sterling Thorne Upland Varden Westlake Yarrow "
    "Zenith Ashgrove Bluepeak Cedarline Dunmore Eastbrook Fairmont Glenrock 4T B&L Orbis "
    "Medara Tessera Viora"
).split()
_LAST_NAMES = (
    *("",) * 6, " Foods", " Systems", " Energy", " Group", " Holdings", " Health", " Industries",
    " Pharma", " Retail", " Financial", " Motors", " & Sons", " Networks", " Materials", " Inc.",
)  # fmt: skip
_CAPITALISED = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*")


def draw_company(random: Random) -> str:
    """Return the name of an invented company: "Halden Foods"."""
    return random.choice(_FIRST_NAMES) + random.choice(_LAST_NAMES)


def own(company: str) -> str:
    """Return a company's name as an owner: "Halden's "."""
    return f"{company}' " if company.endswith("s") else f"{company}'s "


def is_vague(item: str) -> bool:
    """Whether an item is a name or a remainder, and does not say what is counted: "China"."""
    words = re.findall(r"[A-Za-z&.-]+", item)
    if _MARKET.search(item) or all(word.lower() in _SAYS_LITTLE | _PLACES for word in words):
        return True
    return all(word[0].isupper() and word.lower() not in _COMMON for word in words)


def speak_item(label: str, random: Random | None = None) -> str:
    """Return a label as it stands within a sentence: "Total net sales" as "total net sales".

    Names keep their capitals. With `random` a label sometimes stays as it is printed.
    """
    if random is not None and random.random() < 0.2:
        return label
    words = label.split()
    known = [word.strip("(),").lower() in _COMMON for word in words]
    lowered = [
        word.lower() if _is_lowered(at, word, known) else word for at, word in enumerate(words)
    ]
    return " ".join(lowered)


def _is_lowered(at: int, word: str, known: Sequence[bool]) -> bool:
    plain = word.strip("(),")
    return bool(known[at] and _CAPITALISED.fullmatch(plain) and (at == 0 or all(known)))
