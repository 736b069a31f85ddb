"""Embedding models: found by name or folder, told apart, and run without padding.

The models are drawn at random: two small layers over a vocabulary of words.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.builtin import find_builtin_embedding
from models.embedding import BuiltinEmbedder, load_embedder
from models.embedding_catalogue import CATALOGUE, describe_folder, find_embedding_model
from models.embedding_engines import (
    PackedBert,
    PaddedModel,
    load_encoder,
    plan_batches,
)
from models.errors import EmbeddingModelError
from models.precision import BFLOAT16, FLOAT32, choose_precision

WORDS = "query passage revenue net sales rose fell by in the of and to 2018 2017 : , .".split()
TEXTS = [
    "revenue rose",
    "net sales fell by the sales of 2018 , and of 2017 .",
    "",
    "the revenue of 2018",
    "sales",
    "revenue rose in 2018 and fell in 2017",
]

BuildModel = Callable[..., Path]


def write_model(
    folder: Path, *, seed: int = 0, pooling: str = "mean", activation: str = "gelu"
) -> Path:
    """Write the folder of a small BERT that sentence-transformers reads."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = Tokenizer(
        models.WordPiece({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
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
        max_position_embeddings=32,
        hidden_act=activation,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(folder)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": 12})
    (folder / "1_Pooling").mkdir()
    mode = "cls_token" if pooling == "cls" else "mean_tokens"
    write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": 32, f"pooling_mode_{mode}": True},
    )
    kinds = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    modules = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (kind, path) in enumerate(kinds.items())
    ]
    write_json(folder / "modules.json", modules)
    return folder


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> BuildModel:
    """Return the folder of a model so made; the same one when it is asked for again."""
    made: dict[str, Path] = {}

    def build(name: str = "desk-bert", **settings: object) -> Path:
        key = repr((name, settings))
        if key not in made:
            made[key] = write_model(tmp_path_factory.mktemp("models") / name, **settings)
        return made[key]

    return build


@pytest.fixture
def own_model(tmp_path) -> Path:
    """A model that a test may spoil."""
    return write_model(tmp_path / "desk-bert")


@pytest.fixture(scope="module")
def encode_plainly() -> Callable[[Path, list[str]], np.ndarray]:
    """The library's own way, one text at a time, so that nothing is padded or sorted."""
    from sentence_transformers import SentenceTransformer

    def encode(folder: Path, texts: list[str]) -> np.ndarray:
        model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return model.encode(texts, batch_size=1, show_progress_bar=False)

    return encode


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_bert_without_padding_computes_what_its_own_modules_do(models, encode_plainly, pooling):
    folder = models(pooling=pooling)
    encoder = load_encoder(folder, FLOAT32)
    assert isinstance(encoder, PackedBert)
    np.testing.assert_allclose(encoder.encode(TEXTS), encode_plainly(folder, TEXTS), atol=1e-5)


def test_another_activation_goes_through_the_models_own_modules(models, encode_plainly):
    folder = models(activation="relu")
    encoder = load_encoder(folder, FLOAT32)
    assert isinstance(encoder, PaddedModel)
    np.testing.assert_allclose(encoder.encode(TEXTS), encode_plainly(folder, TEXTS), atol=1e-5)


OF_FILINGS = [
    "Net sales rose by 3.2% to $32,765 million in 2018.",
    "Property, plant and equipment - net | 8,738 | 8,866 " * 20,
    "Legal proceedings",
]


def require_packing():
    """Skip where torch packs no weights of 16 bits: the desk takes float32 there."""
    probe = torch.cpu.get_capabilities()
    if not (probe.get("avx512_bw") or probe.get("avx_ne_convert")):
        pytest.skip("this processor packs no bfloat16 weights")


@pytest.mark.parametrize("activation", ["gelu", "relu"])
def test_bfloat16_agrees_with_float32(models, activation):
    """Emulated where the processor packs such weights and does not multiply them."""
    require_packing()
    folder = models(activation=activation)
    exact, fast = (load_encoder(folder, one).encode(TEXTS) for one in (FLOAT32, BFLOAT16))
    assert fast.dtype == np.float32
    assert (exact * fast).sum(axis=1).min() > 0.99
    assert not np.array_equal(exact, fast)


def test_vectors_have_length_one_and_stand_in_the_order_of_the_texts(models):
    embedder = load_embedder(str(models()))
    together = embedder.embed_passages(TEXTS)
    assert together.shape == (6, 32)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(TEXTS, together, strict=True):
        assert embedder.embed_passages([text])[0] @ vector > 0.999


