"""CRFEntityExtractor: entities by conditional random fields over features of words and their neighbours. RASA.md 5.4.

CRFsuite (python-crfsuite) learns one model of entity types, and one each of roles and groups, which see the types too.
The state is CRFsuite's own model files, so that loading trains nothing (Rasa 3.6 keeps its examples and trains again).
Lafferty, McCallum, Pereira, "Conditional Random Fields", ICML 2001; Okazaki, https://www.chokkan.org/software/crfsuite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.data.features import Features, PatternFeatures
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.nlu.extractors.bilou import NO_TAG, Floats, Tags, TagScheme, entities_of_tags, tag_tokens
from graphbuild.assistant.nlu.extractors.crf_features import KNOWN, TokenFeatures
from graphbuild.contract.columns import Array, ColumnsArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option
from graphbuild.contract.temporaries import temporary_folder

_ENTITY, _ROLE, _GROUP = "entity", "role", "group"
_AROUND = ["low", "title", "upper"]
_ITSELF = [
    *("low", "bias", "prefix5", "prefix2", "suffix5", "suffix3", "suffix2", "upper", "title", "digit"),
    "pattern",
]


@dataclass(frozen=True)
class CrfModels(ColumnsArtifact):
    """For types, roles and groups, as far as the examples have them: names, and the bytes of CRFsuite's model file."""

    type_name: ClassVar[str] = "CrfModels.v1"
    schemes: Mapping[str, TagScheme]
    models: Mapping[str, Array]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        return self.models, {
            kind: {"names": list(scheme.names), "bilou": scheme.bilou} for kind, scheme in self.schemes.items()
        }

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        schemes = {kind: TagScheme(tuple(one["names"]), bool(one["bilou"])) for kind, one in plain.items()}
        return cls(schemes, arrays)


