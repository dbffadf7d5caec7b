"""ModelStorage: a view of a package's artifacts as folders, one for each resource."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from graphbuild.errors import UsageError
from graphbuild.package.package import Package, read_package
from graphbuild.views.metadata import ModelMetadata


@dataclass(frozen=True)
class Resource:
    """What a node keeps, by the node's name."""

    name: str


class ModelStorage:
    """Folders of resources. What a node made is in the folder of its name, a file for each output port."""

    def __init__(self, path: Path, archive: Path | None = None) -> None:
        self._path = path
        self.archive = archive
        """The package that it was made of: what a fine-tuning goes on from."""

    @classmethod
    def create(cls, storage_path: str | Path) -> ModelStorage:
        """An empty storage in a folder. Raises UsageError for one with anything in it."""
        path = Path(storage_path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError(f"{path} is no empty folder")
        path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    @classmethod
    def from_model_archive(
        cls, storage_path: str | Path, model_archive_path: str | Path
    ) -> tuple[ModelStorage, ModelMetadata]:
        """A storage with all that a package holds, and its metadata. Raises UsageError, GraphbuildError."""
        archive = Path(model_archive_path)
        package = read_package(archive)
        storage = cls.create(storage_path)
        storage.archive = archive
        storage.take(package)
        return storage, ModelMetadata.of(package, datetime.fromtimestamp(archive.stat().st_mtime, UTC))

    @staticmethod
    def metadata_from_archive(model_archive_path: str | Path) -> ModelMetadata:
        """The metadata of a package. Raises GraphbuildError."""
        return ModelMetadata.of_file(model_archive_path)

    def take(self, package: Package) -> None:
        """Puts all artifacts of a package into their folders."""
        for one in package.manifest["artifacts"]:
            with self.write_to(Resource(one["node"])) as folder:
                (folder / one["port"]).write_bytes(package.artifacts[one["digest"]])

    @contextlib.contextmanager
    def write_to(self, resource: Resource) -> Iterator[Path]:
        """The folder of a resource, made where it is not there."""
        folder = self._folder(resource)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder

    @contextlib.contextmanager
    def read_from(self, resource: Resource) -> Iterator[Path]:
        """The folder of a resource. Raises ValueError where there is none."""
        folder = self._folder(resource)
        if not folder.is_dir():
            raise ValueError(f"there is no resource `{resource.name}` in {self._path}")
        yield folder

    def _folder(self, resource: Resource) -> Path:
        # Names of nodes may hold slashes: `training_file@data/nlu.yml`.
        name = resource.name.replace("%", "%25").replace("/", "%2F")
        if name in ("", ".", ".."):
            raise ValueError(f"`{resource.name}` cannot be the name of a resource")
        return self._path / name
