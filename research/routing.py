"""Which way a question is answered, told from its words alone; no model is asked.

A statement to be judged goes the way of claims; a figure that is computed from several goes the
way of programs, whose plan is made with the evidence in view; everything else is a question.
"""

from __future__ import annotations

import re

from research.questions import Mode
from research.understanding.instructions import split_instructions

_TRUE_OR_FALSE = re.compile(
    r"^\W*(?:true\s+or\s+false|(?:is\s+it\s+)?(?:true|correct)\s+(?:or\s+(?:false|not)|that)"
    r"|(?:verify|check|fact[\s-]?check|claim)\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:true\s+or\s+false|claim|statement|verify|fact[\s-]?check)\s*:\s*", re.IGNORECASE
)
_ASKS = re.compile(
    r"^\W*(?:(?:in|at|for|on|by|of|to|from|as|among|between|based|according|using|during|with)\b.*?,"
    r"\s*)?(?:what|which|who|whom|whose|when|where|why|how|did|do|does|is|are|was|were|has|have|had"
    r"|can|could|will|would|should|by\s+(?:how|what)|in\s+(?:what|which)|to\s+what|of\s+what"
    r"|give|tell|list|show|name|find|compute|calculate|compare|explain|describe|summari[sz]e|please"
    r"|provide|state|identify|determine|report|return|answer)\b",
    re.IGNORECASE | re.DOTALL,
)
_COMPUTED = re.compile(
    r"\b(?:percent(?:age)?\s+(?:change|increase|decrease|growth|decline|points?)|growth\s+rate|cagr"
    r"|(?:by\s+)?(?:what|how\s+many)\s+percent(?:age)?|how\s+much\s+(?:more|less|higher|lower|faster)"
    r"|(?:the\s+)?(?:ratio|average|mean|sum|difference|change|increase|decrease)\s+(?:of|in|between)"
    r"|divided\s+by|minus|per\s+cent\s+of|as\s+a\s+(?:percentage|share|percent|%)\s+of"
    r"|by\s+how\s+(?:much|many)|(?:grow|grew|rise|rose|fall|fell|increase|decrease)d?\s+(?:faster|more)"
    r"|turnover|(?:year\s+)?average)\b",
    re.IGNORECASE,
)


def choose_mode(text: str) -> tuple[Mode, str]:
    """Return the mode for a question's text, and why, in words for the user."""
    if _TRUE_OR_FALSE.match(text):
        return "claim", "It asks whether a statement is true."
    # "... what is X? Answer in USD millions." is a question all the same.
    text, _ = split_instructions(text)
    if not text.rstrip().rstrip("\"'\u201d)").endswith("?") and not _ASKS.match(text):
        return "claim", "It is a statement, to be judged true or false."
    if _COMPUTED.search(text):
        return "program", "It asks for a figure that is computed from others."
    return "question", "It asks for something that can be looked up."


def strip_claim(text: str) -> str:
    """Return the statement of a claim without "True or false:" before it."""
    return _LABEL.sub("", text).strip()
