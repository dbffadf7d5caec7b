"""The options that DIETClassifier and ResponseSelector share, with Rasa's names (RASA.md 5.4). Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from graphbuild.assistant.learning.options import (
    NotNegativeNumber,
    Rate,
    SingleLabelOptions,
    check_heads,
    similarity_shape,
    transformer_shape,
)
from graphbuild.contract.options import AtLeastOne, NotNegative, option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import Columns, DietShape

TEXT: Final = "text"
LABEL: Final = "label"
Side = Literal["text", "label"]
Sizes = dict[Side, AtLeastOne]


@dataclass(frozen=True)
class NetworkOptions(SingleLabelOptions):
    """Sizes of the network, its loss and its training. Defaults are those of DIETClassifier."""

    hidden_layers_sizes: dict[Side, list[AtLeastOne]] = option({TEXT: [], LABEL: []}, "Units of the layers at first.")
    share_hidden_layers: bool = option(False, "One set of hidden layers for texts and labels.")
    transformer_size: Sizes | AtLeastOne | None = option(256, "Units of the transformer.")
    number_of_transformer_layers: NotNegative = option(2, "Layers of the transformer; 0 for none.")
    unidirectional_encoder: bool = option(False, "Let words see only those before them.")
    epochs: AtLeastOne = option(300, "Times to go through the messages.", rounds=True)
    dense_dimension: Sizes = option({TEXT: 128, LABEL: 20}, "Units that sparse features become.")
    concat_dimension: Sizes = option({TEXT: 128, LABEL: 20}, "Units where features of both levels differ.")
    regularization_constant: NotNegativeNumber = option(0.002, "Pulls weights towards zero.")
    drop_rate: Rate = option(0.2, "Share of values that are dropped between layers.")
    use_dense_input_dropout: bool = option(True, "Drop features of dense input.")
    use_masked_language_model: bool = option(False, "Hide words and guess them, too.")
    featurizers: list[str] = option(
        [], "Take the features of these alone, by their aliases; of all when empty.", display_only=True
    )
    run_eagerly: bool = option(False, "Nothing here: kept so that configs of Rasa are read.", training_only=True)
    drop_small_last_batch: bool = option(False, "Leave out a last batch that is less than half full.")

    def __post_init__(self) -> None:
        """Raises ValueError where options contradict each other."""
        if self.number_of_transformer_layers:
            check_heads(transformer_units(self), self.number_of_attention_heads)
        hidden, dense = self.hidden_layers_sizes, self.dense_dimension
        is_alike = hidden.get(TEXT) == hidden.get(LABEL) and dense[TEXT] == dense[LABEL]
        if self.share_hidden_layers and any(hidden.values()) and not is_alike:
            raise ValueError("`share_hidden_layers` needs equal `hidden_layers_sizes` and `dense_dimension`")


def transformer_units(options: NetworkOptions) -> int:
    """Units of the transformer."""
    size = options.transformer_size
    return (size.get(TEXT) if isinstance(size, dict) else size) or 256


def diet_shape(
    options: NetworkOptions,
    words: Columns,
    messages: Columns,
    labels: tuple[int, int],
    tags: tuple[tuple[str, int], ...],
) -> DietShape:
    """The shape of a network of these options for (labels, columns of label features) and tags by level."""
    from graphbuild.assistant.networks.diet import DietShape

    hidden = options.hidden_layers_sizes
    return DietShape(
        words=words,
        messages=messages,
        labels=labels[0],
        label_columns=labels[1],
        tags=tags,
        transformer=transformer_shape(
            options,
            options.number_of_transformer_layers,
            transformer_units(options),
            options.drop_rate,
            unidirectional=options.unidirectional_encoder,
        ),
        similarity=similarity_shape(options),
        embedding=options.embedding_dimension,
        dense_dimension=options.dense_dimension[TEXT],
        label_dense_dimension=options.dense_dimension[LABEL],
        concat_dimension=options.concat_dimension[TEXT],
        hidden_layers=tuple(hidden.get(TEXT, ())),
        label_hidden_layers=tuple(hidden.get(LABEL, ())),
        share_hidden_layers=options.share_hidden_layers,
        density=options.connection_density,
        drop_rate=options.drop_rate,
        drops_sparse_input=options.use_sparse_input_dropout,
        drops_dense_input=options.use_dense_input_dropout,
        guesses_words=options.use_masked_language_model,
    )
