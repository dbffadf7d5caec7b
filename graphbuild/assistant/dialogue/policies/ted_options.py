"""The options of TEDPolicy and UnexpecTEDIntentPolicy, with Rasa's names and TEDPolicy's defaults (RASA.md 4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from graphbuild.assistant.dialogue.featurizers.single_state import Vocabulary
from graphbuild.assistant.dialogue.policies.helpers import check_state_featurizer
from graphbuild.assistant.learning.options import (
    Rate,
    SingleLabelOptions,
    check_heads,
    similarity_shape,
    transformer_shape,
)
from graphbuild.contract.options import AtLeastOne, NotNegative, option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.ted import TedShape

Text = Literal["text", "action_text", "label_action_text"]
Described = Literal[
    "text",
    "action_text",
    "label_action_text",
    "intent",
    "action_name",
    "label_action_name",
    "label_intent",
    "entities",
    "slots",
    "active_loop",
]
Part = Literal["text", "action_text", "label_action_text", "dialogue"]
_OF_TEXTS = "Nothing here: of texts, which are told apart word for word (docs/limitations.md)."
_STATES = ("SingleStateFeaturizer", "IntentTokenizerSingleStateFeaturizer")
_DIALOGUE = "dialogue"
_UNITS = 128


@dataclass(frozen=True)
class DialogueNetworkOptions(SingleLabelOptions):
    """Sizes of the network, its loss and its training. Defaults are those of TEDPolicy."""

    max_history: AtLeastOne | None = option(None, "States that are looked at; whole dialogues when empty.")
    priority: int = option(1, "Which policy wins when two are equally sure.")
    featurizer: list[dict[str, Any]] = option([], "Rasa's way to name the featurizer.")
    dense_dimension: dict[Described, AtLeastOne] = option(
        {
            **dict.fromkeys(("text", "action_text", "label_action_text"), 128),
            **dict.fromkeys(("intent", "action_name", "label_action_name", "label_intent"), 20),
            **dict.fromkeys(("entities", "slots", "active_loop"), 20),
        },
        "Units that the features of each attribute become.",
    )
    encoding_dimension: AtLeastOne = option(50, "Units of what the user says and the bot does, each.")
    transformer_size: dict[Part, AtLeastOne] | AtLeastOne = option(
        dict.fromkeys(("text", "action_text", "label_action_text", _DIALOGUE), _UNITS), "Units of the transformer."
    )
    number_of_transformer_layers: dict[Part, NotNegative] | NotNegative = option(
        dict.fromkeys(("text", "action_text", "label_action_text", _DIALOGUE), 1), "Its layers; 0 for none."
    )
    ranking_length: NotNegative = option(0, "How many actions a prediction names; 0 for all.")
    maximum_negative_similarity: float = option(-0.2, "Margin loss: what is different enough.")
    scale_loss: bool = option(True, "Give less weight to what is known well.")
    drop_rate_dialogue: Rate = option(0.1, "Share of values that are dropped of dialogues.")
    drop_rate_label: Rate = option(0.0, "Nothing here: labels have no hidden layers.", display_only=True)
    hidden_layers_sizes: dict[Text, list[AtLeastOne]] = option(
        {"text": [], "action_text": [], "label_action_text": []}, _OF_TEXTS, display_only=True
    )
    concat_dimension: dict[Text, AtLeastOne] = option(
        {"text": 128, "action_text": 128, "label_action_text": 128}, _OF_TEXTS, display_only=True
    )
    unidirectional_encoder: bool = option(False, _OF_TEXTS, display_only=True)
    use_dense_input_dropout: bool = option(True, _OF_TEXTS, display_only=True)
    use_masked_language_model: bool = option(False, _OF_TEXTS, display_only=True)
    featurizers: list[str] = option([], _OF_TEXTS, display_only=True)
    entity_recognition: bool = option(True, _OF_TEXTS, display_only=True)
    BILOU_flag: bool = option(True, _OF_TEXTS, display_only=True)
    split_entities_by_comma: bool | dict[str, bool] = option(True, _OF_TEXTS, display_only=True)
    e2e_confidence_threshold: Annotated[float, Meta(ge=0, le=1)] = option(0.5, _OF_TEXTS, display_only=True)

    def __post_init__(self) -> None:
        """Raises ValueError where options contradict each other."""
        if _of_dialogue(self.number_of_transformer_layers, 1):
            check_heads(_of_dialogue(self.transformer_size, _UNITS), self.number_of_attention_heads)
        check_state_featurizer(self.featurizer, _STATES)


def ted_shape(
    options: DialogueNetworkOptions, vocabulary: Vocabulary, labels: int, label: str, *, is_full: bool
) -> TedShape:
    """The shape of a network of these options. `label`: what kind the labels are, `action_name` or `intent`.

    Whole dialogues are read from their beginning, each turn seeing those before it; windows are seen as one.
    """
    from graphbuild.assistant.networks.ted import Attribute, TedShape

    is_of_intents = label == "intent"
    similarity = similarity_shape(options)
    dense = {str(name): size for name, size in options.dense_dimension.items()}
    return TedShape(
        attributes=tuple(Attribute(name, len(names), dense[name]) for name, names in vocabulary.items()),
        labels=labels,
        label_dense_dimension=dense[f"label_{label}"],
        encoding_dimension=options.encoding_dimension,
        transformer=transformer_shape(
            options,
            _of_dialogue(options.number_of_transformer_layers, 1),
            _of_dialogue(options.transformer_size, _UNITS),
            options.drop_rate_dialogue,
            unidirectional=is_full,
        ),
        # Where several labels may be right, similarities are inner products, each judged by itself.
        similarity=replace(similarity, similarity_type="inner") if is_of_intents else similarity,
        embedding=options.embedding_dimension,
        density=options.connection_density,
        drop_rate=options.drop_rate if options.use_sparse_input_dropout else 0.0,
        drop_rate_dialogue=options.drop_rate_dialogue,
        has_many_right=is_of_intents,
        asks_first=not is_full,
    )


def _of_dialogue(given: Mapping[Part, int] | int, usual: int) -> int:
    return given if isinstance(given, int) else given.get("dialogue", usual)
