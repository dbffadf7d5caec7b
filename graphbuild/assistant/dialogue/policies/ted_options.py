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
    from graphbuild.assistant.networks.diet import Columns, DietShape
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
_LABELS = "label_action_text"
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
        {"text": [], "action_text": [], "label_action_text": []}, "Of texts: units of the layers at first."
    )
    concat_dimension: dict[Text, AtLeastOne] = option(
        {"text": 128, "action_text": 128, "label_action_text": 128},
        "Of texts: units where features of words and of texts differ.",
    )
    unidirectional_encoder: bool = option(False, "Let the words of texts see only those before them.")
    use_dense_input_dropout: bool = option(True, "Drop features of texts that are dense.")
    use_masked_language_model: bool = option(False, "Hide words of texts and guess them, too.")
    featurizers: list[str] = option(
        [],
        "Of texts: take the features of these alone, by their aliases; of all when empty.",
        display_only=True,
    )
    entity_recognition: bool = option(True, "Find entities in what users say, where stories mark any.")
    BILOU_flag: bool = option(True, "Tell where in an entity a word stands.")
    split_entities_by_comma: bool | dict[str, bool] = option(True, "Let commas end entities, or those of a type.")
    e2e_confidence_threshold: Annotated[float, Meta(ge=0, le=1)] = option(
        0.5, "How sure a prediction by the text has to be to count in the place of that by the intent."
    )

    def __post_init__(self) -> None:
        """Raises ValueError where options contradict each other."""
        if _of(_DIALOGUE, self.number_of_transformer_layers, 1):
            check_heads(_of(_DIALOGUE, self.transformer_size, _UNITS), self.number_of_attention_heads)
        check_state_featurizer(self.featurizer, _STATES)


def ted_shape(
    options: DialogueNetworkOptions,
    vocabulary: Vocabulary,
    labels: int,
    label: str,
    *,
    is_full: bool,
    texts: Mapping[str, tuple[Columns, Columns]] | None = None,
    tags: int = 0,
) -> TedShape:
    """The shape of a network of these options. `label`: what kind the labels are, `action_name` or `intent`.

    `texts`: columns of words and of texts, of each attribute (and of labels) that has a network of its own. `tags`: how
    many there are of the words of users. Whole dialogues are read from their beginning, each turn seeing those before
    it; windows are seen as one. Raises ValueError where options of texts contradict each other.
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
            _of(_DIALOGUE, options.number_of_transformer_layers, 1),
            _of(_DIALOGUE, options.transformer_size, _UNITS),
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
        texts=tuple((name, _text_shape(options, name, columns)) for name, columns in (texts or {}).items()),
        tags=tags,
    )


def _text_shape(options: DialogueNetworkOptions, name: str, columns: tuple[Columns, Columns]) -> DietShape:
    """The network of the texts of an attribute. As in Rasa nothing is dropped of the features of labels.

    Raises ValueError where options contradict each other.
    """
    from graphbuild.assistant.networks.diet import DietShape

    sizes: Mapping[str, int] = {str(key): size for key, size in options.concat_dimension.items()}
    hidden = {str(key): layers for key, layers in options.hidden_layers_sizes.items()}
    dense = {str(key): size for key, size in options.dense_dimension.items()}
    is_label = name == _LABELS
    layers, units = (
        _of(name, options.number_of_transformer_layers, 1),
        _of(name, options.transformer_size, _UNITS),
    )
    if layers:
        check_heads(units, options.number_of_attention_heads)
    return DietShape(
        words=columns[0],
        messages=columns[1],
        labels=0,
        label_columns=0,
        tags=(),
        transformer=transformer_shape(
            options,
            layers,
            units,
            options.drop_rate,
            unidirectional=options.unidirectional_encoder,
        ),
        similarity=similarity_shape(options),
        embedding=options.embedding_dimension,
        dense_dimension=dense.get(name, _UNITS),
        label_dense_dimension=0,
        concat_dimension=sizes.get(name, _UNITS),
        hidden_layers=tuple(hidden.get(name, ())),
        density=options.connection_density,
        drop_rate=options.drop_rate,
        drops_sparse_input=options.use_sparse_input_dropout and not is_label,
        drops_dense_input=options.use_dense_input_dropout and not is_label,
        guesses_words=options.use_masked_language_model and not is_label,
    )


def _of(part: str, given: Mapping[Part, int] | int, usual: int) -> int:
    return given if isinstance(given, int) else {str(name): size for name, size in given.items()}.get(part, usual)
