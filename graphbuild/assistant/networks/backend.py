"""Which backend networks are trained on, where KERAS_BACKEND says so. Imports none of them."""

from __future__ import annotations

import importlib.util
import os
from functools import cache

from graphbuild.errors import BuildFailed, Problem

VARIABLE = "KERAS_BACKEND"
BACKENDS = ("tensorflow", "jax", "numpy")


@cache
def asked() -> str | None:
    """What the environment asks for, None where it leaves the choice. Raises BuildFailed for what cannot be.

    It is asked once: while Keras is imported the variable has another value (keras_start).
    """
    name = os.environ.get(VARIABLE) or None
    if name is not None and name not in BACKENDS:
        hint = f"unset {VARIABLE}, or set it to tensorflow, jax or numpy"
        raise BuildFailed(Problem(f"networks are not trained with {VARIABLE}={name}", hint=hint))
    if name == "jax" and importlib.util.find_spec("jax") is None:
        hint = f"pip install jax, or unset {VARIABLE}"
        raise BuildFailed(Problem(f"{VARIABLE} is jax, and JAX is not installed", hint=hint))
    return name
