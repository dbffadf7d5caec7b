"""ResponseLabels: the texts of responses, for a ResponseSelector that learns from them; for any other, none.

So an edit of a response trains only what reads responses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.data.parts import ResponsesPart
from graphbuild.assistant.data.response_texts import ResponseTexts
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class ResponseLabels(Component):
    """Gathers the texts of responses in the training data, where a ResponseSelector learns from them."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        use_text_as_label: bool = option(False, "Whether texts are wanted.")
        retrieval_intent: str | None = option(None, "Of which intent; of all when empty.")

    config: Config

    def apply(self, parts: Sequence[ResponsesPart]) -> ResponseTexts:
        """The first variation with a text of each response to a retrieval intent."""
        if not self.config.use_text_as_label:
            return ResponseTexts()
        said = dict(pair for part in parts for pair in part.responses)
        texts = {name: next((one["text"] for one in said[name] if one.get("text")), "") for name in said}
        pairs = [(name.removeprefix(RESPONSE_PREFIX), str(text)) for name, text in texts.items() if "/" in name]
        wanted = self.config.retrieval_intent
        return ResponseTexts(tuple(sorted(pair for pair in pairs if wanted in (None, pair[0].partition("/")[0]))))
