"""Operation: what a node does with its component. Apart from the rest, because the path of a no-op imports it."""

import enum


class Operation(enum.StrEnum):
    """What a graph node does with its component."""

    IMPORT = "import"
    TRAIN = "train"
    APPLY = "apply"
    FITS = "fits"
    """Whether the state of an earlier training fits the data, before anything goes on from it."""
    PACKAGE = "package"


OUTPUT = "output"
STATE = "state"
START = "start"
"""Ports that every component has by its operations; `start` takes the state of an earlier training."""
PARENT = "the parent package"
"""Stands in action manifests for the node that a start comes from: no node of the graph, but one of a package."""
MODEL = "model"
"""The kind of components that find a model made elsewhere: their nodes run first, because a model that is not there
stops what needs it before anything trains, and nothing that they make is a target."""
CHECK = "check"
"""The kind of components that look for faults in data: their nodes come along with the targets that read the same
files, run before everything that no check needs, and nothing that they make is packaged."""
EVALUATION = "evaluation"
"""The kind of components whose outputs say how good something is."""
