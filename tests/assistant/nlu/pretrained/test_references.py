"""References to models: their identity, and what is told where a model is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.nlu.pretrained import language_model, sentence_encoder
from graphbuild.assistant.nlu.pretrained.language_model import LanguageModel, LanguageModelReference
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel, MitieNLP
from graphbuild.assistant.nlu.pretrained.reference import Reference, identity_of, named_model
from graphbuild.assistant.nlu.pretrained.sentence_encoder import SentenceEncoder
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel, SpacyNLP
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import ComponentError
from tests.assistant.nlu.optional import bert_folder, needs


def tree(folder: Path, *names: str) -> SourceTree:
    return SourceTree({f"model/{name}": SourceFile(folder / "model" / name, f"model/{name}") for name in names})


@pytest.mark.parametrize(
    "reference",
    [
        SpacyModel("en", "en 3", True),
        MitieModel("a.dat", "x"),
        LanguageModelReference("b", "y", "gpt2"),
    ],
)
def test_references_keep_what_they_say(reference: Reference) -> None:
    assert type(reference).decode(reference.encode()) == reference


def test_the_identity_of_a_folder_is_its_content(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    file = tmp_path / "model" / "weights"
    file.write_bytes(b"one")
    first = identity_of("model", tree(tmp_path, "weights"))
    assert first == identity_of("model", tree(tmp_path, "weights"))
    file.write_bytes(b"two")
    assert first != identity_of("model", tree(tmp_path, "weights"))


def test_the_identity_of_an_installed_model_is_its_version(tmp_path: Path) -> None:
    assert str(identity_of("numpy", None)).startswith("numpy ")
    assert identity_of("no-such-model", None) is None
    named = named_model("numpy", tmp_path)
    assert named is not None
    assert named.distributions == ("numpy",)
    assert named_model("no-such-model", tmp_path) is None


def test_a_spacy_model_that_is_not_there_is_told_with_its_cure(tmp_path: Path) -> None:
    (problem,) = SpacyNLP.named(SpacyNLP.Config(model="xx_no_model"), tmp_path).missing
    assert problem.path == ("model",)
    assert problem.what.startswith("there is no spaCy model `xx_no_model`")
    assert problem.hint == "python -m spacy download xx_no_model"
    (problem,) = SpacyNLP.named(SpacyNLP.Config(), tmp_path).missing
    assert problem.hint == "write `model: en_core_web_md`"


def test_a_file_of_mitie_that_is_not_there_is_told(tmp_path: Path) -> None:
    (problem,) = MitieNLP.named(MitieNLP.Config(), tmp_path).missing
    assert problem.what == "there is no file `data/total_word_feature_extractor.dat`"
    (tmp_path / "words.dat").write_bytes(b"x")
    assert MitieNLP.named(MitieNLP.Config(model="words.dat"), tmp_path).reads == ("words.dat",)
    source = SourceTree({"words.dat": SourceFile(tmp_path / "words.dat", "words.dat")})
    assert MitieNLP(MitieNLP.Config(model="words.dat")).apply(source).name == "words.dat"


@contextmanager
def no_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the client of the hub says without a network."""

    def refuse(*_: Any) -> None:
        raise OSError("We couldn't connect to the hub to load the files.\nMore words.")

    monkeypatch.setattr(language_model, "_load", refuse)
    monkeypatch.setattr(sentence_encoder, "_load", refuse)
    yield


@pytest.mark.parametrize(
    ("component", "name"),
    [
        (LanguageModel(LanguageModel.Config()), "rasa/LaBSE"),
        (SentenceEncoder(SentenceEncoder.Config(model="some/encoder")), "some/encoder"),
    ],
)
def test_a_model_that_the_hub_does_not_give_is_told(
    component: LanguageModel | SentenceEncoder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_hub(monkeypatch), pytest.raises(ComponentError, match="hub") as caught:
        component.apply()
    (problem,) = caught.value.problems
    assert f"`{name}`" in problem.what
    assert problem.facts == (("it says", "We couldn't connect to the hub to load the files."),)


def test_a_real_client_without_a_network_is_told_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needs("transformers", "torch")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    options = LanguageModel.Config(model_weights="nobody/no-such-model", cache_dir=str(tmp_path))
    with pytest.raises(ComponentError, match="no-such-model"):
        LanguageModel(options).apply()


def test_a_folder_of_the_project_needs_no_hub(tmp_path: Path) -> None:
    needs("transformers", "torch")
    (tmp_path / "model").symlink_to(bert_folder())
    names = sorted(path.name for path in bert_folder().iterdir())
    made = LanguageModel(LanguageModel.Config(model_weights="model")).apply(tree(tmp_path, *names))
    assert made.name == "model"
    assert made.place(tmp_path) == str(tmp_path / "model")
