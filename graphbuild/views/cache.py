"""TrainingCache: a view of the action cache and the blobs of a store. What is kept there, builds alone decide."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.session import STORE_FOLDER
from graphbuild.store.local import open_store
from graphbuild.views.storage import ModelStorage, Resource


class TrainingCache:
    """The results that a store remembers."""

    def __init__(self, store: str | Path = STORE_FOLDER) -> None:
        self.folder = Path.cwd() / store

    def get_cached_output_fingerprint(self, fingerprint_key: str) -> str | None:
        """One digest over what an action made, by its key; None where the store does not know it."""
        outputs = self._outputs(fingerprint_key)
        return digest.of_value(["outputs", dict(outputs)]) if outputs is not None else None

    def get_cached_result(self, fingerprint_key: str, node_name: str, model_storage: ModelStorage) -> Resource | None:
        """Puts what an action made into the resource of a node; None where the store does not have it all."""
        outputs = self._outputs(fingerprint_key)
        if outputs is None:
            return None
        with closing(open_store(self.folder)) as store:
            if store.blobs.present(outputs.values()) != set(outputs.values()):
                return None
            with model_storage.write_to(Resource(node_name)) as folder:
                for port, name in outputs.items():
                    (folder / port).write_bytes(store.blobs.get(name))
        return Resource(node_name)

    def _outputs(self, key: str) -> dict[str, Digest] | None:
        with closing(open_store(self.folder)) as store:
            known = store.actions.lookup([Digest(key)]).get(Digest(key))
        return dict(known.outputs) if known is not None else None
