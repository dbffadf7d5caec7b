"""A mapping of node to key that is read when it is first looked into: a no-op never asks what was built last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from graphbuild.contract.digest import Digest


class Lazily(Mapping[str, Digest]):
    """The mapping that `read` gives."""

    def __init__(self, read: Callable[[], dict[str, Digest]]) -> None:
        self._read = read
        self._held: dict[str, Digest] | None = None

    def _all(self) -> dict[str, Digest]:
        if self._held is None:
            self._held = self._read()
        return self._held

    def __getitem__(self, name: str) -> Digest:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
