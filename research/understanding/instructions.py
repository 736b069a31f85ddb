"""Which part of a question asks, and which only tells how to answer.

"Answer in USD millions." and "If this is not a useful metric, state that." hold words that stand
all over a filing and lead a search astray. Pure functions; knows English imperatives and no
finance.
"""

from __future__ import annotations

import re

# A sentence ends before a capital; what follows a colon may be the question itself.
_BREAK = re.compile(r"(?<=[.?!])\s+(?=[\"'\u201c(]?[A-Z0-9])|:\s+(?=[a-z])")
# "Give the revenue" asks and "give the answer in millions" tells how.
_TELLS_HOW = re.compile(
    r"""(?:please\s+|kindly\s+|then\s+)?
    (?:
        (?:answer|respond|reply|express|assume)\b(?!.*\?)
      | round\s+(?:to|up|down|off|your|it|all|any|the\s+(?:answer|result|figure|number|value)s?)
            \b(?!.*\?)
      | (?:provide|report|return|state|explain|give|show|express|output|write|present)\s+(?:me\s+)?
            (?:
                (?:why|how|whether)(?:\s+not)?(?:$|[.,;])
              | (?:in|to|as|that|so|it|only|just|your|yes|no)\b
                    \s*(?:\w+\s*){0,3}(?:$|[.,;]|\b(?:answer|work|usd|dollars?|millions?|billions?
                    |thousands?|percent(?:age)?|decimals?|places?|reasoning|number|figure)\b)
              | (?:(?:an?|the|all|any|one)\s+)?(?:[\w-]+\s+){0,2}?
                (?:answer|response|result|reasoning|output|number|figure|value|calculations?|steps
                    |units?|percentage|amount)s?
                    (?:$|[.,;]|\s+(?:in|as|to|with|rounded|only|based|and|using|without|by)\b)
            )(?!.*\?)
      | (?:answer|respond\s+to)\s+the\s+(?:following\s+)?question
      | (?:base|basing)\s+your\b(?![^,]*,)
      | (?:compute|calculate|derive|extract)\s+(?:or\s+\w+\s+)?
            (?:the\s+answer|what\s+(?:was|is)\s+asked|this|it)\b
      | (?:approach|treat)\s+the\s+question
      | (?:use|rely\s+on|utili[sz]e)\s+(?:only\s+)?(?:the\s+)?(?:information|details|figures|data)\b
      | if\b[^?]*\b(?:state|say|explain|mention|specify)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# What opens a question and says where to look: "Based on the balance sheet, what is ...".
_SAYS_WHERE = re.compile(
    r"""(?:based|basing|relying|using|utili[sz]ing|considering|taking|in\s+agreement|according
        |referring|drawing|looking|with\s+reference|from|in|on)\b
    [^,?]{0,300}\b(?:statements?|balance\s+sheets?|p\s?(?:&|and)\s?l|information|data|details
        |sheet|filings?|10-?[kq])\b
    [^,?]{0,300},\s*(?=(?:what|how|which|who|when|where|why|is|are|was|were|did|does|do|has|have
        |can)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
_OPENS = re.compile(
    r"(?:answer|respond\s+to)\s+the\s+(?:following\s+)?question\b[^:?]*|"
    r"[^:?]*\banswer\s+the\s+(?:following\s+)?question\b[^:?]*$",
    re.IGNORECASE,
)


def split_instructions(text: str) -> tuple[str, str]:
    """Return the part of `text` that asks, and the part that only tells how to answer.

    Where everything seems to tell how, everything asks.
    """
    asks: list[str] = []
    tells: list[str] = []
    for sentence in map(str.strip, filter(str.strip, _BREAK.split(text))):
        if _TELLS_HOW.match(sentence) or _OPENS.match(sentence):
            tells.append(sentence)
            continue
        where = _SAYS_WHERE.match(sentence)
        if where:
            tells.append(where[0])
        asks.append(sentence[where.end() :] if where else sentence)
    if not asks:
        return text.strip(), ""
    return " ".join(asks), " ".join(tells)
