"""The version of graphbuild, as installed."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


def version() -> str:
    """Such as 0.1.0; "unknown" where the package was not installed but only put on the path."""
    try:
        return installed("graphbuild")
    except PackageNotFoundError:
        return "unknown"