def test_a_text_that_comes_twice_is_computed_once(models, monkeypatch):
    embedder = load_embedder(str(models()))
    encoder = embedder.load()
    seen: list[list[str]] = []
    plain = encoder.encode
    monkeypatch.setattr(
        encoder, "encode", lambda texts: (seen.append(list(texts)), plain(texts))[1]
    )
    vectors = embedder.embed_passages(["revenue rose", "sales", "revenue rose"])
    assert seen == [["revenue rose", "sales"]]
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], vectors[1])


def test_no_texts_give_no_vectors_and_load_nothing(models):
    embedder = load_embedder(str(models()))
    assert embedder.embed_passages([]).shape == (0, 32)
    assert embedder._encoder is None


def test_a_text_is_cut_off_where_the_model_ends(models):
    """12 tokens: ten words between the first token and the last."""
    embedder = load_embedder(str(models()))
    ten = " ".join(["revenue"] * 10)
    one, other, nine = embedder.embed_passages([ten, ten + " fell", ten[: -len(" revenue")]])
    assert np.array_equal(one, other)
    assert not np.array_equal(one, nine)


def test_a_folder_names_its_own_prefixes(own_model):
    write_json(
        own_model / "config_sentence_transformers.json",
        {"prompts": {"query": "query: ", "document": "passage: "}},
    )
    prefixed = load_embedder(str(own_model))
    encoder = prefixed.load()
    asked = encoder.encode(["query: revenue"])[0]
    stored = encoder.encode(["passage: revenue"])[0]
    np.testing.assert_allclose(prefixed.embed_query("revenue"), asked, atol=1e-6)
    np.testing.assert_allclose(prefixed.embed_passages(["revenue"])[0], stored, atol=1e-6)
    assert asked @ stored < 0.999


def test_a_folder_called_like_a_known_model_gets_its_prefixes(models):
    model = describe_folder(models("e5-small-v2"))
    assert (model.query_prefix, model.passage_prefix) == ("query: ", "passage: ")
    assert (model.repository, model.dimensions) == ("intfloat/e5-small-v2", 32)


def test_a_folder_says_what_it_is(models):
    model = find_embedding_model(str(models(pooling="cls")))
    assert (model.name, model.repository) == ("desk-bert", None)
    assert (model.dimensions, model.max_tokens, model.pooling) == (32, 12, "cls")
    assert (model.query_prefix, model.passage_prefix) == ("", "")


def test_the_built_in_folder_says_what_the_catalogue_says():
    found = describe_folder(find_builtin_embedding(), CATALOGUE["all-MiniLM-L6-v2"])
    known = find_embedding_model(None)
    assert found == known
    assert (known.dimensions, known.max_tokens, known.pooling) == (384, 256, "mean")


def test_the_catalogue_knows_how_texts_are_put_to_each_model():
    assert {
        name: (model.query_prefix, model.passage_prefix) for name, model in CATALOGUE.items()
    } == {
        "all-MiniLM-L6-v2": ("", ""),
        "e5-small-v2": ("query: ", "passage: "),
        "e5-base-v2": ("query: ", "passage: "),
        "e5-large-v2": ("query: ", "passage: "),
        "bge-small-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
        "bge-base-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
        "bge-large-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
        "Qwen3-Embedding-0.6B": (
            "Instruct: Given a web search query, retrieve relevant passages that answer the query"
            "\nQuery:",
            "",
        ),
    }


def test_other_weights_have_another_name(models):
    one, same, other = (load_embedder(str(models(seed=seed))).name for seed in (1, 1, 2))
    assert one == same
    assert one.startswith("desk-bert-")
    assert other != one


def test_other_prefixes_pooling_and_lengths_have_another_name(own_model):
    names = [load_embedder(str(own_model)).name]
    write_json(own_model / "config_sentence_transformers.json", {"prompts": {"passage": "the "}})
    names.append(load_embedder(str(own_model)).name)
    write_json(own_model / "sentence_bert_config.json", {"max_seq_length": 10})
    names.append(load_embedder(str(own_model)).name)
    pooling = {"embedding_dimension": 32, "pooling_mode": "cls"}
    write_json(own_model / "1_Pooling" / "config.json", pooling)
    names.append(load_embedder(str(own_model)).name)
    assert len(set(names)) == 4


def test_the_built_in_model_keeps_its_name_without_being_looked_for(monkeypatch):
    monkeypatch.setattr("models.embedding.find_builtin_embedding", pytest.fail)
    assert BuiltinEmbedder().name == "all-MiniLM-L6-v2-53aa5117"
    assert load_embedder().name == load_embedder("all-MiniLM-L6-v2").name
    assert load_embedder().name == "all-MiniLM-L6-v2-53aa5117"


