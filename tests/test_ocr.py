"""Reading pictures: the engine's words become ours; everything works where it is absent."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ingestion.documents import Box, Word
from ingestion.readers import ocr
from ingestion.readers.ocr import FakeOcrReader, find_models, find_ocr, place_words

CORNERS = [[100, 50], [200, 52], [200, 80], [100, 78]]


@pytest.fixture(autouse=True)
def forget_models():
    find_models.cache_clear()
    yield
    find_models.cache_clear()


def test_boxes_are_in_points():
    assert place_words([[("Sales", 0.9, CORNERS)]], scale=2.0) == [
        Word("Sales", box=Box(50.0, 25.0, 100.0, 40.0))
    ]


def test_words_that_the_engine_is_unsure_of_are_left_out():
    lines = [[("Sales", 0.9, CORNERS), ("5a1e5", 0.3, CORNERS), (" ", 0.9, CORNERS)]]
    assert [word.text for word in place_words(lines, scale=1.0)] == ["Sales"]


def test_without_the_extra_there_is_no_reader(monkeypatch):
    monkeypatch.setattr(ocr, "ENGINE", "an_engine_that_nobody_has")
    assert find_ocr() is None


def test_an_engine_without_its_models_is_not_used(monkeypatch, tmp_path):
    """It would fetch them."""
    package = tmp_path / "empty_engine"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ocr, "ENGINE", "empty_engine")
    assert find_models() is None


def test_the_fake_keeps_the_sizes_that_it_was_shown():
    reader = FakeOcrReader([Word("Sales", box=Box(0, 0, 10, 10))])
    assert reader.read(np.zeros((200, 100), dtype=np.uint8), scale=2.0) == reader.words
    assert reader.read(Image.new("L", (612, 792)), scale=1.0) == reader.words
    assert reader.shown == [(50, 100), (612, 792)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_picture_of_words_is_read():
    reader = find_ocr()
    if reader is None:
        pytest.skip("the ocr extra is not installed")
    picture = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(picture).text((60, 60), "Net sales 1284", fill="black", font_size=64)
    words = reader.read(picture, scale=2.0)
    assert [word.text for word in words] == ["Net", "sales", "1284"]
    assert all(0 <= word.box.x0 < word.box.x1 <= 450 for word in words if word.box)
