"""Colours and strokes of the picture of stories, in light and in dark."""

from __future__ import annotations

SVG_STYLE = """
  .stories { --page: #fbfbfa; --ink: #1c2024; --soft: #60656c; --line: #a4abb3; --box: #ffffff; --edge: #7d858e;
    --chip: #eaf2fd; --chip-edge: #b5cfee; --intent: #0d57a8; --slot: #8a5300; --loop: #7a2fa0; --event: #a3293d;
    --rule: #0b8a72; --rule-box: #effaf6; --rule-chip: #e3f5ef; --start: #1c2024; --start-ink: #ffffff;
    font: 12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; background: var(--page); }
  @media (prefers-color-scheme: dark) {
    .stories { --page: #14171a; --ink: #eceef0; --soft: #a2a9b1; --line: #5d666f; --box: #21262b; --edge: #78828c;
      --chip: #16283d; --chip-edge: #2f5580; --intent: #8cc0ff; --slot: #f0b45b; --loop: #d49bf2; --event: #ff96a3;
      --rule: #3fc7a9; --rule-box: #15302a; --rule-chip: #10342c; --start: #eceef0; --start-ink: #14171a; }
  }
  .stories text { text-anchor: middle; fill: var(--ink); font-size: 10.5px; }
  .stories .name, .stories .intent { font-size: 12px; font-weight: 600; }
  .stories .said { fill: var(--soft); }
  .stories .box .said { font-style: italic; }
  .stories .intent, .stories .entity { fill: var(--intent); }
  .stories .slot { fill: var(--slot); }
  .stories .loop { fill: var(--loop); }
  .stories .event { fill: var(--event); }
  .stories .more { fill: var(--soft); }
  .stories .shape { fill: var(--box); stroke: var(--edge); stroke-width: 1.2; }
  .stories .bot > .shape { stroke-width: 2; }
  .stories .chip > .shape { fill: var(--chip); stroke: var(--chip-edge); stroke-width: 1; }
  .stories .start > .shape, .stories .end > .shape { fill: var(--start); stroke: none; }
  .stories .start > .name, .stories .end > .name { fill: var(--start-ink); font-size: 10.5px; letter-spacing: .06em; }
  .stories .anywhere > .shape, .stories .onward > .shape { fill: var(--rule); stroke: none; }
  .stories .anywhere > .name, .stories .onward > .name { fill: var(--page); font-size: 10.5px; }
  .stories .action.rule > .shape { fill: var(--rule-box); stroke: var(--rule); stroke-dasharray: 5 3; }
  .stories .chip.rule > .shape { fill: var(--rule-chip); stroke: var(--rule); stroke-dasharray: 3 3; }
  .stories .end.rule > .shape { fill: var(--rule); }
  .stories .end.rule > .name { fill: var(--page); }
  .stories .line { fill: none; stroke: var(--line); stroke-width: 1.4; }
  .stories .tip { fill: var(--line); }
  .stories .rule > .line { stroke: var(--rule); stroke-dasharray: 5 3; }
  .stories .rule > .tip { fill: var(--rule); }
  .stories .legend text { text-anchor: start; }
  .stories .legend .caption, .stories .legend .key { fill: var(--soft); }
  .stories .legend .key { font-size: 10.5px; }
  .stories .legend .intent { fill: var(--intent); }
  .stories .legend .slot { fill: var(--slot); }
  .stories .legend .loop { fill: var(--loop); }
"""
