"""HTML of a page that stands alone: style, script, tables that can be sorted and searched. Knows no evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

Cell = str | float | int
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #8884; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
summary { cursor: pointer; font-weight: 600; margin: .5rem 0; }
input[type=search] { font: inherit; padding: .2rem .5rem; min-width: 20rem; }
figure { margin: 1rem 0; overflow-x: auto; }
svg { font: 11px system-ui, sans-serif; background: #fff; max-width: none; }
"""
_SCRIPT = """
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const head = button.parentElement, table = head.closest("table"), body = table.tBodies[0];
  const up = head.getAttribute("aria-sort") !== "ascending", column = head.cellIndex;
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = row => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const order = (a, b) => isNaN(a) || isNaN(b) || a === "" || b === "" ? a.localeCompare(b) : a - b;
  body.append(...[...body.rows].sort((a, b) => (up ? 1 : -1) * order(value(a), value(b))));
};
for (const field of document.querySelectorAll("input[type=search]")) field.oninput = () => {
  const wanted = field.value.toLowerCase();
  for (const row of field.nextElementSibling.tBodies[0].rows)
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
};
"""
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(title: str, sections: Iterable[str]) -> bytes:
    """A whole page."""
    body = "\n".join(sections)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escaped(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<h1>{escaped(title)}</h1>\n{body}\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    ).encode()


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, search: bool = False) -> str:
    """A table whose columns sort when their heads are pressed."""
    heads = "".join(f'<th scope="col"><button type="button">{escaped(name)}</button></th>' for name in head)
    body = "\n".join(f"<tr>{''.join(_cell(one) for one in row)}</tr>" for row in rows)
    field = '<input type="search" placeholder="search" aria-label="search">' if search else ""
    return f"{field}<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"


def escaped(text: str, *, quote: bool = False) -> str:
    """A text as HTML shows it; `quote` as the value of an attribute, in quotes."""
    plain = escape(_UNPRINTABLE.sub("\ufffd", text))
    return f'"{plain}"' if quote else plain


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return f'<td class="number" data-value="{value:.6f}">{value:.3f}</td>'
    if isinstance(value, int):
        return f'<td class="number">{value}</td>'
    return f"<td>{escaped(value)}</td>"
