"""The hub that pretrained models are downloaded from: what is said when one cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from graphbuild.errors import ComponentError, Problem

T = TypeVar("T")


def from_hub(name: str, load: Callable[[], T]) -> T:
    """What `load` gives. Raises ComponentError where the model is neither here nor to be had."""
    try:
        return load()
    except (OSError, ValueError) as error:  # what the hub's client raises, offline too, is one of these
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise ComponentError(
            Problem(
                f"the model `{name}` is no folder, was not downloaded before, and the hub does not give it",
                facts=(("it says", said),),
                hint="build once where there is a network, or give a folder that holds the model",
            )
        ) from error
