"""Drafts: an item of an older configuration on its way to what it means today, and what there is to say of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.migration.renames import HIDDEN_LAYERS, NETWORKS, OPTIONS, Item
from graphbuild.contract.translation import Remark, TranslatedItem, Written

HINT = "`graphbuild data migrate` writes it so"


@dataclass
class Draft:
    """An item on its way, and what there is to say of it."""

    name: str
    position: int
    options: Item = field(default_factory=dict)
    origins: dict[str, Written] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """What it asked for and does not get."""
    refusal: Remark | None = None

    def finished(self) -> TranslatedItem:
        """The item as it is meant."""
        return TranslatedItem(self.name, self.options, self.position, self.origins)

    def put(self, option: str, value: Any, written: Written | None) -> None:
        """Gives it an option that it has not; `written` is where its value comes from, if it was written at all."""
        if option not in self.options:
            self.options[option] = value
            if written is not None:
                self.origins[option] = written


def notices_of(drafts: list[Draft]) -> tuple[Remark, ...]:
    """One notice for each item that is not what it says."""
    told = ((one, [*one.said, *one.lost]) for one in drafts)
    return tuple(Remark("; ".join(words), Written(one.position), HINT) for one, words in told if words)


def short_name(name: str) -> str:
    """A component of Rasa's own without its module."""
    return name.rpartition(".")[2] if name.startswith("rasa.") else name


def add_option(draft: Draft, name: str, value: Any, renamed: tuple[str, Any]) -> None:
    """Gives a draft an option as it is meant, and says so. `renamed`: its name and value of today."""
    new, meant = renamed
    if new != name and name in HIDDEN_LAYERS:
        others = draft.options.get(new)
        meant = {**(others if isinstance(others, dict) else {}), HIDDEN_LAYERS[name]: value}
        draft.said.append(f"`{name}` means `{HIDDEN_LAYERS[name]}` of `{new}`")
    elif new != name and meant == value:
        draft.said.append(f"`{name}` means `{new}`")
    elif meant != value:
        draft.said.append(f"`{name}: {shown(value)}` means `{new}: {shown(meant)}`")
    draft.options[new] = meant
    draft.origins[new] = Written(draft.position, name)


def network_option(component: str, name: str, value: Any) -> tuple[str, Any]:
    """An option of a component, by its name and value of today where the component has a network that knows it."""
    new, meant = renamed_option(component, name, value)
    # An option of another component stays, and is found to be wrong under its own name.
    return (new, meant) if new in NETWORKS.get(component, ()) else (name, value)


def renamed_option(component: str, name: str, value: Any) -> tuple[str, Any]:
    """An option of a component with a network, by its new name and with its new value."""
    if name in HIDDEN_LAYERS:
        return "hidden_layers_sizes", value
    if name == "weight_sparsity" and isinstance(value, int | float):
        return "connection_density", round(1 - value, 6)
    if name in ("dense_dim", "dense_dimension") and isinstance(value, int) and not component.endswith("Policy"):
        return "dense_dimension", {"text": value, "label": value}
    if name == "loss_type" and value == "softmax":
        return name, "cross_entropy"
    if name == "model_confidence" and value in ("cosine", "inner", "linear_norm"):
        return name, "softmax"
    return OPTIONS.get(name, name), value


def shown(value: Any) -> str:
    """A value for a sentence."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {shown(one)}' for key, one in value.items())}}}"
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list) else str(value)
