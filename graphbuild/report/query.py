"""Questions about the DAG: `deps(intent) - kind(importer)`. A small language over sets of nodes; pure.

    expression := term (("+" | "-" | "&" | "union" | "except" | "intersect") term)*      from left to right
    term       := "(" expression ")" | FUNCTION "(" arguments ")" | NAME
    NAME       := a node of the recipe, one of its steps, or a glob over both; in quotes where it holds ( ) , + &

A name that begins with a sign needs quotes too; a `-` inside one does not. Model: Bazel's query language.
"""

from __future__ import annotations

import difflib
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from graphbuild.errors import Location, Problem, UsageError
from graphbuild.graph.graph import Graph, NodeId

FUNCTIONS: Mapping[str, str] = {
    "deps": "deps(x[, depth]): x and all that it needs",
    "rdeps": "rdeps(x[, depth]): x and all that needs it",
    "somepath": "somepath(a, b): one shortest way between a and b",
    "allpaths": "allpaths(a, b): every node on a way between a and b",
    "kind": "kind(policy[, x]): nodes of a kind, or those in x",
    "component": "component(Name[, x]): nodes of a component, or those in x",
    "targets": "targets(): what the package keeps",
    "all": "all(): every node",
}
"""Function -> how it is called and what it gives."""

_OPERATORS: Mapping[str, Callable[[set[NodeId], set[NodeId]], set[NodeId]]] = {
    "+": set.union,
    "-": set.difference,
    "&": set.intersection,
}
_WORDS = {"union": "+", "except": "-", "intersect": "&"}
_TOKEN = re.compile(r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<sign>[()+,&-])|(?P<name>[^\s()+,&"']+))""")
_TEXT = "query"
_END = "the end"
_NAME = "a name"
_Nodes = set[NodeId]


def evaluate(expression: str, graph: Graph) -> tuple[NodeId, ...]:
    """The nodes that an expression means, in the order of a build. Raises UsageError with the place marked."""
    parser = _Parser(expression, graph)
    found = parser.whole()
    return tuple(node_id for node_id in graph.nodes if node_id in found)


@dataclass(frozen=True)
class _Token:
    """A word or sign; `column` counts from 1. `is_sign` is False for quoted text."""

    text: str
    column: int
    is_sign: bool = False
    is_quoted: bool = False


class _Parser:
    """Recursive descent; evaluates while it reads, so that a wrong name is reported at its place."""

    def __init__(self, expression: str, graph: Graph) -> None:
        self._expression = expression
        self._graph = graph
        self._tokens = self._split(expression)
        self._at = 0

    def whole(self) -> _Nodes:
        found = self._set()
        if self._next.text != _END or not self._next.is_sign:
            raise self._wrong(f"expected an operator or {_END}, found `{self._next.text}`", self._next)
        return found

    def _set(self) -> _Nodes:
        found = self._term()
        while (operator := self._operator()) is not None:
            found = _OPERATORS[operator](found, self._term())
        return found

    def _term(self) -> _Nodes:
        if self._take("("):
            found = self._set()
            self._expect(")")
            return found
        token = self._name()
        if self._sees("(") and not token.is_quoted:
            return self._call(token)
        return self._named(token)

    def _call(self, function: _Token) -> _Nodes:
        if function.text not in FUNCTIONS:
            raise self._wrong(f"there is no function `{function.text}`", function, _close(function.text, FUNCTIONS))
        self._expect("(")
        found = self._called(function.text)
        if self._sees(","):
            raise self._wrong(f"`{function.text}` takes no more arguments", self._next, FUNCTIONS[function.text])
        self._expect(")")
        return found

    def _called(self, function: str) -> _Nodes:
        match function:
            case "all":
                return set(self._graph.nodes)
            case "targets":
                return set(self._graph.targets)
            case "kind" | "component":
                return self._described(function)
            case "deps" | "rdeps":
                near = _needs(self._graph) if function == "deps" else _users(self._graph)
                return reached(self._set(), near, self._depth())
            case _:
                return self._between(function)

    def _described(self, function: str) -> _Nodes:
        """`kind(policy)`: nodes by a fact of theirs, which may be a glob."""
        word = self._name()
        facts = {node.id: node.kind if function == "kind" else node.uses for node in self._graph.nodes.values()}
        if not any(fnmatchcase(fact, word.text) for fact in facts.values()):
            known = sorted(set(facts.values()))
            hint = _close(word.text, known) or f"there is {', '.join(known)}"
            raise self._wrong(f"no node is of {function} `{word.text}`", word, hint)
        among = self._set() if self._take(",") else set(self._graph.nodes)
        return {node_id for node_id in among if fnmatchcase(facts[node_id], word.text)}

    def _between(self, function: str) -> _Nodes:
        start = self._set()
        self._expect(",")
        end = self._set()
        needs, users = _needs(self._graph), _users(self._graph)
        if function == "allpaths":
            forward = reached(start, users) & reached(end, needs)
            return forward or reached(start, needs) & reached(end, users)
        return shortest(start, end, users) or shortest(start, end, needs)

    def _depth(self) -> int | None:
        if not self._take(","):
            return None
        token = self._name()
        if not token.text.isdecimal():
            raise self._wrong(f"expected a number of steps, found `{token.text}`", token)
        return int(token.text)

    def _named(self, token: _Token) -> _Nodes:
        name = token.text
        is_glob = any(sign in name for sign in "*?[")
        found = {
            node.id
            for node in self._graph.nodes.values()
            if name in (node.id, node.name)
            or (is_glob and (fnmatchcase(node.id, name) or fnmatchcase(node.name, name)))
        }
        if not found:
            known = sorted({word for node in self._graph.nodes.values() for word in (node.id, node.name)})
            what = f"no node matches `{name}`" if is_glob else f"there is no node `{name}`"
            raise self._wrong(what, token, _close(name, known) or "see `graphbuild graph`")
        return found

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _sees(self, sign: str) -> bool:
        return self._next.is_sign and self._next.text == sign

    def _take(self, sign: str) -> bool:
        seen = self._sees(sign)
        self._at += seen
        return seen

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            found = self._next.text if self._next.text == _END else f"`{self._next.text}`"
            raise self._wrong(f"expected `{sign}`, found {found}", self._next)

    def _name(self) -> _Token:
        token = self._next
        if token.is_sign:
            found = token.text if token.text == _END else f"`{token.text}`"
            raise self._wrong(f"expected {_NAME}, found {found}", token)
        self._at += 1
        return token

    def _operator(self) -> str | None:
        token = self._next
        sign = token.text if token.is_sign else None if token.is_quoted else _WORDS.get(token.text)
        if sign not in _OPERATORS:
            return None
        self._at += 1
        return sign

    def _split(self, expression: str) -> list[_Token]:
        tokens = []
        at = 0
        while expression[at:].strip():
            found = _TOKEN.match(expression, at)
            if found is None:
                column = at + len(expression[at:]) - len(expression[at:].lstrip()) + 1
                raise self._wrong("a quote is not closed", _Token("", column))
            word = found[found.lastgroup or 0]
            is_quoted = found.lastgroup == "quoted"
            text = word[1:-1] if is_quoted else word
            tokens.append(_Token(text, found.start(found.lastgroup or 0) + 1, found.lastgroup == "sign", is_quoted))
            at = found.end()
        return [*tokens, _Token(_END, len(expression.rstrip()) + 1, is_sign=True)]

    def _wrong(self, what: str, token: _Token, hint: str | None = None) -> UsageError:
        error = UsageError(Problem(what, Location(_TEXT, 1, token.column), hint=hint))
        error.texts = {_TEXT: f"{self._expression} "}
        return error


def reached(start: Iterable[NodeId], near: Mapping[NodeId, Iterable[NodeId]], depth: int | None = None) -> _Nodes:
    """`start` and all that is reached from it, in at most `depth` steps."""
    found = set(start)
    rim = set(found)
    steps = 0
    while rim and (depth is None or steps < depth):
        rim = {other for node_id in rim for other in near[node_id]} - found
        found |= rim
        steps += 1
    return found


def shortest(start: Iterable[NodeId], end: _Nodes, near: Mapping[NodeId, Iterable[NodeId]]) -> _Nodes:
    """The nodes of one shortest way from any of `start` to any of `end`; empty when there is none."""
    before: dict[NodeId, NodeId | None] = dict.fromkeys(sorted(start))
    queue = deque(before)
    while queue:
        node_id = queue.popleft()
        if node_id in end:
            way: _Nodes = set()
            step: NodeId | None = node_id
            while step is not None:
                way.add(step)
                step = before[step]
            return way
        for other in near[node_id]:
            if other not in before:
                before[other] = node_id
                queue.append(other)
    return set()


def _needs(graph: Graph) -> dict[NodeId, list[NodeId]]:
    return {node.id: [edge.node for edge in node.inputs] for node in graph.nodes.values()}


def _users(graph: Graph) -> dict[NodeId, list[NodeId]]:
    users: dict[NodeId, list[NodeId]] = {node_id: [] for node_id in graph.nodes}
    for node in graph.nodes.values():
        for edge in node.inputs:
            users[edge.node].append(node.id)
    return users


def _close(word: str, known: Iterable[str]) -> str | None:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{close[0]}`?" if close else None
