"""QDMR steps ("return the director of #1") as questions ("Who is the director of #1?").

Knows the representation's wording and what of it reads well in English. A step that does not gives
no question, and then its whole plan gives none. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from research.plan import REFERENCE
from training.sources.passages import holds
from training.sources.reading import squeeze

_RETURN = re.compile(r"^return\s+", re.IGNORECASE)
_SPACE_BEFORE = re.compile(r"\s+(?='s?(?:\s|$)|n't\b|,)")
# The question's first word keeps its capital within a step.
_CAPITAL = re.compile(
    r"(?<=#\d )(?:In|On|At|As|For|During|Which|Who|What)\b|\b(?:In|On|For)(?= which\b)"
)
_AUXILIARY = "is|are|was|were|has|have|had|did|does|do|can|could|will|would"
_ASKING = re.compile(
    rf"^(?:(?:in|on|at|from|for|to|by|since) )?"
    rf"(?:(?:what|which|whose|where|when|why|how)(?: \w+){{0,4}}? (?:{_AUXILIARY})\b"
    rf"|who (?:{_AUXILIARY}|\w+ed|wrote|won|sang|led|built|made|ran|sold|lost)\b)",
    re.IGNORECASE,
)
_WHEN_DIED = re.compile(r"^when (?P<subject>[^#]+) died$")
_WHEN_WAS = re.compile(
    r"^when (?P<subject>(?!is|are|was|were).+?) (?P<verb>was|were) (?P<rest>.+)$"
)
_WHETHER = re.compile(r"^if (?P<subject>.+?) (?P<verb>is|are|was|were) (?P<rest>.+)$")
_FILTER = re.compile(
    rf"^(?P<set>#\d+) (?:that|which|who) (?P<rest>(?:{_AUXILIARY})\b.*|[a-z]+(?:ed|s)\b.*)$"
)
_UNION = re.compile(r"^#\d+(?:\s*,\s*#\d+)+$")
_COUNT = re.compile(r"^(?:the )?number of #(\d+)$")
# Of a whole list, not of answers: the desk has no list to take it of.
_OF_LIST = re.compile(r"^(?:the )?(?:sum|number|average|total|highest|lowest|largest) of #\d+$")

# Nouns

_LINK = re.compile(
    r"\b(?:of|that|who|which|where|when|whose|with|in|by|for|from|on|at|to|named)\b|'s\b"
)
# What is no noun, a choice from a list, or lost a half of its quotation marks.
_NO_NOUN = re.compile(
    r"^#|^(?:the )?(?:who|what|which|when|where|how)\b|\bbesides\b|^(?:the )?difference\b"
    r"|^(?:the )?(?:one|two|three|four|five) of #|(?:^|\s)'\w|\bwhat\b|\bwhere #"
)
_DETERMINED = re.compile(r"^(?:the|a|an|all)\b|^\S+'s\b|^\S+s'")
# A name needs no article, but where a clause tells which one is meant.
_NAMED = re.compile(r"^[A-Z#]")
_CLAUSES = frozenset("that who which where when whose".split())
_MEASURES = re.compile(r"^(?:the )?(?:average|median|total|percentage|population|number)\b")
_PERSONS = frozenset(
    "actor actress artist athlete author architect brother character child coach composer creator "
    "daughter designer developer director driver editor emperor father founder frontman governor "
    "guitarist husband king leader mayor member minister mother musician novelist owner painter "
    "performer person philosopher photographer player poet politician pope president producer "
    "queen quarterback rapper ruler scientist screenwriter senator singer sister son songwriter "
    "speaker spouse star uncle vocalist wife winner woman man writer".split()
)
_PLURALS = frozenset("people men women children wives species".split())

# Arithmetic and comparisons

_ARITHMETIC = (
    (re.compile(r"^(?:the )?difference of (#?\d+) and (#?\d+)$"), r"What is \1 minus \2?"),
    (re.compile(r"^(?:the )?sum of (#\d+) and (#\d+)$"), r"What is the sum of \1 and \2?"),
    (
        re.compile(r"^(?:the )?sum of (#\d+)(?: and|,) (#\d+)(?:,? and|,) (#\d+)$"),
        r"What is the sum of \1, \2 and \3?",
    ),
    (re.compile(r"^(?:the )?division of (#?\d+) and (#?\d+)$"), r"What is \1 divided by \2?"),
    (re.compile(r"^(?:the )?multiplication of (#?\d+) and (#?\d+)$"), r"What is \1 times \2?"),
)
_COMPARED = re.compile(r"^if (#\d+) is (?:the )?(\w+) (?:as|than|to) (#\d+)$")
_PICK = re.compile(
    r"^(?:which|what|who) (?:is|was|are|were|has) (?:the )?(?P<how>\w+) (?:of|in|between|from) "
    r"#(?P<one>\d+)(?:,| and|, and) #(?P<two>\d+)$",
    re.IGNORECASE,
)
_MORE = frozenset("highest higher largest larger more most greatest greater bigger biggest".split())
_LESS = frozenset("lowest lower smallest smaller less least fewer fewest".split())
_TIME = re.compile(r"^When\b|^(?:What is the|In what|What) (?:year|date|day|month)\b")
# How a choice is worded: over dates, and over figures.
_WORDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_MORE, ("later", "larger")),
    **dict.fromkeys(_LESS, ("earlier", "smaller")),
    **dict.fromkeys("older oldest".split(), ("earlier", "larger")),
    **dict.fromkeys("younger youngest".split(), ("later", "smaller")),
    **dict.fromkeys("longer longest".split(), ("later", "larger")),
    **dict.fromkeys("shorter shortest".split(), ("earlier", "smaller")),
    **dict.fromkeys("first earlier earliest".split(), ("earlier", "smaller")),
    **dict.fromkeys("last later latest second".split(), ("later", "larger")),
    "true": ("true", "true"),
}
_LONGEST_OPTION = 60
_EMPTY = frozenset(("", "the", "a", "an", "of", "in"))


def ask_steps(steps: Sequence[str], question: str) -> tuple[str, ...]:
    """Return the steps as questions; () where one of them has no good wording.

    `question` is the whole question: the options that it chooses between are named in the step that
    chooses.
    """
    plain = [tidy_qdmr(step) for step in steps]
    if plain and _UNION.match(plain[-1]):
        plain.pop()  # It only lists what the steps before it have found.
    asked: list[str] = []
    for step in fold_counts(fold_names(plain)):
        worded = _ask(step, asked, question)
        if worded is None:
            return ()
        asked.append(worded)
    return tuple(asked)


def tidy_qdmr(step: str) -> str:
    """Return a step without "return", and with its tokens put together."""
    text = _SPACE_BEFORE.sub("", squeeze(_RETURN.sub("", step.strip())))
    return _CAPITAL.sub(lambda found: found[0].lower(), text)


def fold_names(steps: Sequence[str]) -> list[str]:
    """Put a bare name ("canada") in the place of the references to it."""
    folded = list(steps)
    at = 0
    while at < len(folded) - 1:
        if _is_bare(folded[at]):
            name, label = folded[at], at + 1
            rest = [_refer(step, label, name) for step in folded[at + 1 :]]
            folded = [*folded[:at], *rest]
        else:
            at += 1
    return folded


def fold_counts(steps: Sequence[str]) -> list[str]:
    """Put "number of #1" in the place of the step that it counts, where no other step uses that."""
    folded = list(steps)
    at = 0
    while at < len(folded):
        counted = _COUNT.match(folded[at])
        target = int(counted[1]) if counted else 0
        users = [step for step in folded if str(target) in REFERENCE.findall(step)]
        if not target or target > at or len(users) > 1 or REFERENCE.search(folded[target - 1]):
            at += 1
            continue
        folded[target - 1] = f"number of {folded[target - 1].removeprefix('the ')}"
        rest = [_refer(step, at + 1, f"#{target}") for step in folded[at + 1 :]]
        folded = [*folded[:at], *rest]
    return folded


def _refer(step: str, gone: int, instead: str) -> str:
    """Return a step after step number `gone` is taken out: references to it give `instead`."""

    def move(found: re.Match[str]) -> str:
        number = int(found[1])
        return instead if number == gone else f"#{number - 1}" if number > gone else found[0]

    return REFERENCE.sub(move, step)


def _is_bare(step: str) -> bool:
    return not (
        REFERENCE.search(step)
        or _LINK.search(step)
        or _ASKING.match(step)
        or _MEASURES.match(step)
        or step.startswith(("if ", "when "))
    )


def _ask(step: str, asked: Sequence[str], question: str) -> str | None:
    picked = _PICK.match(step)
    if picked is not None:
        return _ask_pick(picked, asked, question)
    for pattern, wording in _ARITHMETIC:
        if pattern.match(step):
            return pattern.sub(wording, step)
    if step.startswith("if "):
        return _ask_whether(step, asked)
    if _OF_LIST.match(step):
        return None
    return _ask_clause(step) or _ask_noun(step)


def _ask_pick(picked: re.Match[str], asked: Sequence[str], question: str) -> str | None:
    one, two = int(picked["one"]), int(picked["two"])
    words = _WORDS.get(picked["how"].lower())
    if words is None or max(one, two) > len(asked):
        return None
    word = words[0] if _TIME.match(asked[one - 1]) else words[1]
    options = _find_options(asked[one - 1], asked[two - 1], question)
    if options is None:
        return f"Which is {word}, #{one} or #{two}?"
    return f"Which is {word}, #{one} ({options[0]}) or #{two} ({options[1]})?"


def _find_options(first: str, second: str, question: str) -> tuple[str, str] | None:
    """Return what two steps differ in, where the question names both."""
    one, two = first.rstrip("?").split(), second.rstrip("?").split()
    start = _count_same(one, two)
    end = _count_same(one[start:][::-1], two[start:][::-1])
    options = [" ".join(words[start : len(words) - end]) for words in (one, two)]
    first, second = (option.removeprefix("the ").rstrip(",") for option in options)
    is_named = all(
        option not in _EMPTY and len(option) <= _LONGEST_OPTION and holds(question, option)
        for option in (first, second)
    )
    return (first, second) if is_named else None


def _count_same(one: Sequence[str], two: Sequence[str]) -> int:
    """Count the words that two texts begin with alike."""
    pairs = zip(one, two, strict=False)
    return next(
        (at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(two))
    )


def _ask_whether(step: str, asked: Sequence[str]) -> str | None:
    compared = _COMPARED.match(step)
    if compared is not None:
        one, how, two = compared[1], compared[2].lower(), compared[3]
        if how in ("same", "equal"):
            return f"Is {one} the same as {two}?"
        words = _WORDS.get({"before": "first", "after": "last"}.get(how, how))
        if words is None or int(one[1:]) > len(asked):
            return None
        word = words[0] if _TIME.match(asked[int(one[1:]) - 1]) else words[1]
        return f"Is {one} {word} than {two}?"
    found = _WHETHER.match(step)
    if found is None:
        return None
    return f"{found['verb'].capitalize()} {found['subject']} {found['rest']}?"


def _ask_clause(step: str) -> str | None:
    """Word a step that is a clause already, or a choice among earlier answers."""
    died, was = _WHEN_DIED.match(step), _WHEN_WAS.match(step)
    if died is not None:
        return f"When did {died['subject']} die?"
    if was is not None:
        return f"When {was['verb']} {was['subject']} {was['rest']}?"
    if _ASKING.match(step):
        text = re.sub(r"^how young (is|was)\b", r"how old \1", step, flags=re.IGNORECASE)
        return f"{text[0].upper()}{text[1:]}?"
    chosen = _FILTER.match(step)
    return f"Which of {chosen['set']} {chosen['rest']}?" if chosen else None


def _ask_noun(step: str) -> str | None:
    """Ask what a noun with a description is: "Who is the ...?", "What are the ...?"."""
    link = _LINK.search(step)
    if _NO_NOUN.search(step) or (link is None and not _MEASURES.match(step)):
        return None
    before = step[: link.start()] if link else step
    if re.search(rf"\b(?:{_AUXILIARY})\b", before):
        return None  # A clause: "the army was sent to ...".
    noun = (before.split() or [""])[-1].lower().strip(",'\"")
    is_person = noun in _PERSONS or (link is not None and link[0] in ("who", "whose"))
    is_plural = noun in _PLURALS or (noun.endswith("s") and not noun.endswith(("ss", "us", "is")))
    asking = f"{'Who' if is_person else 'What'} {'are' if is_plural else 'is'}"
    is_described = link is not None and link[0] in _CLAUSES
    has_article = _DETERMINED.match(step) or (not is_described and _NAMED.match(step))
    return f"{asking} {'' if has_article else 'the '}{step}?"
