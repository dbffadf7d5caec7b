"""The training API: Rasa's arguments in, a TrainingResult out."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphbuild
from graphbuild.contract.digest import of_file
from graphbuild.errors import DataError, RecipeError, UsageError
from graphbuild.package.package import read_package
from graphbuild.plan.decision import Verdict
from graphbuild.training import CODE_NEEDS_TO_BE_RETRAINED
from tests.api.conftest import CONFIG


def test_it_trains_and_names_the_same_package_when_nothing_changed(project: Path) -> None:
    first = graphbuild.train("domain.yml", "config.yml", "data")
    assert first.code == 0
    assert first.model is not None
    assert Path(first.model).parent == project / "models"
    assert graphbuild.train("domain.yml", "config.yml", ["data/nlu.yml", "data"]) == first


def test_each_half_has_a_package_of_its_own(project: Path) -> None:
    core = graphbuild.train_core("domain.yml", "config.yml", "data", "out")
    nlu = graphbuild.train_nlu("config.yml", "data", "out", fixed_model_name="mine.v2")
    assert core is not None
    assert Path(core).name.startswith("core-")
    assert nlu == str(project / "out" / "mine.v2.tar.gz")


def test_a_dry_run_says_what_would_be_trained_and_trains_nothing(project: Path) -> None:
    asked = graphbuild.train("domain.yml", "config.yml", "data", dry_run=True)
    assert (asked.model, asked.code) == (None, 1)
    assert asked.dry_run_results is not None
    assert asked.dry_run_results["training_file@data/nlu.yml"].verdict is Verdict.RUN
    assert not (project / "models").exists()
    graphbuild.train("domain.yml", "config.yml", "data")
    assert graphbuild.train("domain.yml", "config.yml", "data", dry_run=True).code == 0
    assert graphbuild.train("domain.yml", "config.yml", "data", dry_run=True, force_training=True).code == 8


def test_relative_paths_start_from_the_current_folder_whatever_the_others_are(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where an absolute path says that the project is elsewhere."""
    here = graphbuild.train("domain.yml", "config.yml", "data")
    monkeypatch.chdir(project.parent)
    there = graphbuild.train(project / "domain.yml", "bot/config.yml", "bot/data", "bot/models")
    assert there == here


def test_what_is_missing_is_an_error(project: Path) -> None:
    with pytest.raises(RecipeError, match=r"there is no recipe `cfg\.yml`"):
        graphbuild.train("domain.yml", "cfg.yml", "data")
    with pytest.raises(RecipeError, match="there is no file or folder `elsewhere`"):
        graphbuild.train("domain.yml", "config.yml", "elsewhere")
    (project / "data" / "nlu.yml").write_text("nlu: yes")
    with pytest.raises(DataError, match=r"data/nlu\.yml:1:6: `nlu` must be a list"):
        graphbuild.train("domain.yml", "config.yml", "data")


def test_a_model_to_finetune_is_told_as_rasas_users_tell_it(project: Path) -> None:
    counted = "- name: CountVectorsFeaturizer\n- name: LogisticRegressionClassifier\n"
    (project / "config.yml").write_text(CONFIG.replace("- name: KeywordIntentClassifier\n", counted))
    first = graphbuild.train_nlu("config.yml", "data", "first")
    assert first is not None
    found = graphbuild.train_nlu("config.yml", "data", model_to_finetune=first, finetuning_epoch_fraction=0.5)
    assert found is not None
    parent = read_package(Path(found)).manifest["provenance"]["parent"]
    assert parent["digest"] == of_file(Path(first))
    assert parent["epoch_fraction"] == 0.5
    assert graphbuild.train_nlu("config.yml", "data", model_to_finetune="first", finetuning_epoch_fraction=0.5) == found
    dry = graphbuild.train("domain.yml", "config.yml", "data", model_to_finetune=first, dry_run=True)
    assert dry.code == CODE_NEEDS_TO_BE_RETRAINED
    with pytest.raises(UsageError, match="there is no model"):
        graphbuild.train("domain.yml", "config.yml", "data", model_to_finetune="none")
    with pytest.raises(RecipeError, match="nothing that is trained here can go on"):
        graphbuild.train_core("domain.yml", "config.yml", "data", model_to_finetune=first)
    with pytest.raises(UsageError, match="belongs to model_to_finetune"):
        graphbuild.train("domain.yml", "config.yml", "data", finetuning_epoch_fraction=0.5)


def test_augmentation_is_told_as_rasas_users_tell_it(project: Path) -> None:
    for factor in (0, 5):
        found = graphbuild.train_core(
            "domain.yml",
            "config.yml",
            "data",
            fixed_model_name="m",
            additional_arguments={"augmentation_factor": factor},
        )
        assert found == str(project / "models" / "m.tar.gz")
