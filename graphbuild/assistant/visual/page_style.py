"""Style of the page around the picture of stories."""

from __future__ import annotations

PAGE_STYLE = """
:root { color-scheme: light dark; --page: #fbfbfa; --bar: #ffffff; --ink: #1c2024; --soft: #60656c; --rim: #dfe2e5;
  --mark: #f2b100; --link: #0d57a8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171a; --bar: #1b1f23; --ink: #eceef0; --soft: #a2a9b1; --rim: #333a41; --mark: #ffc933;
    --link: #8cc0ff; }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--page); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
header { display: flex; gap: .6rem; align-items: center; padding: .5rem .8rem; background: var(--bar);
  border-bottom: 1px solid var(--rim); }
header .space { flex: 1; }
input, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--rim);
  border-radius: 6px; padding: .3rem .7rem; }
input { width: min(26rem, 50vw); }
button { cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
output { color: var(--soft); }
main { flex: 1; display: flex; min-height: 0; }
#view { flex: 1; overflow: hidden; cursor: grab; touch-action: none; min-width: 0; }
#view.dragged { cursor: grabbing; }
#view > svg { width: 100%; height: 100%; display: block; }
#view .box { cursor: pointer; outline: none; }
#view .box:focus-visible > .shape, #view .box.chosen > .shape { stroke: var(--link); stroke-width: 3;
  stroke-dasharray: none; }
#view .box.hit > .shape { stroke: var(--mark); stroke-width: 3; stroke-dasharray: none; }
#view .dim { opacity: .16; }
#view .told > .line { stroke: var(--link); stroke-width: 2.4; }
#view .told > .tip { fill: var(--link); }
aside { width: min(25rem, 45vw); overflow-y: auto; padding: .9rem 1.1rem; background: var(--bar);
  border-left: 1px solid var(--rim); }
aside h2 { font-size: 1rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
aside h3 { font-size: .78rem; margin: 1rem 0 .3rem; color: var(--soft); font-weight: 600; text-transform: uppercase;
  letter-spacing: .05em; }
aside p { margin: .15rem 0; overflow-wrap: anywhere; }
aside .soft { color: var(--soft); }
aside ul { list-style: none; margin: 0; padding: 0; }
aside li { padding: .25rem 0; border-top: 1px solid var(--rim); overflow-wrap: anywhere; }
aside li button { all: unset; cursor: pointer; color: var(--link); font-weight: 600; }
aside li button:focus-visible { outline: 2px solid var(--link); }
aside li button[aria-pressed=true] { text-decoration: underline; }
aside code { font: 12px ui-monospace, "DejaVu Sans Mono", monospace; color: var(--soft); }
aside .close { float: right; padding: 0 .5rem; }
@media print { header, aside { display: none; } }
"""
