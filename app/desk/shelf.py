"""The models of an open desk: what is here, what can be fetched, and changing to another one.

One for all pages of a server. A model takes the former's place only when it is loaded and has
written a word; until then, and when that fails, the former answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from app.desk.fetching import FetchState, ModelFetch
from models.builtin import BUILTIN_CHAT
from models.chat import CancelToken, ChatModel, GenerationSettings, complete
from models.errors import ModelError
from models.library.catalogue import CatalogueModel, load_catalogue
from models.library.store import ChosenModel, InstalledModel, ModelStore
from models.llama.devices import Machine, look_at_machine
from models.residency import LoadState, ResidentChatModel
from models.switching import SwitchableChatModel

# By its name: what holds its memory, and what is to be asked.
Open = Callable[[str], tuple[ResidentChatModel, ChatModel]]
Fetch = Callable[[str, str], ModelFetch]


@dataclass(frozen=True, slots=True)
class ShelfView:
    """What the page shows of the models; `used` is the name of the one that answers.

    `changing_to` is a name while that one is being loaded; `problem` says what went wrong last.
    """

    known: tuple[CatalogueModel, ...]
    installed: tuple[InstalledModel, ...]
    used: str
    machine: Machine
    fetch: FetchState | None
    changing_to: str
    problem: str

    @property
    def is_busy(self) -> bool:
        """Whether something changes by itself."""
        is_fetching = self.fetch is not None and self.fetch.kind == "running"
        return is_fetching or bool(self.changing_to)


class ModelShelf:
    """The models of one server. Its methods return at once; work goes on beside them."""

    def __init__(
        self,
        store: ModelStore,
        model: SwitchableChatModel,
        resident: ResidentChatModel,
        used: str,
        open_model: Open,
        start_fetch: Fetch = ModelFetch,
    ) -> None:
        """Take the model that answers, its name, and a way to open another by its name."""
        self._store, self._model, self._resident, self._used = store, model, resident, used
        self._open, self._start_fetch = open_model, start_fetch
        self._lock = threading.Lock()
        self._fetch: ModelFetch | None = None
        self._is_fetch_told = True
        self._changing_to = ""
        self._problem = ""

    def load_state(self) -> LoadState:
        """Return how far the model is that answers."""
        return self._resident.state

    @property
    def is_fetching(self) -> bool:
        """Whether a model is being fetched just now."""
        return self._fetch is not None and self._fetch.look().kind == "running"

    def look(self) -> ShelfView:
        """Return what to show; a model that has just been fetched begins to take its place."""
        state = self._fetch.look() if self._fetch else None
        if state and state.kind == "done" and not self._is_fetch_told:
            self._is_fetch_told = True
            self.change(state.told)
        return ShelfView(
            known=load_catalogue(),
            installed=tuple(self._store.list_installed()),
            used=self._used,
            machine=look_at_machine(),
            fetch=state,
            changing_to=self._changing_to,
            problem=self._problem,
        )

    def fetch(self, name: str, quantisation: str) -> None:
        """Begin to fetch a model of the catalogue, unless one is being fetched."""
        with self._lock:
            if self.is_fetching:
                return
            self._problem, self._is_fetch_told = "", False
            self._fetch = self._start_fetch(name, quantisation)

    def stop_fetch(self) -> None:
        """Stop fetching; what came is kept."""
        if self._fetch:
            self._fetch.stop()

    def change(self, name: str) -> threading.Thread | None:
        """Begin to load another model, which then answers and is kept as the one in use."""
        with self._lock:
            if self._changing_to or name == self._used:
                return None
            self._changing_to, self._problem = name, ""
        worker = threading.Thread(target=self._change, args=(name,), daemon=True)
        worker.start()
        return worker

    def close(self) -> None:
        """Stop what goes on, and give the model's memory back."""
        if self._fetch:
            self._fetch.close()
        self._resident.close()

    def _change(self, name: str) -> None:
        # Two models may not fit side by side; the former comes again when it is asked.
        self._resident.rest()
        try:
            resident, model = self._open(name)
            settings = GenerationSettings(max_tokens=1)
            complete(resident, "Say hello.", settings, CancelToken())
            self._store.choose(ChosenModel(None if name == BUILTIN_CHAT else name))
        except ModelError as error:
            self._problem = f"{name} does not answer, and {self._used} stays: {error}"
        else:
            self._model.switch(model)
            former, self._resident, self._used = self._resident, resident, name
            former.close()
        finally:
            self._changing_to = ""
