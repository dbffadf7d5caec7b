"""The story map as a page that stands alone: the picture, a search box, and what passes where one clicks."""

from __future__ import annotations

import json
from typing import Any

from graphbuild.assistant.visual.page_script import SCRIPT
from graphbuild.assistant.visual.page_style import PAGE_STYLE


def as_page(picture: str, document: dict[str, Any]) -> bytes:
    """The page around a picture of the same map as the document is."""
    # `</script>` in a text would end the element that holds it, and `<!--` would begin a comment.
    data = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Stories</title>
<meta name="viewport" content="width=device-width">
<style>{PAGE_STYLE}</style>
</head>
<body>
<header>
  <input type="search" id="search" placeholder="Search actions, intents, texts, stories" aria-label="search" autofocus>
  <output id="found" for="search"></output>
  <span class="space"></span>
  <button type="button" id="out" aria-label="smaller">&minus;</button>
  <button type="button" id="whole">Whole</button>
  <button type="button" id="in" aria-label="larger">+</button>
</header>
<main>
<div id="view">
{picture}</div>
<aside id="panel" hidden aria-live="polite"></aside>
</main>
<script type="application/json" id="map">{data}</script>
<script>{SCRIPT}</script>
</body>
</html>
""".encode("utf-8", "replace")
