"""Cross-encoders from a folder or the cache; the model is small and drawn at random."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.errors import RerankingModelError
from models.precision import BFLOAT16, FLOAT32
from models.reranking import RERANKERS, load_reranker

WORDS = "what was revenue net sales rose fell by in the of and 2018 2017 , . ?".split()
QUERY = "what was the revenue of 2018 ?"
TEXTS = ["revenue rose in 2018", "", "net sales fell by the sales of 2017 , and of 2018 .", "sales"]


def write_model(folder: Path, *, seed: int = 0, labels: int = 1) -> Path:
    """Write the folder of a small BERT that scores pairs of texts."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = Tokenizer(
        models.WordPiece({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=64,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
        num_labels=labels,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "desk-reranker")


def test_scores_stand_in_the_order_of_the_texts(folder):
    reranker = load_reranker(str(folder))
    scores = reranker.score(QUERY, TEXTS)
    assert scores.shape == (4,)
    assert scores.dtype == np.float32
    alone = [reranker.score(QUERY, [text])[0] for text in TEXTS]
    np.testing.assert_allclose(scores, alone, atol=0.05)
    assert np.ptp(scores) > 0.2


@pytest.mark.parametrize(("precision", "tolerance"), [(FLOAT32, 1e-5), (BFLOAT16, 0.3)])
def test_scores_are_the_models_own_before_any_squashing(folder, monkeypatch, precision, tolerance):
    """They lie between -2.4 and 1.0, so that squashed ones would be far off."""
    from sentence_transformers import CrossEncoder
    from torch.nn import Identity

    monkeypatch.setattr("models.reranking.probe_precision", lambda: precision)
    reranker = load_reranker(str(folder))
    plain = CrossEncoder(str(folder), device="cpu", local_files_only=True)
    pairs = [(QUERY, text) for text in TEXTS]
    expected = plain.predict(pairs, activation_fn=Identity(), show_progress_bar=False)
    np.testing.assert_allclose(reranker.score(QUERY, TEXTS), expected, atol=tolerance)
    assert np.abs(expected).max() > 1.0
    assert reranker.engine.startswith(f"torch {precision.name}")


def test_the_query_counts(folder):
    reranker = load_reranker(str(folder))
    one, other = (reranker.score(query, TEXTS) for query in (QUERY, "sales ?"))
    assert not np.allclose(one, other, atol=0.05)


def test_no_texts_give_no_scores_and_load_nothing(folder):
    reranker = load_reranker(str(folder))
    assert reranker.score(QUERY, []).shape == (0,)
    assert reranker._model is None


def test_a_text_longer_than_the_model_reads_is_cut_off(folder):
    assert load_reranker(str(folder)).score(QUERY, ["revenue " * 500]).shape == (1,)


def test_the_name_tells_other_weights_apart(folder, tmp_path):
    names = [load_reranker(str(folder)).name, load_reranker(str(folder)).name]
    names.append(load_reranker(str(write_model(tmp_path / "desk-reranker", seed=1))).name)
    assert names[0] == names[1] != names[2]
    assert all(name.startswith("desk-reranker-") for name in names)


def test_a_known_model_is_found_in_the_cache(folder, tmp_path, monkeypatch):
    cache = tmp_path / "models--BAAI--bge-reranker-base"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("abc123", encoding="utf-8")
    (cache / "snapshots").mkdir()
    (cache / "snapshots" / "abc123").symlink_to(folder)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert load_reranker("bge-reranker-base").name.startswith("bge-reranker-base-")
    assert load_reranker("BAAI/bge-reranker-base").score(QUERY, TEXTS).shape == (4,)


@pytest.mark.parametrize(("name", "repository"), RERANKERS.items())
def test_a_known_model_that_is_not_here_is_refused_with_how_to_get_it(
    tmp_path, monkeypatch, name, repository
):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(RerankingModelError) as refusal:
        load_reranker(name)
    assert str(refusal.value) == (
        f"The reranking model {name} is not on this machine. Fetch it with "
        f"`hf download {repository}`, or name the folder that holds it."
    )


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(RerankingModelError, match=r"^best is no folder .*bge-reranker-base"):
        load_reranker("best")


def test_a_model_of_two_scores_is_refused(tmp_path):
    folder = write_model(tmp_path / "sentiment", labels=2)
    with pytest.raises(RerankingModelError, match=r"sentiment is no .*it gives 2 scores, not one"):
        load_reranker(str(folder))


def test_an_embedding_model_is_refused(tmp_path):
    config = json.dumps({"architectures": ["BertModel"]})
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(RerankingModelError, match="names no model for sequence classification"):
        load_reranker(str(tmp_path))


def test_a_folder_without_weights_is_refused(tmp_path):
    folder = write_model(tmp_path / "half")
    (folder / "model.safetensors").unlink()
    with pytest.raises(RerankingModelError, match=r"half is no .*it holds no weights"):
        load_reranker(str(folder))


def test_weights_that_are_cut_off_are_refused_when_they_are_loaded(tmp_path):
    weights = write_model(tmp_path / "cut") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(RerankingModelError, match=r"cut is no .*hf download"):
        load_reranker(str(weights.parent)).score(QUERY, TEXTS)
