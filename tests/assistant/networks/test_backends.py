"""One network, four kinds of arithmetic: TensorFlow, JAX and numpy train it, numpy uses it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphbuild.assistant.networks import backend, diet, diet_predict, transformer
from graphbuild.assistant.networks.layers import Rows, Silence
from graphbuild.assistant.networks.similarity import SimilarityShape
from graphbuild.assistant.networks.sparse_rows import SparseRows, rows_of
from graphbuild.errors import BuildFailed
from tests.assistant.networks.test_diet_steps import encoded

pytestmark = pytest.mark.slow
DIET = """
from graphbuild.assistant.nlu.classifiers.diet import DIETClassifier
from tests.assistant.nlu.classifiers.network_samples import travels, vocabulary, words
import numpy, sys

messages = travels()
features = words(vocabulary(messages), messages)
options = {"epochs": 25, "transformer_size": 16, "number_of_transformer_layers": 1, "batch_size": 8, "random_seed": 1}
classifier = DIETClassifier(DIETClassifier.Config(**options, use_masked_language_model=True, connection_density=0.8))
states = [classifier.train(messages, features) for _ in range(2)]
assert states[0].encode() == states[1].encode()
output = classifier.apply(states[0], messages, features)
intents = messages.intents.decoded()
print("backend", "jax" in sys.modules, "tensorflow" in sys.modules)
print("right", sum(output.intents.top(row)[0] == intent for row, intent in enumerate(intents)), len(intents))
"""
DIALOGUES = """
from tests.assistant.dialogue.policies.test_ted import SMALL, policy, samples_of, stories
from tests.assistant.dialogue.prefixes import prefixes
import sys

right = 0
asked, actions = prefixes(stories())
for max_history, times in ((3, 2), (None, 1)):
    samples = samples_of(stories(), max_history)
    states = [policy(epochs=50, learning_rate=0.005).train(samples) for _ in range(times)]
    assert states[0].encode() == states[-1].encode()
    found = policy().apply(states[0], asked)
    right += sum(found.actions[best] == action for best, action in zip(found.probabilities.argmax(1), actions))
print("backend", "jax" in sys.modules, "tensorflow" in sys.modules)
print("right", right, 2 * len(actions))
"""
TEXTS = """
from tests.assistant.dialogue.policies.test_ted_texts import entities, features_of, policy, samples_of, stories
from tests.assistant.dialogue.prefixes import prefixes
import sys

