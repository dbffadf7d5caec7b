"""The engine under the names of Rasa's: what views show is what the engine has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import graphbuild
from graphbuild import GraphTrainer, ModelStorage, Resource, TrainingCache, TrainingDataImporter, TrainingType
from graphbuild.builder import graph, plan
from graphbuild.errors import UsageError
from graphbuild.package.package import read_package


def importer() -> TrainingDataImporter:
    return TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])


def test_a_trainer_trains_what_train_trains(project: Path) -> None:
    storage = ModelStorage.create(project / "storage")
    trainer = GraphTrainer(storage, TrainingCache(), graphbuild.GraphRunner)
    configuration = importer().model_configuration()
    metadata = trainer.train(configuration, importer(), "out/mine.tar.gz")
    model = graphbuild.train("domain.yml", "config.yml", "data").model
    assert model is not None
    assert metadata.model_id == read_package(Path(model)).manifest["key"]
    assert graphbuild.ModelMetadata.of_file("out/mine.tar.gz") == metadata
    assert set(metadata.train_nodes) == set(configuration.train_schema.nodes)
    assert set(metadata.predict_nodes) == set(configuration.predict_schema.nodes)
    assert "greet" in metadata.domain["intents"] or {"greet"} <= {str(one) for one in metadata.domain["intents"]}
    with storage.read_from(Resource("rule_policy_3:train")) as folder:
        assert (folder / "state").read_bytes() in read_package(Path(model)).artifacts.values()


def test_fingerprints_are_the_decisions_of_the_planner(project: Path) -> None:
    trainer = GraphTrainer(ModelStorage.create(project / "storage"), TrainingCache())
    configuration = importer().model_configuration()
    before = trainer.fingerprint(configuration.train_schema, importer())
    assert before
    assert not any(one.is_hit for one in before.values())
    trainer.train(configuration, importer(), "mine.tar.gz")
    after = trainer.fingerprint(configuration.train_schema, importer())
    assert list(after) == [str(node) for node in plan(importer().request).decisions]
    assert all(one.is_hit for one in after.values())
    cache = TrainingCache()
    for one in after.values():
        assert one.key is not None
        assert cache.get_cached_output_fingerprint(one.key) == one.output_fingerprint
    key = after["rule_policy_3:train"].key
    assert key is not None
    storage = ModelStorage.create(project / "other")
    assert cache.get_cached_result(key, "rules", storage) == Resource("rules")
    with storage.read_from(Resource("rules")) as folder:
        assert [path.name for path in folder.iterdir()] == ["state"]
    assert cache.get_cached_output_fingerprint("blake3:none") is None
    assert cache.get_cached_result("blake3:none", "rules", storage) is None


def test_half_a_configuration(project: Path) -> None:
    half = importer().model_configuration("nlu")
    assert half.training_type is TrainingType.NLU
    trainer = GraphTrainer(ModelStorage.create(project / "storage"))
    assert set(trainer.fingerprint(half.train_schema, importer())) == set(half.train_schema.nodes)
    assert trainer.train(half, importer(), "nlu.tar.gz").domain == {}


def test_a_graph_of_ones_own_is_refused_and_not_passed_over(project: Path) -> None:
    configuration = importer().model_configuration()
    schema = configuration.train_schema
    nodes = dict(schema.nodes)
    nodes["rule_policy_3:train"] = replace(nodes["rule_policy_3:train"], config={})
    other = graphbuild.GraphSchema(nodes)
    trainer = GraphTrainer(ModelStorage.create(project / "storage"))
    with pytest.raises(UsageError, match="not the graph of the importer"):
        trainer.fingerprint(other, importer())
    with pytest.raises(UsageError, match="not the graph of the importer"):
        trainer.train(replace(configuration, train_schema=other), importer(), "mine")


def test_a_schema_says_what_the_graph_says(project: Path) -> None:
    assert project.is_dir()
    compiled = graph(importer().request)
    configuration = importer().model_configuration()
    schema = configuration.train_schema
    assert list(schema.nodes) == [str(node) for node in compiled.nodes]
    assert set(schema.target_names) == {str(node) for node in compiled.targets}
    file = schema.nodes["training_file@data/nlu.yml"]
    assert (file.is_input, file.uses, file.needs) == (True, "TrainingDataFile", {})
    policy = schema.nodes["rule_policy_3:train"]
    assert (policy.fn, policy.constructor_name, policy.is_target) == ("train", "create", True)
    used = configuration.predict_schema.nodes["rule_policy_3:apply"]
    assert (used.constructor_name, used.resource) == ("load", "rule_policy_3:train")
    assert schema.as_dict()["nodes"]["rule_policy_3:train"]["uses"] == "RulePolicy"
    assert configuration.language == "en"
    assert configuration.training_type is TrainingType.BOTH


def test_a_storage_of_a_package_is_what_a_fine_tuning_goes_on_from(project: Path) -> None:
    config = (project / "config.yml").read_text()
    counted = "- name: CountVectorsFeaturizer\n- name: LogisticRegressionClassifier\n"
    (project / "config.yml").write_text(config.replace("- name: KeywordIntentClassifier\n", counted))
    half = importer().model_configuration("nlu")
    first = ModelStorage.create(project / "first")
    GraphTrainer(first).train(half, importer(), "first.tar.gz")
    with pytest.raises(UsageError, match="no model to go on from"):
        GraphTrainer(first).train(half, importer(), "second.tar.gz", is_finetuning=True)
    storage, metadata = ModelStorage.from_model_archive(project / "again", "first.tar.gz")
    assert ModelStorage.metadata_from_archive("first.tar.gz") == metadata
    second = GraphTrainer(storage).train(half, importer(), "second.tar.gz", is_finetuning=True)
    assert second.parent is not None
    assert second.parent["key"] == metadata.model_id


def test_storages(tmp_path: Path) -> None:
    storage = ModelStorage.create(tmp_path / "new")
    with storage.write_to(Resource("a/b@c")) as folder:
        (folder / "x").write_text("1")
    with storage.read_from(Resource("a/b@c")) as folder:
        assert (folder / "x").read_text() == "1"
    with pytest.raises(ValueError, match="there is no resource `other`"), storage.read_from(Resource("other")):
        pass
    with pytest.raises(ValueError, match="cannot be the name"), storage.write_to(Resource("..")):
        pass
    with pytest.raises(UsageError, match="no empty folder"):
        ModelStorage.create(tmp_path / "new")


def test_an_importer_shows_the_project(project: Path) -> None:
    assert project.is_dir()
    shown = importer()
    assert shown.get_config()["recipe"] == "default.v1"
    document = shown.get_domain()
    assert "greet" in document["intents"]
    assert document["responses"]["utter_greet"][0]["text"]
    assert document["slots"]["part"]["mappings"]
    # A training takes it: the same domain gives the same model.
    key = read_package(Path(str(graphbuild.train("domain.yml", "config.yml", "data").model))).manifest["key"]
    assert read_package(Path(str(graphbuild.train(document, "config.yml", "data").model))).manifest["key"] == key
    assert shown.get_nlu_data().counts()["examples"] > 0
    assert shown.get_stories().counts().keys() == {"stories", "rules"}
