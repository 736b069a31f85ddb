"""What one browser page is doing, and the work behind each of its events.

Translates between events and rooms; every event's errors end here, as text for the user. Knows
no gradio component: the page wires these methods to its parts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext

from app.composition import save_result
from app.desk.adding import FileAdder, IngestState
from app.desk.found import Found
from app.desk.past_runs import PastRuns
from app.desk.shelf import ModelShelf
from app.desk.state import DeskState
from app.desk.suggesting import suggest_questions
from app.desk.vector_maker import VectorMaker
from app.desk.view import RunView, advance, fail, show_result, stop
from app.kept_runs import Edit, follow_rerun, list_document_ids, prepare_rerun
from app.wording import UNEXPECTED
from ingestion.documents import Document, Page
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.chat import CancelToken, ChatModel
from models.errors import GenerationCancelled, ModelError
from research.errors import ResearchError
from research.evidence import build_passage_evidence
from research.questions import Evidence, Question
from research.retrieval.excerpts import cut_passage, weigh_best_row
from research.retrieval.reranking import Reranker
from research.retrieval.search import rank_passages
from research.run import run_research
from research.steps import AnswerGrowing, RunFinished, Step
from research.understanding.understand import understand_question

_LOG = logging.getLogger(__name__)
# At most so often is the page told of growing text, in seconds: it must not flicker.
_TELL_EVERY = 0.15
# Hits of a search that the page lists.
_HITS_SHOWN = 20


class Desk:
    """The events of the page over one workspace and one model."""

    def __init__(
        self,
        workspace: Workspace,
        model: ChatModel,
        vectors: VectorMaker | None = None,
        reranker: Reranker | None = None,
        shelf: ModelShelf | None = None,
    ) -> None:
        """Serve a workspace and a model; `vectors`, if there is one, is woken for what is added.

        `shelf` changes the model, where that can be done.
        """
        self.workspace = workspace
        self.model = model
        self.vectors = vectors
        self.reranker = reranker
        self.shelf = shelf
        self.past = PastRuns(workspace)
        self._adder = FileAdder(workspace, vectors)

    def documents(self) -> tuple[Document, ...]:
        """Return the library."""
        return self.workspace.documents()

    def suggest(self) -> tuple[str, ...]:
        """Return questions that the library can answer."""
        return suggest_questions(
            self.workspace.documents(),
            lambda ids, concepts: self.workspace.find_facts(ids, concepts=concepts),
        )

    def evidence_page(self, state: DeskState) -> Page | None:
        """Return the page that is looked at; None without evidence, or once it was removed.

        It is that of the evidence, unless the user has turned to another one of the document.
        """
        evidence = self.shown_evidence(state)
        if evidence is None:
            return None
        try:
            return self.workspace.page(evidence.document_id, state.leaf or evidence.page)
        except IngestionError:
            return None

    def count_pages(self, state: DeskState) -> int:
        """Return how many pages the document of the shown evidence has; 0 where there is none."""
        evidence = self.shown_evidence(state)
        if evidence is None:
            return 0
        documents = {document.document_id: document for document in self.workspace.documents()}
        document = documents.get(evidence.document_id)
        return document.pages if document is not None else 0

    def shown_evidence(self, state: DeskState) -> Evidence | None:
        """Return the evidence that is shown: a hit of the search, or a piece of the chosen step."""
        if (hit := self.shown_hit(state)) is not None:
            return hit
        node = state.view.node(state.selected)
        return node.evidence[state.index] if node is not None and node.evidence else None

    def shown_hit(self, state: DeskState) -> Evidence | None:
        """Return the hit of a search that is shown, or None."""
        if state.found is None or state.hit is None:
            return None
        return state.found.evidence[state.hit]

    def search(self, state: DeskState, text: str) -> DeskState:
        """Search without the model; the first hit is shown on its page."""
        state.hit = None
        try:
            state.found = self._search(text)
        except (IngestionError, ModelError, ResearchError) as error:
            state.found = Found(error=str(error))
        except Exception as error:  # noqa: BLE001 - the event boundary: nothing may end in silence
            _LOG.exception("a search failed")
            state.found = Found(error=UNEXPECTED.format(type(error).__name__))
        state.hit, state.leaf = (0 if state.found.hits else None), None
        return state

    def _search(self, text: str) -> Found:
        documents = self.workspace.documents()
        if not documents:
            return Found(error="There are no documents to search. Add a filing first.")
        if not text.strip():
            return Found(error="Say what is to be found, in words.")
        query = understand_question(text, documents)
        hits = rank_passages(self.workspace, query, documents, _HITS_SHOWN, reranker=self.reranker)
        by_id = {document.document_id: document for document in documents}
        evidence = [build_passage_evidence(self.workspace, by_id, hit) for hit in hits]
        best = max((weigh_best_row(hit.passage, query) for hit in hits), default=0.0)
        cuts = [cut_passage(hit.passage, query, best) for hit in hits]
        # Where none of a window's rows fits, the page says so with the whole of it.
        excerpts = [
            cut.text if cut.body else hit.passage.text for cut, hit in zip(cuts, hits, strict=True)
        ]
        waiting = len(self.workspace.waiting_for_vectors())
        return Found(query, hits, tuple(evidence), tuple(excerpts), waiting)

    def show_hit(self, state: DeskState, rank: str) -> DeskState:
        """Show another hit of the search."""
        if state.found is not None and rank.isdigit() and int(rank) < len(state.found.hits):
            state.hit, state.leaf = int(rank), None
        return state

    def ask(self, state: DeskState, text: str) -> Iterator[DeskState]:
        """Run a question; yields the state whenever the page should show it."""

        def start(cancel: CancelToken) -> Iterator[Step]:
            return run_research(
                Question(text, self._choose_documents(state), mode="auto"),
                self.workspace,
                self.model,
                reranker=self.reranker,
                cancel=cancel,
            )

        state.run_id = state.before = None
        yield from self._run(state, text, start)

    def _choose_documents(self, state: DeskState) -> tuple[str, ...] | None:
        """Return the ids of the documents that may be asked; None for all."""
        ids = tuple(document.document_id for document in self.workspace.documents())
        asked = tuple(key for key in ids if key not in state.unasked)
        return asked if len(asked) < len(ids) else None

    def choose(self, state: DeskState, document_id: str, *, is_asked: bool) -> None:
        """Let questions of this page use a document, or leave it out."""
        if is_asked:
            state.unasked -= {document_id}
        else:
            state.unasked |= {document_id}

    def choose_all(self, state: DeskState) -> None:
        """Let questions of this page use all documents again."""
        state.unasked = frozenset()

    def rerun(self, state: DeskState, edit: Edit) -> Iterator[DeskState]:
        """Change the plan of the run that is shown, and answer what depends on the change.

        Both versions are kept; the earlier one is then shown beside. Where the change cannot be
        made, the run stays as it is and says why.
        """
        before = state.view.result
        if before is None:
            return
        try:
            present = list_document_ids(self.workspace)
            rerun = prepare_rerun(before, [edit], self.model.file, present)
        except ResearchError as error:
            state.problem = str(error)
            yield state
            return

        def start(cancel: CancelToken) -> Iterator[Step]:
            return follow_rerun(
                rerun,
                before,
                self.workspace,
                self.model,
                reranker=self.reranker,
                cancel=cancel,
            )

        state.before = before
        yield from self._run(state, before.question.text, start)

    def _run(
        self, state: DeskState, text: str, start: Callable[[CancelToken], Iterator[Step]]
    ) -> Iterator[DeskState]:
        """Follow a run; all that goes wrong ends here, as text."""
        cancel = CancelToken()
        state.cancel, state.chosen, state.selected, state.index = cancel, False, None, 0
        state.hit, state.leaf, state.problem = None, None, ""
        state.view = RunView(question=text, phase="planning")
        yield state
        try:
            with self.vectors.resting() if self.vectors else nullcontext():
                yield from self._follow_run(state, cancel, start(cancel))
            return
        except GenerationCancelled:
            ended = stop(state.view)
        except (IngestionError, ModelError, ResearchError) as error:
            ended = fail(state.view, str(error))
        except Exception as error:  # noqa: BLE001 - the event boundary: nothing may end in silence
            _LOG.exception("a question failed")
            ended = fail(state.view, UNEXPECTED.format(type(error).__name__))
        if state.cancel is cancel:  # else the page shows something else by now
            state.view = ended
            yield state

    def _follow_run(
        self, state: DeskState, cancel: CancelToken, steps: Iterator[Step]
    ) -> Iterator[DeskState]:
        told = 0.0
        for step in steps:
            if state.cancel is not cancel:  # the page shows something else by now
                return
            state.view = advance(state.view, step)
            self._follow(state)
            if isinstance(step, AnswerGrowing) and time.monotonic() - told < _TELL_EVERY:
                continue
            told = time.monotonic()
            if isinstance(step, RunFinished):
                parent = state.run_id if state.before is not None else None
                state.run_id = save_result(self.workspace, step.result, parent)
            yield state

    def reopen(self, state: DeskState, run_id: str) -> DeskState:
        """Show a past question with its evidence; a running one is stopped."""
        past = self.past.load(state, run_id)
        if past is None:
            return state
        self.stop(state)
        state.cancel = None
        state.view, state.before = show_result(past.result), past.before
        state.run_id = past.saved.answer_id
        state.chosen, state.selected, state.index = False, None, 0
        state.hit = state.leaf = None
        state.problem = ""
        self._follow(state)
        return state

    def stop(self, state: DeskState) -> None:
        """Ask the running question to stop; it ends at its next step."""
        if state.cancel is not None:
            state.cancel.cancel()

    def select(self, state: DeskState, label: str) -> DeskState:
        """Show a node's evidence."""
        if state.view.node(label) is not None:
            state.selected, state.index, state.chosen = label, 0, True
            state.hit = state.leaf = None
        return state

    def turn(self, state: DeskState, by: int) -> DeskState:
        """Show the next or previous piece of evidence of the node."""
        return self.show_piece(state, state.index + by)

    def show_piece(self, state: DeskState, index: int) -> DeskState:
        """Show a piece of the node's evidence, or the nearest that there is."""
        node = state.view.node(state.selected)
        if node is not None and node.evidence:
            state.index = min(max(index, 0), len(node.evidence) - 1)
            state.chosen, state.leaf = True, None
        return state

    def turn_page(self, state: DeskState, by: int) -> DeskState:
        """Look at another page of the document that is shown; 0 goes back to the evidence's."""
        evidence = self.shown_evidence(state)
        if evidence is None:
            return state
        now = state.leaf or evidence.page
        leaf = min(max(now + by, 1), max(self.count_pages(state), 1)) if by else evidence.page
        state.leaf = None if leaf == evidence.page else leaf
        state.chosen = True
        return state

    def remove(self, document_id: str) -> str | None:
        """Remove a document; returns what went wrong, or None."""
        try:
            self.workspace.remove_document(document_id)
        except IngestionError as error:
            return str(error)
        return None

    def add(self, paths: Sequence[str], state: DeskState | None = None) -> Iterator[IngestState]:
        """Add files one after another; yields how far it has come. See `FileAdder.add`."""
        cancel = CancelToken()
        if state is not None:
            state.cancel_adding = cancel
        yield from self._adder.add(paths, cancel)

    def is_busy(self) -> bool:
        """Whether files are being added, or documents wait for vectors that can be made."""
        can_be_made = self.vectors is not None and self.vectors.problem is None
        waits = can_be_made and bool(self.workspace.waiting_for_vectors())
        return self._adder.is_adding or waits

    def stop_adding(self, state: DeskState) -> None:
        """Ask the files that are being added to stop; what is wholly stored stays."""
        if state.cancel_adding is not None:
            state.cancel_adding.cancel()

    def _follow(self, state: DeskState) -> None:
        """Show the node that was answered last, proof first, unless the user has chosen one."""
        if state.chosen:
            return
        answered = [node for node in state.view.nodes if node.sub_answer is not None]
        grounded = [node for node in answered if node.state == "grounded"]
        if answered:
            state.selected, state.index = (grounded or answered)[-1].step.label, 0
            state.leaf = None