def test_a_known_model_is_found_in_the_cache(models, tmp_path, monkeypatch):
    cache = tmp_path / "hub" / "models--intfloat--e5-small-v2"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("abc123", encoding="utf-8")
    (cache / "snapshots").mkdir()
    (cache / "snapshots" / "abc123").symlink_to(models())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    by_name, by_repository = map(load_embedder, ("e5-small-v2", "intfloat/e5-small-v2"))
    assert by_name.name == by_repository.name
    assert by_name.name.startswith("e5-small-v2-")
    assert by_name.model.passage_prefix == "passage: "


def test_a_known_model_that_is_not_here_is_refused_with_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EmbeddingModelError) as refusal:
        load_embedder("bge-small-en-v1.5")
    assert str(refusal.value) == (
        "The embedding model bge-small-en-v1.5 is not on this machine. Fetch it with "
        "`hf download BAAI/bge-small-en-v1.5`, or name the folder that holds it."
    )


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(
        EmbeddingModelError, match=r"^my-model is no folder .* e5-small-v2, .*folder"
    ):
        load_embedder("my-model")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda folder: (folder / "modules.json").unlink(), "modules.json is missing"),
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no weights"),
        (lambda folder: (folder / "1_Pooling" / "config.json").unlink(), "names no"),
        (lambda folder: (folder / "modules.json").write_text("[{]"), "desk-bert is no whole"),
        (lambda folder: write_json(folder / "modules.json", {"a": 1}), "desk-bert is no whole"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(own_model, spoil, complaint):
    spoil(own_model)
    with pytest.raises(EmbeddingModelError, match=complaint) as refusal:
        load_embedder(str(own_model))
    assert str(own_model) in str(refusal.value)
    assert "name another folder" in str(refusal.value)


def test_weights_that_are_cut_off_are_refused_when_they_are_loaded(own_model):
    weights = own_model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    embedder = load_embedder(str(own_model))
    with pytest.raises(EmbeddingModelError, match=r"desk-bert cannot be loaded.*hf download"):
        embedder.embed_query("revenue")


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16"])
def test_bfloat16_is_taken_where_the_processor_multiplies_it(flag):
    assert choose_precision({"avx512_f": True, flag: True}, has_onednn=True) == BFLOAT16
    assert BFLOAT16.engine == "torch bfloat16"


@pytest.mark.parametrize(
    ("capabilities", "has_onednn"),
    [
        ({"avx512_f": True, "avx512_bf16": False}, True),
        ({"avx512_bf16": True}, False),
        ({}, True),
    ],
)
def test_float32_is_taken_elsewhere_and_says_why(capabilities, has_onednn):
    chosen = choose_precision(capabilities, has_onednn)
    assert chosen == FLOAT32
    assert chosen.engine == "torch float32 (this processor has no fast bfloat16)"


def test_an_embedder_tells_its_engine(models, monkeypatch):
    monkeypatch.setattr("models.embedding_engines.probe_precision", lambda: FLOAT32)
    embedder = load_embedder(str(models()))
    assert embedder.engine == "torch float32 (this processor has no fast bfloat16)"


def test_long_texts_come_first_and_padding_counts():
    assert list(plan_batches([3, 10, 4, 9], budget=20)) == [[1, 3], [2, 0]]


def test_a_text_over_the_budget_stands_alone():
    assert list(plan_batches([5, 50, 5], budget=20)) == [[1], [0, 2]]


@given(st.lists(st.integers(2, 300), max_size=60), st.integers(1, 1000))
def test_batches_hold_each_text_once_within_the_budget(lengths, budget):
    batches = list(plan_batches(lengths, budget))
    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[index] for index in batch)
        assert len(batch) == 1 or longest * len(batch) <= budget


@pytest.mark.slow
def test_the_built_in_model_agrees_with_its_own_modules(encode_plainly):
    expected = encode_plainly(find_builtin_embedding(), OF_FILINGS)
    exact = load_encoder(find_builtin_embedding(), FLOAT32).encode(OF_FILINGS)
    np.testing.assert_allclose(exact, expected, atol=1e-5)


@pytest.mark.slow
def test_the_built_in_model_agrees_in_16_bits_with_its_own_modules(encode_plainly):
    require_packing()
    expected = encode_plainly(find_builtin_embedding(), OF_FILINGS)
    fast = load_encoder(find_builtin_embedding(), BFLOAT16).encode(OF_FILINGS)
    assert (fast * expected).sum(axis=1).min() >= 0.999
