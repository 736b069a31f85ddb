"""What is asked of several figures of a table, in many wordings, and the steps that compute it.

Data only. Slots: {p} and {q} are items with their owner, {o} is the owner and {i} the item alone,
{a} and {b} an earlier and a later year, {years} a list
of years. The operands of a family are looked up in the order of `operands`, which steps refer to
as #1, #2 and on; each names an item and a year by their slots. Steps are worded alike in all
families, in words that the desk computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What must hold of the operands for a question to be one that is asked: see `computed_questions`.
Condition = Literal["rose", "fell", "positive", "part of whole", "larger", "amounts"]


@dataclass(frozen=True, slots=True)
class Family:
    """Questions of one computation; `weight` says how often it is drawn."""

    name: str
    operands: tuple[str, ...]
    steps: tuple[str, ...]
    questions: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    weight: int = 2


_CHANGE = ("What is #2 minus #1?",)
_PERCENT_CHANGE = ("What is the percentage change from #1 to #2?",)
_TWO_YEARS = ("p a", "p b")
_TWO_ITEMS = ("p a", "q a")
_FOUR = ("p a", "p b", "q a", "q b")

FAMILIES: tuple[Family, ...] = (
    Family(
        "change",
        _TWO_YEARS,
        _CHANGE,
        (
            "What was the change in {p} from {a} to {b}?",
            "What is the change in {p} in {b} from {a}?",
            "What is the change in {p} between {a} and {b}?",
            "How much did {p} change from {a} to {b}?",
            "How much did {p} change between {a} and {b}?",
            "By how much did {p} change from {a} to {b}?",
            "What was the net change in {p} from {a} to {b}?",
            "What is the difference in {p} between {b} and {a}?",
            "what was the change in {p} between {a} and {b}?",
            "Calculate the change in {p} from {a} to {b}.",
            "What was the year-over-year change in {p} from {a} to {b}?",
        ),
        weight=4,
    ),
    Family(
        "rise",
        _TWO_YEARS,
        _CHANGE,
        (
            "By how much did {p} increase from {a} to {b}?",
            "How much did {p} grow from {a} to {b}?",
            "What was the increase in {p} from {a} to {b}?",
            "what is the increase in {p} from {a} to {b}?",
            "By how much did {p} rise between {a} and {b}?",
            "How much higher was {p} in {b} than in {a}?",
        ),
        ("rose",),
    ),
    Family(
        "fall",
        _TWO_YEARS,
        _CHANGE,
        (
            "By how much did {p} decrease from {a} to {b}?",
            "How much did {p} fall from {a} to {b}?",
            "What was the decrease in {p} from {a} to {b}?",
            "what is the decline in {p} from {a} to {b}?",
            "By how much did {p} drop between {a} and {b}?",
        ),
        ("fell",),
    ),
    Family(
        "percent change",
        _TWO_YEARS,
        _PERCENT_CHANGE,
        (
            "What was the percentage change in {p} from {a} to {b}?",
            "What is the percentage change in {p} in {b} from {a}?",
            "What was the percent change in {p} between {a} and {b}?",
            "By what percentage did {p} change from {a} to {b}?",
            "what is the percentage change in {p} from {a} to {b}?",
            "what was the percent change in {p} from {a} to {b}?",
            "What was the year-over-year percentage change in {p} from {a} to {b}?",
            "How much did {p} change in percent between {a} and {b}?",
            "Calculate the percentage change in {p} from {a} to {b}.",
            "What was the growth rate of {p} from {a} to {b}?",
            "What was the growth rate in {p} between {a} and {b}?",
            "How fast did {p} grow from {a} to {b}, in percent?",
        ),
        ("positive", "amounts"),
        6,
    ),
    Family(
        "percent rise",
        _TWO_YEARS,
        _PERCENT_CHANGE,
        (
            "By what percentage did {p} increase from {a} to {b}?",
            "What was the percentage increase in {p} from {a} to {b}?",
            "By what percent did {p} grow between {a} and {b}?",
            "what was the percent increase in {p} from {a} to {b}?",
            "What percentage growth did {p} have from {a} to {b}?",
        ),
        ("rose", "positive", "amounts"),
    ),
    Family(
        "percent fall",
        _TWO_YEARS,
        _PERCENT_CHANGE,
        (
            "By what percentage did {p} decrease from {a} to {b}?",
            "What was the percentage decrease in {p} from {a} to {b}?",
            "By what percent did {p} fall between {a} and {b}?",
            "what was the percent decline in {p} from {a} to {b}?",
        ),
        ("fell", "positive", "amounts"),
    ),
    Family(
        "ratio",
        _TWO_ITEMS,
        ("What is #1 divided by #2?",),
        (
            "What was the ratio of {p} to {q} in {a}?",
            "What is the ratio of {p} to {q} for {a}?",
            "What was {p} divided by {q} in {a}?",
            "what was the ratio of {p} to {q} in {a}?",
            "In {a}, what was the ratio of {p} to {q}?",
            "How large was {p} relative to {q} in {a}?",
            "Calculate the ratio of {p} to {q} in fiscal {a}.",
        ),
        ("positive", "amounts"),
        3,
    ),
    Family(
        "share",
        _TWO_ITEMS,
        ("What is #1 divided by #2, as a percentage?",),
        (
            "What percentage of {q} was {p} in {a}?",
            "What was {p} as a percentage of {q} in {a}?",
            "What percent of {q} did {p} represent in {a}?",
            "What share of {q} did {p} make up in {a}?",
            "What proportion of {q} came from {p} in {a}?",
            "In {a}, what percentage of {q} was {p}?",
            "what percentage of {q} is {p} in {a}?",
            "What portion of {q} in {a} was {p}?",
            "As a percentage of {q}, what was {p} in {a}?",
        ),
        ("positive", "part of whole", "amounts"),
        6,
    ),
    Family(
        "difference",
        _TWO_ITEMS,
        ("What is #1 minus #2?",),
        (
            "What was the difference between {p} and {q} in {a}?",
            "How much larger was {p} than {q} in {a}?",
            "By how much did {p} exceed {q} in {a}?",
            "How much higher was {p} than {q} in {a}?",
            "What is {p} less {q} in {a}?",
            "what is the difference between {p} and {q} for {a}?",
        ),
        ("positive", "larger"),
    ),
    Family(
        "sum of items",
        _TWO_ITEMS,
        ("What is the sum of #1 and #2?",),
        (
            "What was the sum of {p} and {q} in {a}?",
            "What were {p} and {q} together in {a}?",
            "What was the combined amount of {p} and {q} in {a}?",
            "What is the total of {p} and {q} for {a}?",
            "How much were {p} and {q} in total in {a}?",
        ),
        ("positive", "amounts"),
    ),
    Family(
        "average of two",
        _TWO_YEARS,
        ("What is the average of #1 and #2?",),
        (
            "What was {o}average {i} for {a} and {b}?",
            "What is the average of {p} in {a} and {b}?",
            "what was {o}average {i} in {a} and {b}?",
            "What is the mean of {p} in {a} and {b}?",
            "Calculate the average of {p} for {a} and {b}.",
            "What was the two-year average of {p} for {a} and {b}?",
        ),
        weight=3,
    ),
    Family(
        "average of three",
        ("p a", "p b", "p c"),
        ("What is the average of #1, #2 and #3?",),
        (
            "What was {o}average {i} for {years}?",
            "What is the average of {p} in {years}?",
            "What was the three-year average of {p} for {years}?",
            "what was {o}average {i} over {years}?",
            "Calculate {o}mean {i} for {years}.",
        ),
        weight=3,
    ),
    Family(
        "sum of years",
        _TWO_YEARS,
        ("What is the sum of #1 and #2?",),
        (
            "What was {o}total {i} for {a} and {b}?",
            "What is the sum of {p} in {a} and {b}?",
            "How much was {p} in {a} and {b} combined?",
            "What was {o}combined {i} of {a} and {b}?",
            "what was the total of {p} in {a} and {b}?",
        ),
        ("amounts",),
    ),
    Family(
        "sum of three",
        ("p a", "p b", "p c"),
        ("What is the sum of #1, #2 and #3?",),
        (
            "What was {o}total {i} for {years}?",
            "What is the sum of {p} in {years}?",
            "How much was {p} in {years} combined?",
            "what was {o}cumulative {i} for {years}?",
            "What did {p} add up to over {years}?",
        ),
        ("amounts",),
        1,
    ),
    Family(
        "higher year",
        _TWO_YEARS,
        ("Which is larger, #1 or #2?",),
        (
            "In which year was {p} higher, {a} or {b}?",
            "In which year was {p} larger, {a} or {b}?",
            "In {a} or {b}, when was {p} higher?",
            "Of {a} and {b}, in which year was {p} larger?",
            "Was {p} higher in {a} or in {b}?",
        ),
    ),
    Family(
        "lower year",
        _TWO_YEARS,
        ("Which is smaller, #1 or #2?",),
        (
            "In which year was {p} lower, {a} or {b}?",
            "In which year was {p} smaller, {a} or {b}?",
            "Of {a} and {b}, in which year was {p} lower?",
            "Was {p} lower in {a} or in {b}?",
            "When was {p} smaller, in {a} or in {b}?",
        ),
        weight=1,
    ),
    Family(
        "highest year",
        ("p a", "p b", "p c"),
        ("Which is the largest, #1, #2 or #3?",),
        (
            "In which year was {p} the highest: {years}?",
            "In which of {years} was {p} the largest?",
            "Of the years {years}, when was {p} the highest?",
            "Of {years}, in which year was {p} the largest?",
            "In which year between {a} and {c} was {p} the highest?",
        ),
    ),
    Family(
        "larger item",
        _TWO_ITEMS,
        ("Which is larger, #1 or #2?",),
        (
            "Which was larger in {a}, {p} or {q}?",
            "Which was higher in {a}, {p} or {q}?",
            "In {a}, which was larger, {p} or {q}?",
            "Was {p} or {q} larger in {a}?",
            "Which of {p} and {q} was greater in {a}?",
        ),
    ),
    Family(
        "did it rise",
        _TWO_YEARS,
        ("Is #2 larger than #1?",),
        (
            "Did {p} increase from {a} to {b}?",
            "Did {p} rise from {a} to {b}?",
            "Did {p} grow between {a} and {b}?",
            "Was {p} higher in {b} than in {a}?",
            "Has {p} increased from {a} to {b}?",
            "Was {p} in {b} larger than in {a}?",
            "did {p} increase in {b} compared to {a}?",
        ),
        weight=3,
    ),
    Family(
        "did it fall",
        _TWO_YEARS,
        ("Is #2 smaller than #1?",),
        (
            "Did {p} decrease from {a} to {b}?",
            "Did {p} fall from {a} to {b}?",
            "Did {p} decline between {a} and {b}?",
            "Was {p} lower in {b} than in {a}?",
            "Has {p} dropped from {a} to {b}?",
            "Was {p} in {b} smaller than in {a}?",
        ),
    ),
    Family(
        "does it exceed",
        _TWO_ITEMS,
        ("Is #1 larger than #2?",),
        (
            "Was {p} larger than {q} in {a}?",
            "Did {p} exceed {q} in {a}?",
            "Was {p} higher than {q} in {a}?",
            "In {a}, was {p} greater than {q}?",
            "Is {p} more than {q} in {a}?",
        ),
    ),
    Family(
        "is it below",
        _TWO_ITEMS,
        ("Is #1 smaller than #2?",),
        (
            "Was {p} smaller than {q} in {a}?",
            "Was {p} lower than {q} in {a}?",
            "Was {p} less than {q} in {a}?",
            "In {a}, was {p} below {q}?",
            "Is {p} less than {q} in {a}?",
        ),
        weight=1,
    ),
    Family(
        "did it grow faster",
        _FOUR,
        (
            "Is the percentage change from #1 to #2 larger than the percentage change from "
            "#3 to #4?",
        ),
        (
            "Did {p} grow faster than {q} from {a} to {b}?",
            "Did {p} grow more than {q} in percent from {a} to {b}?",
            "From {a} to {b}, did {p} grow faster than {q}?",
            "Was the growth of {p} from {a} to {b} higher than that of {q}?",
            "Did {p} increase by a larger percentage than {q} between {a} and {b}?",
        ),
        ("positive", "amounts"),
        3,
    ),
    Family(
        "did the ratio rise",
        ("p a", "q a", "p b", "q b"),
        ("Is #3 divided by #4 larger than #1 divided by #2?",),
        (
            "Did {p} as a percentage of {q} rise from {a} to {b}?",
            "Did {p} increase as a share of {q} from {a} to {b}?",
            "Was the ratio of {p} to {q} higher in {b} than in {a}?",
            "Did the ratio of {p} to {q} increase from {a} to {b}?",
            "Was {p} relative to {q} higher in {b} than in {a}?",
        ),
        ("positive", "amounts"),
    ),
    Family(
        "change of ratio",
        ("p a", "q a", "p b", "q b"),
        ("What is #3 divided by #4 minus #1 divided by #2?",),
        (
            "What was the change in the ratio of {p} to {q} from {a} to {b}?",
            "By how much did the ratio of {p} to {q} change from {a} to {b}?",
            "How much did {p} relative to {q} change between {a} and {b}?",
            "What is the difference in the ratio of {p} to {q} between {b} and {a}?",
            "How did the ratio of {p} to {q} change from {a} to {b}?",
        ),
        ("positive", "amounts"),
        1,
    ),
    Family(
        "both years",
        _TWO_YEARS,
        (),
        (
            "What was {p} in {a} and in {b}?",
            "What were {p} in {a} and {b}?",
            "What was {p} in {a} and {b}, respectively?",
            "How much was {p} in {a}, and how much in {b}?",
            "Give {p} for {a} and {b}.",
        ),
        weight=1,
    ),
    Family(
        "both items",
        _TWO_ITEMS,
        (),
        (
            "What were {p} and {q} in {a}?",
            "How much were {p} and {q} in {a}?",
            "What was {p} in {a}, and what was {q}?",
            "Give {p} and {q} for {a}.",
            "What are {p} and {q} for {a}, respectively?",
        ),
        weight=1,
    ),
)

# Of two companies that report the same item: {x} and {z} are their names.
COMPANY_FAMILIES: tuple[Family, ...] = (
    Family(
        "company with more",
        ("x", "z"),
        ("Which is larger, #1 or #2?",),
        (
            "Which company had the higher {p} in {a}, {x} or {z}?",
            "Which company reported larger {p} in {a}, {x} or {z}?",
            "In {a}, which had more {p}, {x} or {z}?",
            "Did {x} or {z} have the larger {p} in {a}?",
            "Between {x} and {z}, which had the higher {p} in fiscal {a}?",
        ),
    ),
    Family(
        "company exceeds",
        ("x", "z"),
        ("Is #1 larger than #2?",),
        (
            "Was {x}'s {p} larger than {z}'s in {a}?",
            "Did {x} have higher {p} than {z} in {a}?",
            "Did {x} report more {p} than {z} in {a}?",
            "Was the {p} of {x} higher than that of {z} in {a}?",
        ),
    ),
    Family(
        "company difference",
        ("x", "z"),
        ("What is #1 minus #2?",),
        (
            "What was the difference between {x}'s and {z}'s {p} in {a}?",
            "By how much did {x}'s {p} exceed {z}'s in {a}?",
            "How much higher was {x}'s {p} than {z}'s in {a}?",
            "What is the difference in {p} between {x} and {z} in {a}?",
        ),
    ),
    Family(
        "company sum",
        ("x", "z"),
        ("What is the sum of #1 and #2?",),
        (
            "What was the combined {p} of {x} and {z} in {a}?",
            "What is the sum of {x}'s and {z}'s {p} in {a}?",
            "How much {p} did {x} and {z} have together in {a}?",
        ),
        weight=1,
    ),
    Family(
        "company ratio",
        ("x", "z"),
        ("What is #1 divided by #2?",),
        (
            "What was the ratio of {x}'s {p} to {z}'s in {a}?",
            "How large was {x}'s {p} relative to {z}'s in {a}?",
            "What was {x}'s {p} divided by {z}'s in {a}?",
        ),
        weight=1,
    ),
)
