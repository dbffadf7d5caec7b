"""Large lookup tables, timed: RegexEntityExtractor beside one expression of all phrases and, if there, pyahocorasick.

    python -m tests.benchmarks.phrases [--sizes 1000 10000 100000 1000000]

Phrases are one to three words of no language; of the texts, five words and phrases each, every one holds two phrases.
Ready: from the state's bytes (the expression's text, the phrases) to what can be searched. Exits with 1 when two of
them find different spans.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Sequence

from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes
from graphbuild.assistant.nlu.extractors.regex import RegexEntityExtractor
from graphbuild.assistant.nlu.patterns import Patterns, any_of

TEXTS = 1000
Spans = list[tuple[int, int]]
Search = Callable[[str], Spans]


def make_phrases(count: int, seed: int = 0) -> list[str]:
    """Different phrases, sorted."""
    chance = random.Random(seed)
    made: set[str] = set()
    while len(made) < count:
        made.add(" ".join(_word(chance) for _ in range(chance.randint(1, 3))))
    return sorted(made)


def make_texts(phrases: Sequence[str], seed: int = 1) -> list[str]:
    """Texts that hold some of the phrases."""
    chance = random.Random(seed)
    return [
        " ".join([_word(chance), chance.choice(phrases), _word(chance), _word(chance), chance.choice(phrases).upper()])
        for _ in range(TEXTS)
    ]


def ours(phrases: Sequence[str]) -> tuple[float, float, Search]:
    """Seconds to train and to be ready, and the search."""
    start = time.perf_counter()
    state = RegexEntityExtractor().train(Regexes(), Lookups((("x", tuple(phrases)),)), EntityTypes(("x",)))
    data = state.encode()
    trained = time.perf_counter()
    state = Patterns.decode(data)
    list(state.found_in("x"))
    return trained - start, time.perf_counter() - trained, lambda text: [one[1:] for one in state.found_in(text)]


def expression(phrases: Sequence[str]) -> tuple[float, float, Search]:
    """The same of one expression, which shares the beginnings of phrases."""
    start = time.perf_counter()
    source = rf"\b{any_of(phrases)}\b"
    trained = time.perf_counter()
    compiled = re.compile(source, re.IGNORECASE)
    ready = time.perf_counter()
    return trained - start, ready - trained, lambda text: [found.span() for found in compiled.finditer(text)]


def automaton(phrases: Sequence[str]) -> tuple[float, float, Search] | None:
    """The same of pyahocorasick, which has to be made each time it is loaded; None where it is not installed."""
    try:
        import ahocorasick
    except ImportError:
        return None
    start = time.perf_counter()
    made = ahocorasick.Automaton()
    for phrase in phrases:
        made.add_word(phrase, len(phrase))
    made.make_automaton()
    ready = time.perf_counter()

    def search(text: str) -> Spans:
        whole = ((end + 1 - length, end + 1) for end, length in made.iter(text.lower()))
        edges = {place.start() for place in re.finditer(r"\b", text)}
        found: Spans = []
        for start, end in sorted((one for one in whole if edges.issuperset(one)), key=lambda one: (one[0], -one[1])):
            if not found or start >= found[-1][1]:
                found.append((start, end))
        return found

    return 0.0, ready - start, search


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table. 0 when all found the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    sizes = parser.parse_args(arguments).sizes
    print(f"{'phrases':>9}  {'':12} {'train s':>8} {'ready s':>8} {'us a text':>10}")
    status = 0
    for size in sizes:
        phrases = make_phrases(size)
        texts = make_texts(phrases)
        results = []
        for name, make in (("graphbuild", ours), ("expression", expression), ("automaton", automaton)):
            made = make(phrases)
            if made is None:
                print(f"{size:>9}  {name:12} not installed")
                continue
            train, ready, search = made
            start = time.perf_counter()
            results.append([search(text) for text in texts])
            per_text = (time.perf_counter() - start) / TEXTS * 1e6
            print(f"{size:>9}  {name:12} {train:8.3f} {ready:8.3f} {per_text:10.1f}")
        if any(one != results[0] for one in results):
            print(f"{size:>9}  they found different spans")
            status = 1
    return status


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9)))


if __name__ == "__main__":
    sys.exit(main())
