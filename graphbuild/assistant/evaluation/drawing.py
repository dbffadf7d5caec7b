"""Confusion matrices, confidences and curves as SVG inside a page. Plain text; no library draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.html import escaped
from graphbuild.assistant.evaluation.metrics import Confusion
from graphbuild.assistant.evaluation.pictures import BINS, histogram

_RIGHT, _WRONG = "#2a7f62", "#c8553d"
_COLOURS = ("#3465a4", "#c8553d", "#2a7f62", "#8f5fa8", "#b8860b", "#4a4a4a")
_NAMED = 60
"""More labels have no names beside the matrix, only when pointed at."""


def confusion_svg(confusion: Confusion) -> str:
    """A square for each pair that occurs, the darker the larger its share of the target."""
    count = len(confusion.labels)
    cell = min(max(640 // max(count, 1), 4), 22)
    is_named = count <= _NAMED
    margin = 10 + (7 * max((len(name) for name in confusion.labels), default=0) if is_named else 0)
    totals = dict(zip(confusion.labels, confusion.counts.sum(axis=1).tolist(), strict=True))
    place = {label: code for code, label in enumerate(confusion.labels)}
    marks = []
    for target, said, number in confusion.cells():
        x, y = margin + place[said] * cell, margin + place[target] * cell
        colour = _RIGHT if target == said else _WRONG
        told = escaped(f"{target} as {said}: {number} of {totals[target]}")
        opacity = 0.15 + 0.85 * number / totals[target]
        extent = f'width="{cell - 1}" height="{cell - 1}"'
        marks.append(
            f'<rect x="{x}" y="{y}" {extent} fill="{colour}" opacity="{opacity:.2f}"><title>{told}</title></rect>'
        )
    for label, code in place.items() if is_named else ():
        middle = margin + code * cell + cell / 2 + 4
        marks.append(f'<text x="{margin - 4}" y="{middle:g}" text-anchor="end">{escaped(label)}</text>')
        marks.append(
            f'<text transform="translate({middle:g} {margin - 4}) rotate(-90)" fill="#222">{escaped(label)}</text>'
        )
    size = margin + count * cell + 10
    return _svg(size, size, "confusion: true labels down, predicted ones across", marks)


def histogram_svg(right: Sequence[float], wrong: Sequence[float]) -> str:
    """Confidences in 25 bins: right predictions above the line, wrong ones below."""
    up, down = histogram(right), histogram(wrong)
    scale = 120 / max(*up, *down, 1)
    middle, step = 140, 24
    marks = [f'<line x1="40" y1="{middle}" x2="{40 + BINS * step}" y2="{middle}" stroke="#222"/>']
    for position, (above, below) in enumerate(zip(up, down, strict=True)):
        x = 40 + position * step
        span = f"{position / BINS:.2f} to {(position + 1) / BINS:.2f}"
        for number, colour, y, word in (
            (above, _RIGHT, middle - above * scale, "right"),
            (below, _WRONG, middle, "wrong"),
        ):
            if number:
                marks.append(
                    f'<rect x="{x + 1}" y="{y:.1f}" width="{step - 2}" height="{number * scale:.1f}" fill="{colour}">'
                    f"<title>{number} {word}, confidence {span}</title></rect>"
                )
    marks += [f'<text x="{40 + share * BINS * step:g}" y="290">{share:g}</text>' for share in (0, 0.5, 1)]
    marks.append(f'<text x="50" y="14" fill="{_RIGHT}">right</text><text x="90" y="14" fill="{_WRONG}">wrong</text>')
    return _svg(80 + BINS * step, 300, "confidences of right and wrong predictions", marks)


def curves_svg(comparison: Comparison) -> str:
    """What is measured over how much there is to train on, a line for each configuration, with bars of its spread."""
    most = max(*comparison.examples, 1) if comparison.examples else 1
    marks = []
    for share in np.linspace(0, 1, 6).tolist():
        y = 320 - 300 * share
        marks.append(f'<line x1="50" y1="{y:g}" x2="690" y2="{y:g}" stroke="#ddd"/>')
        marks.append(f'<text x="44" y="{y + 4:g}" text-anchor="end">{share:g}</text>')
    marks += [
        f'<text x="{50 + 620 * number / most:.1f}" y="340" text-anchor="middle">{number}</text>'
        for number in dict.fromkeys(comparison.examples)
    ]
    for position, curve in enumerate(comparison.curves):
        colour = _COLOURS[position % len(_COLOURS)]
        points = []
        for number, mean, spread in zip(comparison.examples, curve.means, curve.spreads, strict=True):
            x, y = 50 + 620 * number / most, 320 - 300 * mean
            points.append(f"{x:.1f},{y:.1f}")
            ends = f'y1="{y - 300 * spread:.1f}" x2="{x:.1f}" y2="{y + 300 * spread:.1f}"'
            told = escaped(f"{curve.config}: {mean:.3f} ± {spread:.3f} with {number} {comparison.unit}")
            marks.append(f'<line x1="{x:.1f}" {ends} stroke="{colour}"/>')
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"><title>{told}</title></circle>')
        marks.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        marks.append(f'<text x="60" y="{20 + 14 * position}" fill="{colour}">{escaped(curve.config)}</text>')
    below = escaped(f"{comparison.unit} to train on")
    marks.append(f'<text x="370" y="358" text-anchor="middle">{below}</text>')
    name = escaped(f"{comparison.measure} over the number of {comparison.unit}")
    return f"<figure>{_svg(710, 366, name, marks)}</figure>"


def _svg(width: int, height: int, name: str, marks: Sequence[str]) -> str:
    head = f'<svg role="img" aria-label="{name}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return "\n".join([head, *marks, "</svg>"])
