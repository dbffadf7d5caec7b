"""The options that DIETClassifier and ResponseSelector share, with Rasa's names (RASA.md 5.4). Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta

from graphbuild.contract.component import Options
from graphbuild.contract.options import AtLeastOne, NotNegative, Positive, option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import Columns, DietShape
    from graphbuild.assistant.networks.similarity import SimilarityShape
    from graphbuild.assistant.networks.transformer import TransformerShape

TEXT: Final = "text"
LABEL: Final = "label"
Side = Literal["text", "label"]
Rate = Annotated[float, Meta(ge=0, lt=1)]
Density = Annotated[float, Meta(gt=0, le=1)]
NotNegativeNumber = Annotated[float, Meta(ge=0)]
Sizes = dict[Side, AtLeastOne]
BatchSizes = Annotated[list[AtLeastOne], Meta(min_length=1, max_length=2)]


@dataclass(frozen=True)
class NetworkOptions(Options):
    """Sizes of the network, its loss and its training. Defaults are those of DIETClassifier."""

    hidden_layers_sizes: dict[Side, list[AtLeastOne]] = option({TEXT: [], LABEL: []}, "Units of the layers at first.")
    share_hidden_layers: bool = option(False, "One set of hidden layers for texts and labels.")
    transformer_size: Sizes | AtLeastOne | None = option(256, "Units of the transformer.")
    number_of_transformer_layers: NotNegative = option(2, "Layers of the transformer; 0 for none.")
    number_of_attention_heads: AtLeastOne = option(4, "Heads of its attention.")
    use_key_relative_attention: bool = option(False, "Let attention depend on how far apart words are.")
    use_value_relative_attention: bool = option(False, "Let what is gathered depend on it, too.")
    max_relative_position: AtLeastOne | None = option(5, "Words further apart than this count as this far.")
    unidirectional_encoder: bool = option(False, "Let words see only those before them.")
    batch_size: AtLeastOne | BatchSizes = option([64, 256], "Messages a step; [first, last] grows over the epochs.")
    batch_strategy: Literal["balanced", "sequence"] = option("balanced", "balanced: every label in every batch.")
    epochs: AtLeastOne = option(300, "Times to go through the messages.", rounds=True)
    random_seed: NotNegative | None = option(None, "The seed; drawn from the inputs when empty.")
    learning_rate: Positive = option(0.001, "The length of a step.")
    embedding_dimension: AtLeastOne = option(20, "Dimensions in which messages and labels are compared.")
    dense_dimension: Sizes = option({TEXT: 128, LABEL: 20}, "Units that sparse features become.")
    concat_dimension: Sizes = option({TEXT: 128, LABEL: 20}, "Units where features of both levels differ.")
    number_of_negative_examples: AtLeastOne = option(20, "What each message and label is held against.")
    similarity_type: Literal["auto", "cosine", "inner"] = option("auto", "auto: inner, cosine with a margin loss.")
    loss_type: Literal["cross_entropy", "margin", "softmax"] = option("cross_entropy", "How similarities are judged.")
    ranking_length: NotNegative = option(10, "How many labels a prediction names; 0 for all.")
    maximum_positive_similarity: float = option(0.8, "Margin loss: what is similar enough.")
    maximum_negative_similarity: float = option(-0.4, "Margin loss: what is different enough.")
    use_maximum_negative_similarity: bool = option(True, "Margin loss: only the worst negative counts.")
    scale_loss: bool = option(False, "Give less weight to what is known well.")
    regularization_constant: NotNegativeNumber = option(0.002, "Pulls weights towards zero.")
    negative_margin_scale: float = option(0.8, "Margin loss: weight of the similarities among negatives.")
    drop_rate: Rate = option(0.2, "Share of values that are dropped between layers.")
    drop_rate_attention: Rate = option(0.0, "Share of attention that is dropped.")
    connection_density: Density = option(0.2, "Share of the connections of a dense layer that exist.")
    use_sparse_input_dropout: bool = option(True, "Drop features of sparse input.")
    use_dense_input_dropout: bool = option(True, "Drop features of dense input.")
    evaluate_every_number_of_epochs: int = option(20, "Try held-out messages so often; -1 only at the end.")
    evaluate_on_number_of_examples: NotNegative = option(0, "Hold out so many messages.")
    use_masked_language_model: bool = option(False, "Hide words and guess them, too.")
    constrain_similarities: bool = option(False, "Also judge every similarity by itself.")
    model_confidence: Literal["softmax"] = option("softmax", "How similarities become confidences.")
    renormalize_confidences: bool = option(False, "Let the confidences of the ranking add up to one.")
    tensorboard_log_directory: str | None = option(None, "Write logs for TensorBoard there.", display_only=True)
    tensorboard_log_level: Literal["epoch", "batch", "minibatch"] = option(
        "epoch", "Here always: after each epoch.", display_only=True
    )
    checkpoint_model: bool = option(False, "Keep the weights that did best on held-out messages.")
    featurizers: list[str] = option(
        [], "Take the features of these alone, by their aliases; of all when empty.", display_only=True
    )
    run_eagerly: bool = option(False, "Nothing here: kept so that configs of Rasa are read.", display_only=True)
    drop_small_last_batch: bool = option(False, "Leave out a last batch that is less than half full.")
    use_gpu: bool = option(True, "Nothing here: kept so that configs of Rasa are read.", display_only=True)
    # Not Rasa's:
    early_stopping: bool = option(False, "Stop when the epochs no longer help.")
    patience: AtLeastOne = option(5, "Epochs without progress before early stopping.")
    learning_rate_schedule: Literal["constant", "linear", "cosine"] = option("constant", "How the rate falls.")
    mixed_precision: bool = option(False, "Multiply in bfloat16; fast where the processor has it.")
    clip_norm: Positive | None = option(None, "The norm of the gradients at most.")

    def __post_init__(self) -> None:
        """Raises ValueError where options contradict each other."""
        size, heads = transformer_units(self), self.number_of_attention_heads
        if self.number_of_transformer_layers and size % heads:
            raise ValueError(f"`transformer_size` {size} cannot be shared by {heads} `number_of_attention_heads`")
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
        transformer=_transformer(options) if options.number_of_transformer_layers else None,
        similarity=_similarity(options),
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


def _transformer(options: NetworkOptions) -> TransformerShape:
    from graphbuild.assistant.networks.transformer import TransformerShape

    return TransformerShape(
        layers=options.number_of_transformer_layers,
        units=transformer_units(options),
        heads=options.number_of_attention_heads,
        drop_rate=options.drop_rate,
        drop_rate_attention=options.drop_rate_attention,
        density=options.connection_density,
        unidirectional=options.unidirectional_encoder,
        relative_keys=options.use_key_relative_attention,
        relative_values=options.use_value_relative_attention,
        max_relative_position=options.max_relative_position,
    )


def _similarity(options: NetworkOptions) -> SimilarityShape:
    from graphbuild.assistant.networks.similarity import SimilarityShape

    is_margin = options.loss_type == "margin"
    usual = "cosine" if is_margin else "inner"
    return SimilarityShape(
        number_of_negative_examples=options.number_of_negative_examples,
        similarity_type=usual if options.similarity_type == "auto" else options.similarity_type,
        loss_type="margin" if is_margin else "cross_entropy",
        maximum_positive_similarity=options.maximum_positive_similarity,
        maximum_negative_similarity=options.maximum_negative_similarity,
        use_maximum_negative_similarity=options.use_maximum_negative_similarity,
        scale_loss=options.scale_loss,
        negative_margin_scale=options.negative_margin_scale,
        constrain_similarities=options.constrain_similarities,
    )
