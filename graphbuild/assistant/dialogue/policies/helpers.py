"""The featurizer that a policy asks for when its recipe names none: from `max_history` or Rasa's `featurizer` list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbuild.contract.component import Helper

_FULL = "FullDialogueTrackerFeaturizer"
_MAX = "MaxHistoryTrackerFeaturizer"
_INTENT_MAX = "IntentMaxHistoryTrackerFeaturizer"
_AUGMENTED = "Augmented"
"""How the name of the same for augmented dialogues begins."""


def featurizer_helper(
    max_history: int | None, featurizer: Sequence[Mapping[str, Any]], *, augmented: bool = False
) -> Helper:
    """`featurizer: [{name: MaxHistoryTrackerFeaturizer, max_history: 5, ...}]`, or by `max_history` alone.

    `augmented`: whether the policy learns from augmented dialogues too.
    """
    helper = _featurizer(max_history, featurizer)
    return (
        Helper(f"{_AUGMENTED}{helper.uses}", helper.options) if augmented and helper.uses in (_FULL, _MAX) else helper
    )


def intent_featurizer_helper(max_history: int | None, featurizer: Sequence[Mapping[str, Any]]) -> Helper:
    """The same of a policy that tells intents, which learns from augmented dialogues."""
    given = _featurizer(max_history, featurizer).options
    return Helper(f"{_AUGMENTED}{_INTENT_MAX}", {"max_history": max_history, **given})


def _featurizer(max_history: int | None, featurizer: Sequence[Mapping[str, Any]]) -> Helper:
    if featurizer:
        given = featurizer[0]
        options = {name: given[name] for name in ("max_history", "remove_duplicates") if name in given}
        if max_history is not None:
            options.setdefault("max_history", max_history)
        name = str(given.get("name", _MAX)).rpartition(".")[2]
        return Helper(name, options if name in (_MAX, _INTENT_MAX) else {})
    return Helper(_MAX, {"max_history": max_history}) if max_history is not None else Helper(_FULL)


def state_featurizer_of(featurizer: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The `state_featurizer` that Rasa's list names: its name, without the module, and its options."""
    for given in featurizer:
        for one in given.get("state_featurizer") or ():
            options = dict(one) if isinstance(one, Mapping) else {"name": one}
            return {**options, "name": str(options.get("name")).rpartition(".")[2]}
    return {}


def check_state_featurizer(featurizer: Sequence[Mapping[str, Any]], known: Sequence[str]) -> None:
    """Raises ValueError for a `state_featurizer` that a policy cannot learn from."""
    name = state_featurizer_of(featurizer).get("name")
    if name is not None and name not in known:
        raise ValueError(f"there is no `state_featurizer` `{name}` here; there is {', '.join(known)}")