asked, actions = prefixes(stories())
samples, texts = samples_of(stories(), 3), features_of(stories())
states = [policy(epochs=50, learning_rate=0.005).train(samples, texts, entities()) for _ in range(2)]
assert states[0].encode() == states[1].encode()
found = policy().apply(states[0], asked, texts=features_of(asked))
right = sum(found.actions[best] == action for best, action in zip(found.probabilities.argmax(1), actions))
print("backend", "jax" in sys.modules, "tensorflow" in sys.modules)
print("right", right, len(actions))
"""


def test_numpy_says_of_each_message_what_tensorflow_says_of_all() -> None:
    import keras

    from graphbuild.assistant.networks import keras_ops

    data = encoded(5, 9)
    assert data.words is not None
    assert data.messages is not None
    shape = diet.DietShape(
        words=diet.Columns(data.words.width),
        messages=diet.Columns(data.messages.width),
        labels=3,
        label_columns=3,
        tags=(("entity", 4),),
        transformer=transformer.TransformerShape(
            2, 16, 4, 0.2, 0.0, 0.5, relative_keys=True, relative_values=True, max_relative_position=2
        ),
        similarity=SimilarityShape(),
        embedding=5,
        dense_dimension=8,
        label_dense_dimension=6,
        concat_dimension=8,
        hidden_layers=(12,),
    )
    weights = {name: one.value for name, one in diet.begin(shape, 1).items()}
    rng = np.random.default_rng(0)
    weights = {name: one + rng.normal(0, 0.1, one.shape).astype(np.float32) for name, one in weights.items()}
    lengths = np.diff(data.splits).astype(np.int32)

    def rows(matrix: SparseRows, which: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Rows:
        return rows_of(matrix, which)

    batch = diet.Batch(
        count=9,
        positions=int(lengths.max()) + 1,
        lengths=lengths,
        words=rows(data.words, np.arange(len(data.words.splits) - 1)),
        word_of=data.word_of,
        dense_words=None,
        messages=rows(data.messages, np.arange(9)),
        dense_messages=None,
    )
    tensors = {name: keras.ops.convert_to_tensor(one) for name, one in weights.items()}
    words, whole, _ = diet.encode(keras_ops, tensors, shape, batch, Silence(), with_words=True)
    scores = np.split(diet.tag_scores(keras_ops, tensors, "entity", words, None), np.cumsum(lengths)[:-1])
    embedded = np.array(keras.ops.matmul(whole, weights["messages.embed.kernel"])) + weights["messages.embed.bias"]
    identity = SparseRows(np.arange(4), np.arange(3, dtype=np.int32), np.ones(3, np.float32), 3)
    labels = diet_predict.label_vectors(weights, shape, identity)
    assert labels is not None
    said = list(diet_predict.predict(weights, shape, data, labels))
    assert [one.similarities for one in said] == [pytest.approx(one, abs=1e-4) for one in embedded @ labels.T]
    from graphbuild.assistant.networks import crf

    for row, one in enumerate(said):
        if lengths[row]:
            assert one.tags[0][0].tolist() == crf.best_tags(scores[row], weights["entity.transitions"]).tolist()


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "numpy"])
@pytest.mark.parametrize("training", [DIET, DIALOGUES, TEXTS], ids=["messages", "dialogues", "texts"])
def test_each_backend_learns_and_gives_equal_bytes_twice(training: str, backend: str) -> None:
    if importlib.util.find_spec("autograd" if backend == "numpy" else backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    folder = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", training], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == f"backend {backend == 'jax'} {backend == 'tensorflow'}"
    right, count = map(int, second.split()[1:])
    assert right >= 0.9 * count


@pytest.mark.parametrize(("module", "looks_on"), [("training_tensorflow", True), ("lstm", False), ("event_log", False)])
def test_tensorflow_is_told_how_to_start_before_it_does(module: str, looks_on: bool) -> None:
    code = f"""
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("keras", "tensorflow"):
            assert os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0", name
            if not {looks_on}:
                print("told", flush=True)
                os._exit(0)  # to go on takes seconds, and shows nothing else
sys.meta_path.insert(0, Watch())
import graphbuild.assistant.networks.{module}
assert "tensorflow" in sys.modules
print("told")
"""
    names = ("TF_ENABLE_ONEDNN_OPTS", "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "told\n"), done.stderr
    assert "oneDNN" not in done.stderr


def test_a_configuration_of_keras_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"floatx": "float16", "epsilon": 0.1, "backend": "jax"}')
    code = """
from graphbuild.assistant.networks.tensorflow_start import keras
import os
most = getattr(keras.config, "max_epochs", lambda: None)()
print(keras.config.floatx(), keras.config.epsilon(), keras.config.backend(), os.environ.get("KERAS_BACKEND"), most)
"""
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(tmp_path), "KERAS_MAX_EPOCHS": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["float32", "1e-07", "tensorflow", "None", "None"], done.stderr


@pytest.mark.parametrize(("name", "hint"), [("nonsense", "tensorflow, jax or numpy"), ("jax", "pip install jax")])
def test_what_cannot_train_is_refused(name: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "jax" and importlib.util.find_spec("jax") is not None:
        pytest.skip("jax is installed")
    monkeypatch.setenv("KERAS_BACKEND", name)
    backend.asked.cache_clear()
    with pytest.raises(BuildFailed) as refused:
        backend.asked()
    (problem,) = refused.value.problems
    assert name in problem.what
    assert hint in (problem.hint or "")
