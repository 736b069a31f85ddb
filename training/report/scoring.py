"""From raw texts to shares: each role's judge, and the counts of what it says.

Pure but for programs, which run in the sandbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from training.examples import Example, Role
from training.report.answers import score_answer
from training.report.claims import score_sub_claim, score_verdict, score_verdict_format
from training.report.finals import score_final, score_final_format
from training.report.measures import Way, list_measures
from training.report.plans import score_plan, score_plan_format
from training.report.programs import score_program
from training.report.results import Rate, Row

Judge = Callable[[Example, str], Mapping[str, bool]]

_JUDGES: Mapping[tuple[Role, Way], Judge] = {
    ("question_plan", "desk"): score_plan,
    ("question_plan", "free"): score_plan_format,
    ("claim_plan", "desk"): score_plan,
    ("claim_plan", "free"): score_plan_format,
    ("document_plan", "desk"): score_plan,
    ("document_plan", "free"): score_plan_format,
    ("sub_answer", "desk"): score_answer,
    ("sub_claim", "desk"): score_sub_claim,
    ("final_answer", "desk"): score_final,
    ("final_answer", "free"): score_final_format,
    ("claim_verdict", "desk"): score_verdict,
    ("claim_verdict", "free"): score_verdict_format,
    ("program", "desk"): score_program,
}


def score_text(example: Example, way: Way, text: str) -> Mapping[str, bool]:
    """Judge one text by the measures of its role; those that do not apply are left out."""
    return _JUDGES[example.role, way](example, text)


def count_rows(variant: str, judged: Iterable[tuple[Example, Mapping[str, bool]]]) -> list[Row]:
    """Count what was judged of a variant's texts: over all, and for each source."""
    hits: Counter[tuple[Role, str, str | None]] = Counter()
    seen: Counter[tuple[Role, str, str | None]] = Counter()
    for example, scores in judged:
        for name, passed in scores.items():
            for source in (None, example.source):
                seen[example.role, name, source] += 1
                hits[example.role, name, source] += passed
    return [
        Row(variant, role, name, source, Rate(hits[role, name, source], of))
        for (role, name, source), of in sorted(seen.items(), key=lambda item: _order(*item[0]))
    ]


def _order(role: Role, name: str, source: str | None) -> tuple[int, int, str]:
    roles = [key[0] for key in _JUDGES]
    names = [measure.name for measure in list_measures(role)]
    return roles.index(role), names.index(name), source or ""
