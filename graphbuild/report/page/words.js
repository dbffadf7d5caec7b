// Words, numbers and elements: what the parts of the page say, and how.

// Texts go into the page through here, as text: names and data come from users, and are never markup.
const element = (name, facts = {}, ...children) => {
  const made = document.createElement(name);
  for (const [fact, value] of Object.entries(facts)) {
    if (value === undefined || value === null || value === false) continue;
    if (fact === "class") made.className = value;
    else if (fact.startsWith("on")) made.addEventListener(fact.slice(2), value);
    else made.setAttribute(fact, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
};

// `names` in a sentence are set apart.
const sentence = text => text.split("`").map((part, place) => place % 2 ? element("code", {}, part) : part);

// What became of a node: a word, another one where it is only planned, and a mark (strokes in a square of 16 by 16).
const OUTCOMES = {
  failed: {word: "failed", mark: "M4.5 4.5l7 7M11.5 4.5l-7 7"},
  running: {word: "running", mark: "M8 4.2V8l2.6 1.8"},
  run: {word: "ran", plan: "runs", mark: "M6 4.4l5.2 3.6L6 11.6z"},
  pending: {word: "pending", mark: "M4.6 8v.01M8 8v.01M11.4 8v.01"},
  added: {word: "added", mark: "M8 4v8M4 8h8"},
  removed: {word: "removed", mark: "M4 8h8"},
  changed: {word: "changed", mark: "M4 6.4h8M4 9.6h8M9.8 4L6.2 12"},
  skipped: {word: "skipped", mark: "M4.6 11.4l6.8-6.8"},
  cutoff: {word: "cut off early", mark: "M4 8h4M10.5 4.5v7M8 6l2 2-2 2"},
  hit: {word: "reused", mark: "M4.4 8.3l2.4 2.5 4.8-5.4"},
  same: {word: "as before", mark: "M8 8v.01"},
};
const outcomeWord = outcome => {
  const known = OUTCOMES[outcome];
  return known ? (data.told === "plan" && known.plan) || known.word : outcome;
};

const REASONS = {
  new: "new", forced: "forced", lost: "store", component: "component", config: "configuration", seed: "seed",
  code: "code", toolchain: "toolchain", format: "format", input: "inputs", source: "data", upstream: "waits for",
  failed: "failed", stopped: "not run",
};

const inSeconds = seconds => {
  if (seconds === null || seconds === undefined) return "";
  if (Math.round(seconds) >= 60) return `${Math.floor(Math.round(seconds) / 60)} min ${Math.round(seconds) % 60} s`;
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  return seconds < 0.0005 ? "<1 ms" : `${(seconds * 1000).toFixed(0)} ms`;
};
const inBytes = size => {
  if (size === null || size === undefined) return "";
  if (size < 1024) return `${size} bytes`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let amount = size / 1024;
  while (amount >= 1024 && units.length > 1) {
    amount /= 1024;
    units.shift();
  }
  return `${amount.toFixed(1)} ${units[0]}`;
};
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
