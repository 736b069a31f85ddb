"""What one browser page remembers between its events: values, and no work."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.desk.found import Found
from app.desk.view import RunView
from ingestion.storage.answers import SavedAnswer
from ingestion.storage.judgements import Judgement
from models.chat import CancelToken
from research.questions import ResearchResult


@dataclass
class DeskState:
    """What a page remembers between events."""

    view: RunView = field(default_factory=RunView)
    selected: str | None = None
    index: int = 0
    # Whether the user has chosen a node: then the page does not move on by itself.
    chosen: bool = False
    cancel: CancelToken | None = None
    # The last search, and which of its hits is shown; None where the tree is.
    found: Found | None = None
    hit: int | None = None
    # The kept run that is shown, and the version that it was made of, where it is shown beside.
    run_id: str | None = None
    before: ResearchResult | None = None
    # The run that was removed last: it can come back.
    removed: SavedAnswer | None = None
    removed_judgements: tuple[Judgement, ...] = ()
    # The page that the user has turned to; None where it is that of the evidence.
    leaf: int | None = None
    # What the user wanted of the run, or of past questions, and could not be done.
    problem: str = ""
    history_problem: str = ""
    # The ids of the documents that questions leave out.
    unasked: frozenset[str] = frozenset()
    # Of the files that are being added.
    cancel_adding: CancelToken | None = None
