"""The options that all components with a network share, with Rasa's names (RASA.md 4.3, 5.4). Trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from graphbuild.contract.component import Options
from graphbuild.contract.options import AtLeastOne, NotNegative, Positive, option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.similarity import SimilarityShape
    from graphbuild.assistant.networks.transformer import TransformerShape

Rate = Annotated[float, Meta(ge=0, lt=1)]
Density = Annotated[float, Meta(gt=0, le=1)]
NotNegativeNumber = Annotated[float, Meta(ge=0)]
BatchSizes = Annotated[list[AtLeastOne], Meta(min_length=1, max_length=2)]
_SEEDS = 2**31


@dataclass(frozen=True)
class LearningOptions(Options):
    """A transformer, the loss of its similarities, and its training."""

    number_of_attention_heads: AtLeastOne = option(4, "Heads of the transformer's attention.")
    use_key_relative_attention: bool = option(False, "Let attention depend on how far apart positions are.")
    use_value_relative_attention: bool = option(False, "Let what is gathered depend on it, too.")
    max_relative_position: AtLeastOne | None = option(5, "Positions further apart than this count as this far.")
    batch_size: AtLeastOne | BatchSizes = option([64, 256], "Examples a step; [first, last] grows over the epochs.")
    batch_strategy: Literal["balanced", "sequence"] = option("balanced", "balanced: every label in every batch.")
    epochs: AtLeastOne = option(1, "Times to go through the examples.", rounds=True)
    random_seed: NotNegative | None = option(None, "The seed; drawn from the inputs when empty.")
    learning_rate: Positive = option(0.001, "The length of a step.")
    embedding_dimension: AtLeastOne = option(20, "Dimensions in which examples and labels are compared.")
    number_of_negative_examples: AtLeastOne = option(20, "What each example and label is held against.")
    ranking_length: NotNegative = option(10, "How many labels a prediction names; 0 for all.")
    scale_loss: bool = option(False, "Give less weight to what is known well.")
    regularization_constant: NotNegativeNumber = option(0.001, "Pulls weights towards zero.")
    drop_rate: Rate = option(0.0, "Share of values that are dropped between layers.")
    drop_rate_attention: Rate = option(0.0, "Share of attention that is dropped.")
    connection_density: Density = option(0.2, "Share of the connections of a dense layer that exist.")
    use_sparse_input_dropout: bool = option(True, "Drop features of sparse input.")
    evaluate_every_number_of_epochs: int = option(20, "Try held-out examples so often; -1 only at the end.")
    evaluate_on_number_of_examples: NotNegative = option(0, "Hold out so many examples.")
    tensorboard_log_directory: str | None = option(None, "Write logs for TensorBoard there.", training_only=True)
    tensorboard_log_level: Literal["epoch", "batch", "minibatch"] = option(
        "epoch", "Here always: after each epoch.", training_only=True
    )
    checkpoint_model: bool = option(False, "Keep the weights that did best on held-out examples.")
    use_gpu: bool = option(True, "Nothing here: kept so that configs of Rasa are read.", training_only=True)
    # Not Rasa's:
    early_stopping: bool = option(False, "Stop when the epochs no longer help.")
    patience: AtLeastOne = option(5, "Epochs without progress before early stopping.")
    learning_rate_schedule: Literal["constant", "linear", "cosine"] = option("constant", "How the rate falls.")
    mixed_precision: bool = option(False, "Multiply in bfloat16; fast where the processor has it.")
    clip_norm: Positive | None = option(None, "The norm of the gradients at most.")


@dataclass(frozen=True)
class SingleLabelOptions(LearningOptions):
    """The loss where one label is right."""

    similarity_type: Literal["auto", "cosine", "inner"] = option("auto", "auto: inner, cosine with a margin loss.")
    loss_type: Literal["cross_entropy", "margin", "softmax"] = option("cross_entropy", "How similarities are judged.")
    maximum_positive_similarity: float = option(0.8, "Margin loss: what is similar enough.")
    maximum_negative_similarity: float = option(-0.4, "Margin loss: what is different enough.")
    use_maximum_negative_similarity: bool = option(True, "Margin loss: only the worst negative counts.")
    negative_margin_scale: float = option(0.8, "Margin loss: weight of the similarities among negatives.")
    constrain_similarities: bool = option(False, "Also judge every similarity by itself.")
    model_confidence: Literal["softmax"] = option("softmax", "How similarities become confidences.")
    renormalize_confidences: bool = option(False, "Let the confidences of the ranking add up to one.")


def seed_of(options: LearningOptions, drawn: int) -> int:
    """The seed of a training: the one that is given, else one that was drawn."""
    return (options.random_seed if options.random_seed is not None else drawn) % _SEEDS


def transformer_shape(
    options: LearningOptions, layers: int, units: int, drop_rate: float, *, unidirectional: bool
) -> TransformerShape | None:
    """A transformer of these options; None for no layers."""
    if not layers:
        return None
    from graphbuild.assistant.networks.transformer import TransformerShape

    return TransformerShape(
        layers=layers,
        units=units,
        heads=options.number_of_attention_heads,
        drop_rate=drop_rate,
        drop_rate_attention=options.drop_rate_attention,
        density=options.connection_density,
        unidirectional=unidirectional,
        relative_keys=options.use_key_relative_attention,
        relative_values=options.use_value_relative_attention,
        max_relative_position=options.max_relative_position,
    )


def similarity_shape(options: SingleLabelOptions) -> SimilarityShape:
    """The loss of these options."""
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


def check_heads(units: int, heads: int) -> None:
    """Raises ValueError where the units of a transformer cannot be shared by its heads."""
    if units % heads:
        raise ValueError(f"`transformer_size` {units} cannot be shared by {heads} `number_of_attention_heads`")
