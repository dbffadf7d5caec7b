"""ModelMetadata: a view of a package's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from graphbuild.assistant.data.domain import DomainDocument
from graphbuild.package.package import Package, read_package


@dataclass(frozen=True)
class ModelMetadata:
    """What a package says of itself."""

    model_id: str
    """The package key: equal for equal models, wherever and whenever they were trained."""
    trained_at: datetime
    """When the file was written; nothing in it says so, for equal models are equal files."""
    graphbuild_version: str
    domain: Mapping[str, Any]
    """Empty in a model of NLU alone."""
    language: str | None
    train_nodes: Mapping[str, Mapping[str, Any]]
    """Node -> its action key, its files and the manifest behind the key."""
    predict_nodes: tuple[str, ...]
    project_fingerprint: str | None
    """The commit that the project was at."""
    parent: Mapping[str, Any] | None
    """What a fine-tuned model went on from."""

    @classmethod
    def of_file(cls, path: str | Path) -> Self:
        """The metadata of a package, or of a folder that one was left in. Raises GraphbuildError."""
        whole = Path(path)
        return cls.of(read_package(whole), datetime.fromtimestamp(whole.stat().st_mtime, UTC))

    @classmethod
    def of(cls, package: Package, trained_at: datetime) -> Self:
        """The view of a package."""
        manifest = package.manifest
        provenance = manifest["provenance"]
        documents = [one for one in manifest["artifacts"] if one["type"] == DomainDocument.type_name]
        domain = DomainDocument.decode(package.artifacts[documents[0]["digest"]]).value if documents else {}
        return cls(
            model_id=manifest["key"],
            trained_at=trained_at,
            graphbuild_version=provenance["graphbuild"],
            domain=domain,
            language=manifest["language"],
            train_nodes=provenance["nodes"],
            predict_nodes=tuple(row[0] for row in manifest["predict"]),
            project_fingerprint=provenance["git"],
            parent=provenance.get("parent"),
        )
