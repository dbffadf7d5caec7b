"""Operation: what a node does with its component. Apart from the rest, because the path of a no-op imports it."""

import enum


class Operation(enum.StrEnum):
    """What a graph node does with its component."""

    IMPORT = "import"
    TRAIN = "train"
    APPLY = "apply"
    PACKAGE = "package"
