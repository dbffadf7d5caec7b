"""A pipeline of Rasa 1 or 2 -> that of Rasa 3, with where each item and option was written.

Changes what an older Rasa had, and nothing else: what no Rasa ever knew stays as it is. Knows no files, and does not
know which of the components exist here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphbuild.assistant.data.migration.drafts import HINT, Draft, add_option, network_option, notices_of, short_name
from graphbuild.assistant.data.migration.renames import (
    COMPONENTS,
    GONE_OPTIONS,
    GONE_TOKENIZERS,
    LIKE_EMBEDDING_CLASSIFIER,
    SPACY_MODELS,
    TEMPLATES,
    TRANSFORMERS,
)
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.translation import Items, Remark, Translation, Written

_EMBEDDING = "EmbeddingIntentClassifier"
_CONVERT = "ConveRTFeaturizer"
_LANGUAGE_MODEL = "LanguageModelFeaturizer"
_SPACY = "SpacyNLP"
_OLD_DENSE = "ner_features"


def read_pipeline(given: Items, language: str | None) -> Translation:
    """The pipeline as Rasa 3 would have it. Items have a `name`; without a language it is English, as in Rasa 1."""
    if isinstance(given, str):
        return _template(given, language)
    drafts = [_read(item, position, language or "en") for position, item in enumerate(given)]
    _hand_on_transformers(drafts)
    return Translation(
        tuple(one.finished() for one in drafts if one.name != TRANSFORMERS),
        notices_of(drafts),
        tuple(one.refusal for one in drafts if one.refusal is not None),
    )


def _template(name: str, language: str | None) -> Translation:
    """What a text stands for. All of it is written in one place."""
    if name not in TEMPLATES:
        hint = did_you_mean(name, list(TEMPLATES)) or "name its components"
        return Translation((), (), (Remark(f"there is no pipeline `{name}`", Written(0), hint),))
    spelt = read_pipeline(TEMPLATES[name], language)
    items = tuple(replace(item, position=0, origins={}) for item in spelt.items)
    what = f"`{name}` means {', '.join(f'`{item.name}`' for item in items)}"
    refusals = tuple(replace(one, at=Written(0)) for one in spelt.refusals)
    return Translation(items, (Remark(what, Written(0), HINT),), refusals)


def _read(item: Mapping[str, Any], position: int, language: str) -> Draft:
    written = str(item["name"])
    old = COMPONENTS.get(short_name(written), short_name(written))
    draft = Draft(_new_name(old, language), position)
    if old == _EMBEDDING:
        draft.options.update(LIKE_EMBEDDING_CLASSIFIER)
        draft.said.append(f"`{written}` means `{draft.name}` with options that make it the same")
    elif draft.name != short_name(written):
        draft.said.append(f"`{written}` means `{draft.name}`")
    gone = {*GONE_OPTIONS.get(old, ()), *GONE_OPTIONS.get(draft.name, ())}
    for name, value in item.items():
        if name in gone:
            draft.said.append(f"`{name}` means nothing any more")
        elif name != "name":
            add_option(draft, name, value, _renamed(draft.name, name, value))
    if draft.name == _SPACY and not draft.options.get("model"):
        draft.options["model"] = SPACY_MODELS.get(language, f"{language}_core_news_md")
        draft.origins.pop("model", None)
        draft.said.append(f"`{_SPACY}` without a model means `model: {draft.options['model']}`")
    if draft.name == _CONVERT:
        draft.refusal = _refusal(draft)
    return draft


def _new_name(old: str, language: str) -> str:
    if old in GONE_TOKENIZERS:
        return "JiebaTokenizer" if language == "zh" else "WhitespaceTokenizer"
    return "DIETClassifier" if old == _EMBEDDING else old


def _renamed(component: str, name: str, value: Any) -> tuple[str, Any]:
    if component == "CRFEntityExtractor" and name == "features":
        return name, _new_features(value)
    return network_option(component, name, value)


def _new_features(value: Any) -> Any:
    if isinstance(value, list):
        return [_new_features(one) for one in value]
    return "text_dense_features" if value == _OLD_DENSE else value


def _refusal(draft: Draft) -> Remark:
    hint = f"use `{_LANGUAGE_MODEL}` with a multilingual model, or `SentenceEncoderFeaturizer`"
    if "model_url" in draft.options:
        what = f"`{_CONVERT}` is not supported, with a `model_url` or without"
        return Remark(what, Written(draft.position, "model_url"), hint)
    return Remark(f"the models of `{_CONVERT}` are no longer public", Written(draft.position), hint)


def _hand_on_transformers(drafts: list[Draft]) -> None:
    """What HFTransformersNLP was told is for the featurizers after it."""
    loader: Draft | None = None
    for draft in drafts:
        if draft.name == TRANSFORMERS:
            loader = draft
            draft.said.append(f"`{TRANSFORMERS}` means nothing any more: its options are those of `{_LANGUAGE_MODEL}`")
        elif draft.name == _LANGUAGE_MODEL and loader is not None:
            draft.options.update(loader.options)
            draft.origins.update(loader.origins)
