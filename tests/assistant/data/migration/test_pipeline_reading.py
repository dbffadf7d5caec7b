"""Pipelines of Rasa 1 and 2 as Rasa 3 would have them: items, where each option was written, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.data.migration.pipeline import read_pipeline
from graphbuild.assistant.data.migration.renames import TEMPLATES
from graphbuild.contract.translation import TranslatedItem, Translation, Written


def read(*items: Any, language: str | None = "en") -> Translation:
    return read_pipeline([{"name": item} if isinstance(item, str) else item for item in items], language)


def only(*items: Any, language: str | None = "en") -> tuple[TranslatedItem, str]:
    """The one item that is read, and what is said of it."""
    found = read(*items, language=language)
    (item,) = found.items
    return item, found.notices[0].what if found.notices else ""


def test_a_pipeline_of_rasa_3_is_read_as_it_is() -> None:
    found = read({"name": "DIETClassifier", "epochs": 5, "magic": 1}, "my.own.Part", "Part")
    assert [(item.name, item.options) for item in found.items] == [
        ("DIETClassifier", {"epochs": 5, "magic": 1}),
        ("my.own.Part", {}),
        ("Part", {}),
    ]
    assert found.items[0].origins == {"epochs": Written(0, "epochs"), "magic": Written(0, "magic")}
    assert (found.notices, found.refusals) == ((), ())


def test_a_module_of_rasa_needs_no_word() -> None:
    item, said = only("rasa.nlu.tokenizers.whitespace_tokenizer.WhitespaceTokenizer")
    assert (item.name, said) == ("WhitespaceTokenizer", "")


def test_a_template_is_its_components_all_written_in_one_place() -> None:
    found = read_pipeline("supervised_embeddings", None)
    assert [item.name for item in found.items] == [
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "CRFEntityExtractor",
        "EntitySynonymMapper",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
    ]
    assert {(item.position, *item.origins) for item in found.items} == {(0,)}
    (notice,) = found.notices
    assert notice.what.startswith("`supervised_embeddings` means `WhitespaceTokenizer`, `RegexFeaturizer`, ")
    assert notice.at == Written(0)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_read(name: str) -> None:
    found = read_pipeline(name, "de")
    assert found.items
    assert len(found.notices) == 1
    assert [one.what for one in found.refusals] == (
        ["the models of `ConveRTFeaturizer` are no longer public"] if name.endswith("convert") else []
    )


def test_an_unknown_template_is_refused() -> None:
    found = read_pipeline("supervised_embedings", "en")
    (refusal,) = found.refusals
    assert (refusal.what, refusal.hint) == (
        "there is no pipeline `supervised_embedings`",
        "did you mean `supervised_embeddings`?",
    )
    assert found.items == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DucklingHTTPExtractor", "DucklingEntityExtractor"),
        ("ner_duckling_http", "DucklingEntityExtractor"),
        ("intent_featurizer_count_vectors", "CountVectorsFeaturizer"),
        ("ConveRTTokenizer", "WhitespaceTokenizer"),
        ("LanguageModelTokenizer", "WhitespaceTokenizer"),
        ("rasa.nlu.tokenizers.convert_tokenizer.ConveRTTokenizer", "WhitespaceTokenizer"),
    ],
)
def test_names_of_old(old: str, new: str) -> None:
    item, said = only(old)
    assert (item.name, said) == (new, f"`{old}` means `{new}`")


def test_a_tokenizer_that_is_gone_is_another_one_in_chinese() -> None:
    assert only("LanguageModelTokenizer", language="zh")[0].name == "JiebaTokenizer"


def test_all_that_is_said_of_an_item_is_one_notice() -> None:
    old = {"name": "intent_classifier_tensorflow_embedding", "num_neg": 5, "intent_tokenization_flag": True}
    found = read("WhitespaceTokenizer", old)
    assert [(one.at, one.what) for one in found.notices] == [
        (
            Written(1),
            (
                "`intent_classifier_tensorflow_embedding` means `DIETClassifier` with options that make it the same; "
                "`num_neg` means `number_of_negative_examples`; `intent_tokenization_flag` means nothing any more"
            ),
        )
    ]
    item = found.items[1]
    assert item.options["number_of_negative_examples"] == 5
    assert item.origins == {"number_of_negative_examples": Written(1, "num_neg")}
    assert item.options["entity_recognition"] is False


@pytest.mark.parametrize(
    ("given", "meant", "said"),
    [
        ({"embed_dim": 7}, {"embedding_dimension": 7}, "`embed_dim` means `embedding_dimension`"),
        (
            {"weight_sparsity": 0.7},
            {"connection_density": 0.3},
            "`weight_sparsity: 0.7` means `connection_density: 0.3`",
        ),
        ({"model_confidence": "cosine"}, {"model_confidence": "softmax"}, None),
        (
            {"dense_dimension": 7},
            {"dense_dimension": {"text": 7, "label": 7}},
            "`dense_dimension: 7` means `dense_dimension: {text: 7, label: 7}`",
        ),
        (
            {"hidden_layers_sizes_a": [9], "hidden_layers_sizes_b": [8]},
            {"hidden_layers_sizes": {"text": [9], "label": [8]}},
            (
                "`hidden_layers_sizes_a` means `text` of `hidden_layers_sizes`; "
                "`hidden_layers_sizes_b` means `label` of `hidden_layers_sizes`"
            ),
        ),
        ({"tf_config": {}}, {}, "`tf_config` means nothing any more"),
    ],
)
@pytest.mark.parametrize("name", ["DIETClassifier", "ResponseSelector"])
def test_options_of_networks(name: str, given: Any, meant: Any, said: str | None) -> None:
    item, notice = only({"name": name, **given})
    assert item.options == meant
    assert notice == (said or "`model_confidence: cosine` means `model_confidence: softmax`")


def test_options_of_policies_and_of_nothing_stay() -> None:
    item, said = only({"name": "DIETClassifier", "droprate_a": 0.1, "epoch": 3})
    assert (item.options, said) == ({"droprate_a": 0.1, "epoch": 3}, "")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("WhitespaceTokenizer", "case_sensitive"),
        ("SpacyTokenizer", "use_cls_token"),
        ("ConveRTTokenizer", "model_url"),
        ("CountVectorsFeaturizer", "return_sequence"),
    ],
)
def test_options_that_mean_nothing_any_more(name: str, option: str) -> None:
    item, said = only({"name": name, option: True, "alias": "x"})
    assert item.options == {"alias": "x"}
    assert said.endswith(f"`{option}` means nothing any more")


def test_features_of_old() -> None:
    item, said = only({"name": "CRFEntityExtractor", "features": [["low"], ["ner_features"], ["low"]]})
    assert item.options["features"][1] == ["text_dense_features"]
    assert "`features: [[low], [ner_features], [low]]` means `features: [[low], [text_dense_features]" in said


@pytest.mark.parametrize(
    ("language", "model"), [(None, "en_core_web_md"), ("zh", "zh_core_web_md"), ("de", "de_core_news_md")]
)
def test_spacy_has_the_model_of_the_language(language: str | None, model: str) -> None:
    item, said = only("SpacyNLP", language=language)
    assert item.options == {"model": model}
    assert said == f"`SpacyNLP` without a model means `model: {model}`"


def test_options_of_transformers_are_of_the_featurizer() -> None:
    found = read(
        {"name": "HFTransformersNLP", "model_name": "roberta", "cache_dir": "models"},
        "LanguageModelTokenizer",
        {"name": "LanguageModelFeaturizer", "alias": "lm"},
    )
    assert [item.name for item in found.items] == ["WhitespaceTokenizer", "LanguageModelFeaturizer"]
    featurizer = found.items[1]
    assert featurizer.options == {"alias": "lm", "model_name": "roberta", "cache_dir": "models"}
    assert featurizer.origins["model_name"] == Written(0, "model_name")
    assert featurizer.origins["alias"] == Written(2, "alias")
    assert found.notices[0].what.startswith("`HFTransformersNLP` means nothing any more")


def test_convert_is_refused_with_what_to_use() -> None:
    (plain,) = read("ConveRTFeaturizer").refusals
    assert plain.what == "the models of `ConveRTFeaturizer` are no longer public"
    assert plain.at == Written(0)
    (given,) = read({"name": "ConveRTFeaturizer", "model_url": "somewhere"}).refusals
    assert given.what == "`ConveRTFeaturizer` is not supported, with a `model_url` or without"
    assert given.at == Written(0, "model_url")
    assert plain.hint == given.hint
    assert "SentenceEncoderFeaturizer" in str(plain.hint)
