"""Real servers for tests of remotes: moto's S3, Debian's nginx with WebDAV. Each a process on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

NGINX_MODULES = Path("/usr/lib/nginx/modules")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the server ended"
        time.sleep(0.1)
    raise AssertionError("the server does not listen")


@contextmanager
def s3_server() -> Iterator[int]:
    """moto's server with one bucket, `team`; its port."""
    if find_spec("moto") is None or find_spec("s3fs") is None:
        pytest.skip("moto's server or s3fs is not installed")
    port = free_port()
    line = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("PUT", "/team", headers={"Host": "s3.amazonaws.com"})
        assert connection.getresponse().status == 200
        connection.close()
        yield port
    finally:
        process.kill()
        process.wait()


@contextmanager
def dav_server(folder: Path, user: str, password: str) -> Iterator[tuple[int, Path]]:
    """nginx with WebDAV over a folder, for one user; its port, and the folder that it serves."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None or not (NGINX_MODULES / "ngx_http_dav_ext_module.so").is_file():
        pytest.skip("Debian's nginx with libnginx-mod-http-dav-ext is not installed")
    if find_spec("webdav4") is None or find_spec("aiohttp") is None:
        pytest.skip("webdav4 or aiohttp is not installed")
    served = folder / "served"
    served.mkdir(parents=True)
    port = free_port()
    (folder / "users").write_text(f"{user}:{{PLAIN}}{password}\n")
    root = "user root;" if Path("/proc/self").stat().st_uid == 0 else ""
    temporary = "".join(f"{one}_temp_path {folder}/tmp;" for one in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"""
load_module {NGINX_MODULES}/ngx_http_dav_ext_module.so;
{root} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; {temporary}
  server {{
    listen 127.0.0.1:{port};
    root {served}; client_body_temp_path {served}/.tmp; client_max_body_size 0;
    location / {{
      dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS;
      auth_basic "store"; auth_basic_user_file {folder}/users;
    }}
  }}
}}
"""
    )
    process = subprocess.Popen([nginx, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port, served
    finally:
        process.terminate()
        process.wait()
