"""What is said word for word in dialogues: its texts as messages, on their way through the pipeline to a policy.

Texts -> tokenizer -> featurizers -> TextFeatures. RASA.md 2.3 (end-to-end nodes). Knows no featurizer and no policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Spans, TokenizedMessages
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.text_features import DialogueTexts, TextEntities, TextFeatures
from graphbuild.contract.component import Component, Options


class StoryTexts(Component):
    """Gathers the texts of users and of the bot in the dialogues of stories."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, trackers: Dialogues) -> DialogueTexts:
        """The texts of n dialogues; those of rules alone are not among them, but what a user says just now is."""
        told = trackers.state_ids[np.repeat(~trackers.is_rule, np.diff(trackers.splits))]
        found = {text for code in np.unique(told).tolist() for text in texts_of(json.loads(trackers.states[code]))}
        if trackers.present is not None:
            found.update(text for text in trackers.present.texts if text)
        return DialogueTexts.of_texts(tuple(sorted(found)))


class StoryTextFeatures(Component):
    """Keeps what featurizers made of the texts of dialogues together, for a policy."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, messages: TokenizedMessages, features: Sequence[Features]) -> TextFeatures:
        """N texts with their features by featurizer."""
        return TextFeatures(messages, tuple(features))


class StoryTextEntities(Component):
    """Gathers the entities that stories mark in what users say."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, stories: StoryGraph) -> TextEntities:
        """The marked texts of stories; where one is marked in several ways, the one with the most entities counts."""
        found: dict[str, list[dict[str, Any]]] = {}
        for step in stories.steps:
            for event in step.events if not step.is_rule else ():
                if event.type == "user" and event.name is None and event.text:
                    spans = [dict(one) for one in event.entities if "start" in dict(one)]
                    if len(spans) > len(found.get(event.text, ())):
                        found[event.text] = spans
        texts = tuple(sorted(found))
        return TextEntities(texts, Spans.of([found[text] for text in texts]))


def texts_of(state: dict[str, Any]) -> Iterator[str]:
    """What is said word for word in a state: by the user, by the bot before that."""
    for part, attribute in (("user", "text"), ("prev_action", "action_text")):
        if attribute in state.get(part, {}):
            yield str(state[part][attribute])