class CRFEntityExtractor(Component):
    """Finds entities by conditional random fields."""

    kind = "extractor"
    requires = ("numpy", "python-crfsuite")
    extra = "crf"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        BILOU_flag: bool = option(True, "Tell beginnings, insides and ends of entities apart.")
        split_entities_by_comma: bool | dict[str, bool] = option(
            True, "Whether a comma ends an entity; or so for each type."
        )
        features: list[list[str]] = option(
            [_AROUND, _ITSELF, _AROUND],
            "An odd number of lists: features of the words before, the word itself, the words after.",
        )
        max_iterations: AtLeastOne = option(50, "Steps of the training at most.")
        L1_c: float = option(0.1, "How much weights are kept few.")
        L2_c: float = option(0.1, "How much weights are kept small.")
        featurizers: list[str] = option([], "Featurizers whose dense features are used; all when empty.")

        def __post_init__(self) -> None:
            if len(self.features) % 2 == 0:
                raise ValueError("`features` must be an odd number of lists: before, the word itself, after")
            unknown = sorted({name for names in self.features for name in names} - set(KNOWN))
            if unknown:
                raise ValueError(f"there is no feature `{unknown[0]}`; there is {', '.join(KNOWN)}")

    config: Config

    def train(
        self,
        messages: TokenizedMessages,
        features: Sequence[Features] = (),
        patterns: Sequence[PatternFeatures] = (),
    ) -> CrfModels:
        """Annotated examples -> a model for types, roles and groups each. Without entities there is none."""
        tagged = tag_tokens(messages, bilou=self.config.BILOU_flag)
        kinds = {_ENTITY: tagged.entity, _ROLE: tagged.role, _GROUP: tagged.group}
        learnt = {kind: tags for kind, tags in kinds.items() if tags.scheme.names}
        seen = TokenFeatures(self.config.features, messages, features, patterns)
        models = {}
        for number, (kind, tags) in enumerate(learnt.items()):
            types = None if kind == _ENTITY else tagged.entity.decoded()
            models[kind] = self._fit(messages, seen, tags.decoded(), types, (number, len(learnt)))
        return CrfModels({kind: tags.scheme for kind, tags in learnt.items()}, models)

    def apply(
        self,
        state: CrfModels,
        messages: TokenizedMessages,
        features: Sequence[Features] = (),
        patterns: Sequence[PatternFeatures] = (),
    ) -> EntityPredictions:
        """N messages of t tokens -> the entities that their most probable tags mean, with their probabilities."""
        name = type(self).__name__
        if _ENTITY not in state.models:
            return EntityPredictions.found([()] * len(messages), name)
        seen = TokenFeatures(self.config.features, messages, features, patterns)
        types = _predict(state, _ENTITY, messages, seen, None)
        assert types is not None
        words = types.decoded()
        return entities_of_tags(
            messages,
            name,
            types,
            _predict(state, _ROLE, messages, seen, words),
            _predict(state, _GROUP, messages, seen, words),
            split_by_comma=self.config.split_entities_by_comma,
        )

    def _fit(
        self,
        messages: TokenizedMessages,
        seen: TokenFeatures,
        tags: list[str],
        types: list[str] | None,
        part: tuple[int, int],
    ) -> Array:
        """The bytes of a trained model. `part`: which of how many it is."""
        import pycrfsuite

        context, steps = self.context, self.config.max_iterations

        class Trainer(pycrfsuite.Trainer):  # type: ignore[misc] # an untyped library
            """Tells of its progress."""

            def message(self, message: str) -> None:
                if self.logparser.feed(message) == "iteration":
                    told = self.logparser.last_iteration
                    done = part[0] * steps + min(int(told["num"]), steps)
                    context.progress(done, part[1] * steps, {"loss": float(told.get("loss", 0.0))})

        trainer = Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {
                "c1": self.config.L1_c,
                "c2": self.config.L2_c,
                "max_iterations": steps,
                # Also those that no example shows.
                "feature.possible_transitions": True,
            }
        )
        for message in range(len(messages)):
            inside = slice(*messages.tokens.splits[message : message + 2].tolist())
            if inside.start < inside.stop:
                items = seen.of_message(message, None if types is None else types[inside])
                trainer.append(pycrfsuite.ItemSequence(items), tags[inside])
        with temporary_folder() as folder:
            path = folder / "model"
            trainer.train(str(path))
            return np.frombuffer(path.read_bytes(), dtype=np.uint8)


def _predict(
    state: CrfModels, kind: str, messages: TokenizedMessages, seen: TokenFeatures, types: list[str] | None
) -> Tags | None:
    """The most probable tag of each token. With BILOU its confidence is that of all tags of its name together."""
    import pycrfsuite

    if kind not in state.models:
        return None
    scheme = state.schemes[kind]
    # A tagger holds the message that it looks at, so each call has its own.
    tagger = pycrfsuite.Tagger()
    model = state.models[kind].tobytes()  # The tagger reads these bytes, and does not keep them from going.
    tagger.open_inmemory(model)
    labels = tagger.labels()
    code_of = {tag: code for code, tag in enumerate(scheme.tags)}
    label_codes = np.array([code_of[label] for label in labels], dtype=np.int32)
    names = scheme.name_codes(label_codes)
    same = (names[:, None] == names[None, :]).astype(np.float32)  # [labels, labels] of one name
    codes = np.full(len(messages.tokens.starts), code_of[NO_TAG], dtype=np.int32)
    confidences: Floats = np.ones(len(codes), dtype=np.float32)
    splits = messages.tokens.splits.tolist()
    for message in range(len(messages)):
        first, last = splits[message], splits[message + 1]
        if first == last:
            continue
        tagger.set(pycrfsuite.ItemSequence(seen.of_message(message, None if types is None else types[first:last])))
        marginals = [[tagger.marginal(label, at) for label in labels] for at in range(last - first)]
        probable = np.array(marginals, dtype=np.float32)  # [tokens, labels]
        best = probable.argmax(axis=1)
        codes[first:last] = label_codes[best]
        confidences[first:last] = np.minimum((probable * same[best]).sum(axis=1), 1)
    return Tags(scheme, codes, confidences)
