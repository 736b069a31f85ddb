"""Relations of a knowledge base as questions and statements: "Brand >> author" is asked in words.

MuSiQue and 2WikiMultiHopQA name their steps by Wikidata's relations. Knows those whose question
reads well for any subject; others are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping

_SUBJECT = "{x}"
# A question, and the statement that answers it up to the answer; {x} is the subject.
_WORDED: Mapping[str, tuple[str, str]] = {
    "applies to jurisdiction": (
        "Which jurisdiction does {x} apply to?",
        "The jurisdiction of {x} is",
    ),
    "author": ("Who is the author of {x}?", "The author of {x} is"),
    "award received": ("What award did {x} receive?", "The award that {x} received is"),
    "capital": ("What is the capital of {x}?", "The capital of {x} is"),
    "capital of": ("What is {x} the capital of?", "{x} is the capital of"),
    "cause of death": ("What was the cause of death of {x}?", "The cause of death of {x} was"),
    "child": ("Who is the child of {x}?", "The child of {x} is"),
    "composer": ("Who is the composer of {x}?", "The composer of {x} is"),
    "conflict": ("Which conflict did {x} take part in?", "The conflict of {x} was"),
    "continent": ("Which continent is {x} in?", "The continent of {x} is"),
    "country": ("In which country is {x}?", "The country of {x} is"),
    "country of citizenship": (
        "What is the country of citizenship of {x}?",
        "The country of citizenship of {x} is",
    ),
    "country of origin": (
        "What is the country of origin of {x}?",
        "The country of origin of {x} is",
    ),
    "creator": ("Who is the creator of {x}?", "The creator of {x} is"),
    "crosses": ("What does {x} cross?", "{x} crosses"),
    "date of birth": ("When was {x} born?", "The date of birth of {x} is"),
    "date of death": ("When did {x} die?", "The date of death of {x} is"),
    "developer": ("Who is the developer of {x}?", "The developer of {x} is"),
    "director": ("Who is the director of {x}?", "The director of {x} is"),
    "distributor": ("Who is the distributor of {x}?", "The distributor of {x} is"),
    "educated at": ("Where was {x} educated?", "{x} was educated at"),
    "employer": ("Who is the employer of {x}?", "The employer of {x} is"),
    "father": ("Who is the father of {x}?", "The father of {x} is"),
    "followed by": ("What was {x} followed by?", "{x} was followed by"),
    "follows": ("What did {x} follow?", "{x} followed"),
    "founded by": ("Who founded {x}?", "The founder of {x} is"),
    "genre": ("What is the genre of {x}?", "The genre of {x} is"),
    "headquarters location": (
        "Where is the headquarters of {x}?",
        "The headquarters of {x} is in",
    ),
    "inception": ("When was {x} founded?", "The founding date of {x} is"),
    "licensed to broadcast to": (
        "Where is {x} licensed to broadcast to?",
        "{x} is licensed to broadcast to",
    ),
    "located in or next to body of water": (
        "Which body of water is {x} next to?",
        "The body of water next to {x} is",
    ),
    "located in the administrative territorial entity": (
        "Which administrative area is {x} in?",
        "The administrative area of {x} is",
    ),
    "located on terrain feature": (
        "Which terrain feature is {x} on?",
        "The terrain feature of {x} is",
    ),
    "location": ("Where is {x} located?", "The location of {x} is"),
    "location of formation": ("Where was {x} formed?", "{x} was formed in"),
    "lyrics by": ("Who wrote the lyrics of {x}?", "The lyrics of {x} are by"),
    "manufacturer": ("Who is the manufacturer of {x}?", "The manufacturer of {x} is"),
    "member of": ("What is {x} a member of?", "{x} is a member of"),
    "member of political party": (
        "Which political party is {x} a member of?",
        "The political party of {x} is",
    ),
    "member of sports team": (
        "Which sports team was {x} a member of?",
        "The sports team of {x} is",
    ),
    "mother": ("Who is the mother of {x}?", "The mother of {x} is"),
    "mouth of the watercourse": ("Where does {x} flow into?", "{x} flows into"),
    "named after": ("What is {x} named after?", "{x} is named after"),
    "native language": (
        "What is the native language of {x}?",
        "The native language of {x} is",
    ),
    "occupation": ("What is the occupation of {x}?", "The occupation of {x} is"),
    "original network": ("Which network aired {x}?", "The network of {x} is"),
    "owned by": ("Who is the owner of {x}?", "The owner of {x} is"),
    "part of": ("What is {x} a part of?", "{x} is a part of"),
    "performer": ("Who is the performer of {x}?", "The performer of {x} is"),
    "place of birth": ("Where was {x} born?", "The place of birth of {x} is"),
    "place of burial": ("Where was {x} buried?", "The place of burial of {x} is"),
    "place of death": ("Where did {x} die?", "The place of death of {x} is"),
    "position held": ("What position did {x} hold?", "The position of {x} was"),
    "presenter": ("Who is the presenter of {x}?", "The presenter of {x} is"),
    "producer": ("Who is the producer of {x}?", "The producer of {x} is"),
    "publication date": ("When was {x} released?", "The release date of {x} is"),
    "publisher": ("Who is the publisher of {x}?", "The publisher of {x} is"),
    "record label": ("What is the record label of {x}?", "The record label of {x} is"),
    "religion": ("What is the religion of {x}?", "The religion of {x} is"),
    "residence": ("Where did {x} live?", "The residence of {x} is"),
    "screenwriter": ("Who is the screenwriter of {x}?", "The screenwriter of {x} is"),
    "shares border with": ("What does {x} share a border with?", "{x} shares a border with"),
    "sibling": ("Who is the sibling of {x}?", "The sibling of {x} is"),
    "sport": ("What sport does {x} play?", "The sport of {x} is"),
    "spouse": ("Who is the spouse of {x}?", "The spouse of {x} is"),
}


def ask_relation(relation: str, subject: str) -> str | None:
    """Return the question for a subject's relation; None for a relation without a wording."""
    worded = _WORDED.get(relation.strip().lower())
    return worded[0].replace(_SUBJECT, subject.strip()) if worded else None


def state_relation(relation: str, subject: str, answer: str) -> str | None:
    """Return the sentence that answers `ask_relation`; None where that gives None."""
    worded = _WORDED.get(relation.strip().lower())
    return f"{worded[1].replace(_SUBJECT, subject.strip())} {answer.strip()}." if worded else None
