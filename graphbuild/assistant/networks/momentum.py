"""How far momentum carries a weight that no step uses: what of Adam's steps can be caught up at once.

A dense Adam changes every weight in every step, be its gradient zero: momentum carries it on. A row of a kernel that
was not used for n steps gets the sum of those changes when it is used again, with the bias corrections of each of those
steps and the learning rate of the last. So the cost of a step depends on what it uses, not on the size of the
vocabulary. Kingma and Ba, "Adam", arXiv 1412.6980.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.steps import BETAS

RATIO = BETAS[0] / BETAS[1] ** 0.5
"""How momentum shrinks in a step, against the root of the second moment."""
CORRECTED = 20_000
"""After so many steps the moments' biases need no correction in single precision."""


def _tails(most: int) -> NDArray[np.float32]:
    steps = np.arange(1, most + 1)
    corrections = np.sqrt(1 - BETAS[1] ** steps) / (1 - BETAS[0] ** steps)
    found = np.empty(most + 1)
    found[most] = RATIO / (1 - RATIO)  # by then nothing is corrected
    for step in reversed(range(most)):
        found[step] = RATIO * (corrections[step] + found[step + 1])
    return found.astype(np.float32)


TAILS = _tails(CORRECTED)
"""After each step how far momentum carries a weight in all to come, [CORRECTED + 1]; 1 is one uncorrected step."""
