"""Pages that stand alone: markup, style, script and data in one file, which asks no network and opens from a disk.

The policy in the page's head lets nothing run but the script that was put there, whatever the data says.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STYLE, VIEW = HERE / "page.css", HERE / "view.js"
"""What all pages share: colours, type and buttons; moving and scaling a picture."""

_READ = 'JSON.parse(document.getElementById("data").textContent)'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
"""The page may listen to who serves it, and to nobody else."""


def standalone(title: str, body: str, document: Any, styles: Sequence[Path], scripts: Sequence[Path]) -> bytes:
    """A page. Its scripts are one, in this order, and find the document as `data`."""
    style = joined(styles)
    script = closed(f"let data = {_READ};\n{joined(scripts)}")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{_POLICY}; script-src 'sha256-{digest}'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script type="application/json" id="data">{embedded(document)}</script>
<script>{script}</script>
</body>
</html>
""".encode("utf-8", "replace")


def joined(files: Sequence[Path]) -> str:
    """The text of some files, one after the other."""
    return "\n".join(path.read_text("utf-8") for path in files)


def closed(script: str) -> str:
    """A script whose names are its own."""
    return f'"use strict";\n(() => {{\n{script}}})();'


def embedded(document: Any) -> str:
    """A document as JSON that may stand in a script element."""
    # `</script>` in a text would end the element that holds it, and `<!--` would begin a comment.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
