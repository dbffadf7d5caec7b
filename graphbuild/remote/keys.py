"""Ed25519 keys: as text, in files, and what they do. The only user of cryptography, which is imported by doing it.

ed25519:<base64>            a public key, as the settings of a project name it
ed25519-private:<base64>    a private one: a line of a file that only its owner reads; lines with `#` are passed over
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import NewType

from graphbuild.errors import Problem, UsageError
from graphbuild.remote.trouble import Kind, Trouble

PublicKey = NewType("PublicKey", str)
"""The text of a public key, always the same one for a key."""
_PUBLIC = "ed25519:"
_PRIVATE = "ed25519-private:"
KEY_BYTES = 32
SIGNATURE_BYTES = 64
_LONGEST_FILE = 4096
_HINT = "`graphbuild store keygen` makes one"


class SecretKey:
    """A private key. Shows nothing of itself."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return _public_text(Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The signature of some bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed).sign(message)

    def text(self) -> str:
        """What a file has of it: for nobody else."""
        about = f"# A signing key of graphbuild. Who has it can sign; its public key is {self.public}\n"
        return f"{about}{_PRIVATE}{base64.b64encode(self._seed).decode()}\n"

    def __repr__(self) -> str:
        return "SecretKey(...)"


def check_library() -> None:
    """Raises Trouble where signatures can be neither made nor verified."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError:
        what = "results are signed, and cryptography, by which signatures are made and verified, is not installed"
        raise Trouble(Kind.SETUP, what, "pip install 'graphbuild[trust]'") from None


def verifies(public: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether a signature is that key's, of those bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_bytes_of(public, _PUBLIC)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key(text: str) -> PublicKey:
    """The public key of a text. Raises ValueError."""
    return _public_text(_bytes_of(text, _PUBLIC))


def require_library() -> None:
    """Raises UsageError where nothing can be signed."""
    try:
        check_library()
    except Trouble as trouble:
        what = "cryptography is not installed, by which keys and signatures are made"
        raise UsageError(Problem(what, hint=trouble.hint)) from None


def new_key() -> SecretKey:
    """A key that nobody has. Raises UsageError."""
    require_library()
    return SecretKey(os.urandom(KEY_BYTES))


def secret_key(told: str, folder: Path) -> SecretKey:
    """The private key that a file holds, by its name; or that the text itself is, as CI systems hand secrets over.

    Relative names are below the folder. Raises UsageError, which says nothing of what was found.
    """
    if _PRIVATE in told:
        return _secret(told, "the signing key")
    path = folder / Path(told).expanduser()
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE).decode("ascii")
    except UnicodeDecodeError:
        raise UsageError(Problem(f"{path} holds no signing key", hint=_HINT)) from None
    except (OSError, ValueError) as error:  # also a name that none can have
        why = error.strerror if isinstance(error, OSError) else "there is no such file"
        raise UsageError(Problem(f"the signing key {path} cannot be read: {why}", hint=_HINT)) from None
    return _secret(text, str(path))


def _secret(text: str, name: str) -> SecretKey:
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        (key,) = keys
        return SecretKey(_bytes_of(key, _PRIVATE))
    except ValueError:
        raise UsageError(Problem(f"{name} holds no signing key", hint=_HINT)) from None


def _public_text(raw: bytes) -> PublicKey:
    return PublicKey(_PUBLIC + base64.b64encode(raw).decode())


def _bytes_of(text: str, prefix: str) -> bytes:
    """Raises ValueError, also of a second text for the same key."""
    if not text.startswith(prefix):
        raise ValueError(f"it does not begin with {prefix}")
    raw = decoded(text[len(prefix) :], KEY_BYTES)
    if raw is None:
        raise ValueError(f"it is not {prefix} and 32 bytes in base64")
    return raw


def decoded(text: object, length: int) -> bytes | None:
    """So many bytes out of their only text in base64; None of anything else."""
    if not isinstance(text, str) or len(text) != 4 * ((length + 2) // 3):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == length and base64.b64encode(raw).decode() == text else None
