"""Reading pictures of pages by optical character recognition, where it is installed.

The one place that names the engine: RapidOCR on ONNX Runtime, an optional extra
(`pip install acedesk[ocr]`) whose package carries its models, so that nothing is ever fetched.
What it reads is a guess: whoever shows it must say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL.Image import Image

from ingestion.documents import Box, Word

ENGINE = "rapidocr"
# Words that the engine is less sure of are left out: a missing word is better than a wrong one.
MIN_CONFIDENCE = 0.5
# Pixels a point at which scans are read best: 200 dots an inch.
SCALE = 200 / 72

Picture = Image | np.ndarray[Any, Any]


class OcrReader(Protocol):
    """Reads the words of a picture."""

    def read(self, picture: Picture, scale: float) -> list[Word]:
        """Return the words, top to bottom, with boxes in points.

        `picture` is RGB or grey, `scale` its pixels a point.
        """
        ...


@dataclass(slots=True)
class FakeOcrReader:
    """Returns the words that it was made with, and keeps the sizes of the pictures it was shown."""

    words: Sequence[Word]
    shown: list[tuple[int, int]] = field(default_factory=list)

    def read(self, picture: Picture, scale: float) -> list[Word]:
        """Return the words; the size is kept in points, as (width, height)."""
        height, width = _to_array(picture).shape[:2]
        self.shown.append((round(width / scale), round(height / scale)))
        return list(self.words)


def find_ocr(threads: int = 2) -> OcrReader | None:
    """Return a reader that uses `threads` threads; None where the extra is not installed.

    The engine and its models (some 700 MB of memory while it reads) are loaded at the first page.
    """
    models = find_models()
    return RapidOcrReader(models, threads) if models is not None else None


@lru_cache(maxsize=1)
def find_models() -> dict[str, str] | None:
    """Return the files of the models that find, turn and read text; None unless all are there.

    The engine would fetch models that it misses; it is only started with these.
    """
    spec = find_spec(ENGINE)
    places = spec.submodule_search_locations if spec is not None else None
    if not places or find_spec("onnxruntime") is None:
        return None
    folder = Path(places[0]) / "models"
    found = {
        stage: sorted(folder.glob(pattern))
        for stage, pattern in (("Det", "*_det_*.onnx"), ("Cls", "*_cls_*.onnx"), ("Rec", "*_rec_*"))
    }
    if not all(found.values()):
        return None
    return {stage: str(paths[-1]) for stage, paths in found.items()}


class RapidOcrReader:
    """Reads pictures with RapidOCR; one page takes seconds, so pages are best read in turn."""

    def __init__(self, models: dict[str, str], threads: int) -> None:
        self._models = models
        self._threads = threads
        self._engine: Any = None

    def read(self, picture: Picture, scale: float) -> list[Word]:
        """Return the words that the engine is sure enough of, line by line."""
        if self._engine is None:
            self._engine = self._load()
        # The engine's pictures are blue, green, red.
        result = self._engine(_to_array(picture)[:, :, ::-1], return_word_box=True)
        return place_words(result.word_results, scale) if result.txts else []

    def _load(self) -> Any:
        params = {f"{stage}.model_path": path for stage, path in self._models.items()}
        engine = "EngineConfig.onnxruntime"
        threads = {f"{engine}.{kind}_op_num_threads": self._threads for kind in ("intra", "inter")}
        return import_module(ENGINE).RapidOCR(
            params={**params, **threads, "Global.log_level": "critical"}
        )


def place_words(lines: Sequence[Sequence[Any]], scale: float) -> list[Word]:
    """Turn the engine's words, (text, confidence, four corners in pixels), into ours."""
    words: list[Word] = []
    for line in lines:
        for text, confidence, corners in line:
            if not text.strip() or confidence < MIN_CONFIDENCE:
                continue
            xs, ys = zip(*corners, strict=True)
            box = Box(min(xs) / scale, min(ys) / scale, max(xs) / scale, max(ys) / scale)
            words.append(Word(text.strip(), box=box))
    return words


def _to_array(picture: Picture) -> np.ndarray[Any, Any]:
    """Return the picture as rows of pixels with three colours."""
    array = np.asarray(picture.convert("RGB") if isinstance(picture, Image) else picture)
    return np.stack([array] * 3, axis=-1) if array.ndim == 2 else array[:, :, :3]
