"""Objects at a remote: bytes by name, whichever driver of fsspec reaches them. The only user of fsspec.

A name is `folder/ab/cd...`. What is written appears whole or not at all, as far as the place allows: where files can be
moved, by a move; in object stores one request is one object. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
import uuid
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from graphbuild.remote.address import Address
from graphbuild.remote.trouble import Kind, TooLong, Trouble

EXTRAS = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gs"),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), "azure"),
    **dict.fromkeys(("http", "https"), "http"),
    **dict.fromkeys(("webdav", "webdavs", "dav", "davs"), "webdav"),
}
"""The extra of graphbuild that brings the driver of a protocol."""
_WEB = ("http", "https")
_DAV = ("webdav", "webdavs", "dav", "davs")
_WHOLE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "memory")
"""Where one request makes one object, or none."""


class Objects(Protocol):
    """Bytes by name. Everything else than what is said here is raised as the driver does."""

    @property
    def is_read_only(self) -> bool:
        """Whether there is no way to write at all."""

    def read(self, name: str, limit: int) -> bytes | None:
        """An object of `limit` bytes at most, or None where there is none. Raises TooLong."""

    def write(self, name: str, data: bytes) -> None:
        """Writes or replaces an object."""

    def size(self, name: str) -> int | None:
        """How long an object is, or None where there is none."""

    def close(self) -> None:
        """Lets go of connections. What waits for an answer still gets none."""


def open_objects(address: Address, timeout_s: float) -> Objects:
    """The objects at an address. Raises Trouble where a driver is missing, or the URL is none."""
    try:
        import fsspec  # noqa: F401 - asked first, so that the error names its extra
        import zstandard  # noqa: F401
    except ImportError as error:
        raise _missing(address, "remote") from error
    try:
        if address.protocol in (*_WEB, *_DAV):
            return _WebObjects(address, timeout_s)
        return _FileObjects(address, timeout_s)
    except ImportError as error:
        raise _missing(address, EXTRAS.get(address.protocol, "remote"), error) from error
    except ValueError as error:
        hint = "such as s3://bucket/folder, webdavs://host/folder, or a folder"
        raise Trouble(Kind.SETUP, address.scrubbed(f"{address} is no remote: {error}"), hint) from error


def _missing(address: Address, extra: str, error: ImportError | None = None) -> Trouble:
    said = f" ({error})" if error is not None and address.protocol not in EXTRAS else ""
    what = f"{address} needs a driver that is not installed{said}"
    return Trouble(Kind.SETUP, what, f"pip install 'graphbuild[{extra}]'")


class _FileObjects:
    """By way of a file system of fsspec."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        import fsspec

        options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
        if address.protocol in ("s3", "s3a"):
            # Trying again is decided above this.
            once = {"connect_timeout": timeout_s, "read_timeout": timeout_s, "retries": {"max_attempts": 1}}
            options["config_kwargs"] = once
        if address.protocol == "memory":
            options = {}
        self._fs, root = fsspec.core.url_to_fs(address.url, **options)
        if hasattr(self._fs, "retries"):
            self._fs.retries = 1
        self._root = root.rstrip("/")
        self._is_whole = address.protocol in _WHOLE
        self._made: set[str] = set()

    @property
    def is_read_only(self) -> bool:
        return False

    def read(self, name: str, limit: int) -> bytes | None:
        try:
            data: bytes = self._fs.cat_file(f"{self._root}/{name}", start=0, end=limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:
            if "InvalidRange" in str(error):  # an object without a byte in it
                return b""
            raise
        if len(data) > limit:
            raise TooLong
        return data

    def write(self, name: str, data: bytes) -> None:
        path = f"{self._root}/{name}"
        if self._is_whole:
            self._fs.pipe_file(path, data)
            return
        folder = path.rpartition("/")[0]
        if folder not in self._made:
            self._fs.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        temporary = f"{folder}/.new-{os.getpid()}-{uuid.uuid4().hex}"
        try:
            with self._fs.open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                if (number := _number(file)) is not None:
                    os.fsync(number)
            if _is_local(self._fs):
                os.replace(temporary, path)  # noqa: PTH105 - the driver's own move is no rename over another file
            else:
                self._fs.mv(temporary, path)
        except BaseException:
            self._made.discard(folder)
            _quietly(lambda: self._fs.rm_file(temporary))
            raise

    def size(self, name: str) -> int | None:
        try:
            found = self._fs.info(f"{self._root}/{name}").get("size")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return int(found) if found is not None else None

    def close(self) -> None:
        """The driver keeps what it has for as long as it lives."""


class _WebObjects:
    """By HTTP, one request an object; written by WebDAV, where the URL says that it is."""

    def __init__(self, address: Address, timeout_s: float) -> None:
        import aiohttp
        from fsspec.implementations.http import HTTPFileSystem

        parts = urlsplit(address.url)
        secure = parts.scheme in ("https", "webdavs", "davs")
        host = parts.netloc.rpartition("@")[2]
        self._root = f"{'https' if secure else 'http'}://{host}{parts.path.rstrip('/')}"
        self._query = f"?{parts.query}" if parts.query else ""
        user = (unquote(parts.username or ""), unquote(parts.password or "")) if parts.username is not None else None
        limits = aiohttp.ClientTimeout(total=None, sock_connect=timeout_s, sock_read=timeout_s)
        options: dict[str, Any] = {"timeout": limits, "trust_env": True}
        if user is not None:
            options["auth"] = aiohttp.BasicAuth(*user)
        self._fs = HTTPFileSystem(client_kwargs=options, skip_instance_cache=True, use_listings_cache=False)
        self._dav: Any = None
        if parts.scheme in _DAV:
            from webdav4.fsspec import WebdavFileSystem

            # At the root of the server: the folder that the URL names may have to be made, too.
            server = self._root[: len(self._root) - len(parts.path.rstrip("/"))]
            self._dav = WebdavFileSystem(server, auth=user, timeout=timeout_s, skip_instance_cache=True).client
        self._folder = parts.path.strip("/")
        self._made: set[str] = set()
        self._guard = threading.Lock()

    @property
    def is_read_only(self) -> bool:
        return self._dav is None

    def read(self, name: str, limit: int) -> bytes | None:
        from fsspec.asyn import sync

        try:
            data: bytes = sync(self._fs.loop, self._read, f"{self._root}/{name}{self._query}", limit)
        except FileNotFoundError:
            return None
        if len(data) > limit:
            raise TooLong
        return data

    async def _read(self, url: str, limit: int) -> bytes:
        """What a server sends, but never more than a little above the limit, whatever it sends."""
        session = await self._fs.set_session()
        async with session.get(self._fs.encode_url(url)) as answer:
            if answer.status in (404, 410):
                raise FileNotFoundError(url)
            answer.raise_for_status()
            found = bytearray()
            async for chunk in answer.content.iter_chunked(1 << 16):
                found += chunk
                if len(found) > limit:
                    break
            return bytes(found)

    def write(self, name: str, data: bytes) -> None:
        path = f"{self._folder}/{name}".lstrip("/")
        with self._guard:  # two that make one folder at a time are refused by some servers
            self._make(path.rpartition("/")[0])
        try:
            self._dav.upload_fileobj(io.BytesIO(data), path, overwrite=True, size=len(data))
        except BaseException:
            self._made.clear()
            raise

    def _make(self, folder: str) -> None:
        """Makes a folder, and those above it where it cannot be made without."""
        from webdav4.client import ClientError, ResourceAlreadyExists

        if not folder or folder in self._made:
            return
        try:
            self._dav.mkdir(folder)
        except ResourceAlreadyExists:
            pass
        except ClientError:
            above = folder.rpartition("/")[0]
            if not above or above in self._made:
                raise
            self._make(above)
            with contextlib.suppress(ResourceAlreadyExists):
                self._dav.mkdir(folder)
        self._made.add(folder)

    def size(self, name: str) -> int | None:
        try:
            found = self._fs.info(f"{self._root}/{name}{self._query}").get("size")
        except FileNotFoundError:
            return None
        return int(found) if found is not None else None

    def close(self) -> None:
        from fsspec.asyn import sync

        if (session := getattr(self._fs, "_session", None)) is not None:
            _quietly(lambda: sync(self._fs.loop, session.close, timeout=1))
        if self._dav is not None:
            _quietly(self._dav.http.close)


def _number(file: Any) -> int | None:
    try:
        return int(file.fileno())
    except (AttributeError, OSError, TypeError, ValueError):
        return None


def _is_local(fs: Any) -> bool:
    return "file" in (fs.protocol if isinstance(fs.protocol, tuple | list) else (fs.protocol,))


def _quietly(call: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):  # what is left there is in nobody's way
        call()
