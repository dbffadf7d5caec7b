"""Where something stands in a text, shared by the recipe's and the data's readers."""

from graphbuild.errors import Location

__all__ = ["Location"]
