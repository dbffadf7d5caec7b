"""RasaResource: what a component in Rasa's style wrote while it trained, as plain files that nobody here reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self

from graphbuild.contract.artifact import Artifact, ArtifactFormatError, decode_json, encode_json
from graphbuild.errors import DataError, Problem


@dataclass(frozen=True)
class RasaResource(Artifact):
    """Files by path, sorted: neither times nor rights nor empty folders are of them. Equal files, equal bytes."""

    type_name: ClassVar[str] = "RasaResource.v1"
    files: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """The files in a folder. Raises DataError for links and all else that is no plain file."""
        found = []
        for place, names, files in os.walk(folder):
            links = [name for name in names if Path(place, name).is_symlink()]
            for name in [*files, *links]:
                path = Path(place, name)
                label = path.relative_to(folder).as_posix()
                if path.is_symlink() or not path.is_file():
                    hint = "a resource holds plain files alone"
                    raise DataError(Problem(f"`{label}` in the resource is no plain file", hint=hint))
                found.append((label, path.read_bytes()))
        return cls(tuple(sorted(found)))

    def write_to(self, folder: Path) -> None:
        """Puts the files into a folder."""
        for label, data in self.files:
            path = folder.joinpath(*PurePosixPath(label).parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def encode(self) -> bytes:
        index = encode_json({"type": self.type_name, "files": [[label, len(data)] for label, data in self.files]})
        return index + b"\n" + b"".join(data for _, data in self.files)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\n")
        index = decode_json(head)
        if not isinstance(index, dict) or index.get("type") != cls.type_name:
            raise ArtifactFormatError(f"not an artifact of type {cls.type_name}")
        files, begin = [], 0
        for label, size in index["files"]:
            files.append((_checked(str(label)), body[begin : begin + int(size)]))
            begin += int(size)
        if begin != len(body):
            raise ArtifactFormatError("the files of the resource are cut off")
        return cls(tuple(files))


def _checked(label: str) -> str:
    """A path that stays in its folder."""
    path = PurePosixPath(label)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in label:
        raise ArtifactFormatError(f"`{label}` leads out of the resource")
    return label
