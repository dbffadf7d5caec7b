"""TrainingData: all that one file of training data says, or that several say together. Knows no files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, StoryPart


@dataclass(frozen=True)
class TrainingData:
    """NLU data, stories and rules, responses: any of them may be empty."""

    nlu: NLUPart = field(default_factory=NLUPart)
    stories: StoryPart = field(default_factory=StoryPart)
    responses: ResponsesPart = field(default_factory=ResponsesPart)

    @classmethod
    def joined(cls, files: Iterable[TrainingData]) -> Self:
        """What several files say, one after the other; nothing is merged."""
        held = list(files)
        return cls(
            NLUPart(
                tuple(example for one in held for example in one.nlu.examples),
                tuple(synonym for one in held for synonym in one.nlu.synonyms),
                tuple(pair for one in held for pair in one.nlu.regexes),
                tuple(lookup for one in held for lookup in one.nlu.lookups),
            ),
            StoryPart(tuple(block for one in held for block in one.stories.blocks)),
            ResponsesPart(
                tuple(response for one in held for response in one.responses.responses),
                tuple(sorted({name for one in held for name in one.responses.retrieval_intents})),
            ),
        )

    def counts(self) -> dict[str, int]:
        """How much of what there is; what there is none of is left out."""
        blocks = self.stories.blocks
        found = {
            "examples": len(self.nlu.examples),
            "synonyms": sum(not one.is_implied for one in self.nlu.synonyms),
            "regexes": len(self.nlu.regexes),
            "lookups": len(self.nlu.lookups),
            "stories": sum(not block.is_rule for block in blocks),
            "rules": sum(block.is_rule for block in blocks),
            "responses": len(self.responses.responses),
        }
        return {what: count for what, count in found.items() if count}
