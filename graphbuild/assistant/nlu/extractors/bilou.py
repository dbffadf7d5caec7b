"""Tags of tokens: entity spans as one tag a token, for what labels sequences, and predicted tags as spans again.

With BILOU a tag says where in its entity a token stands: (B)eginning, (I)nside, (L)ast, or (U)nit, an entity of one
token; outside of entities it is "O". Plain tags are the names alone. Type, role and group are tagged apart.
Columnar: t tokens and e spans over all messages. Knows no model. Rules: RASA.md 5.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Coded, Ints, Spans, Splits, TokenizedMessages, no_names
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.contract.columns import row_splits

NO_TAG = "O"
PREFIXES = ("B-", "I-", "L-", "U-")
BEGINNING, INSIDE, LAST, UNIT = range(4)
_FAR = 3
"""How many characters may stand between two tokens of one entity. Rasa's: "Rd., EH7" is one address."""
_JOINING = frozenset(" .,;")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TagScheme:
    """The tags of one kind. Code 0 is "O"; then come the names, with BILOU each with its four prefixes."""

    names: tuple[str, ...]
    """Entity types, roles or groups: sorted, without doubles."""
    bilou: bool

    @property
    def tags(self) -> tuple[str, ...]:
        """What each code stands for."""
        prefixes = PREFIXES if self.bilou else ("",)
        return (NO_TAG, *(prefix + name for name in self.names for prefix in prefixes))

    def name_codes(self, codes: Ints) -> Ints:
        """Codes of tags -> codes into `names`, -1 for none."""
        return ((codes + 3) // 4 - 1 if self.bilou else codes - 1).astype(np.int32)

    def places(self, codes: Ints) -> Ints:
        """Codes of tags -> where in its entity a token stands (BEGINNING to UNIT); meaningless for "O"."""
        return ((codes - 1) % 4).astype(np.int32) if self.bilou else np.full(len(codes), INSIDE, dtype=np.int32)


@dataclass(frozen=True)
class Tags:
    """A tag of one kind for each token, and where a model gave it, how sure that was."""

    scheme: TagScheme
    codes: Ints  # [t]
    confidences: Floats | None = None  # [t]

    @property
    def names(self) -> Ints:
        """For each token the code of its name, -1 for "O"."""
        return self.scheme.name_codes(self.codes)

    def decoded(self) -> list[str]:
        """The tags in words."""
        tags = self.scheme.tags
        return [tags[code] for code in self.codes.tolist()]


@dataclass(frozen=True)
class TokenTags:
    """What the annotations of some messages say of their tokens. A kind that no span has is all "O"."""

    entity: Tags
    role: Tags
    group: Tags
    misaligned: NDArray[np.int64]
    """Spans by number that do not begin or end where tokens do: not tagged with BILOU, else the tokens they touch."""
    overlapping: NDArray[np.int64]
    """Spans by number that share tokens with an earlier or longer one: not tagged."""


def tag_tokens(messages: TokenizedMessages, *, bilou: bool, like: TokenTags | None = None) -> TokenTags:
    """Entity spans as tags. `like` gives the schemes of an earlier training; names unknown to it are "O"."""
    spans = messages.entities
    first, last, aligned = _tokens_of_spans(messages)
    usable = (first <= last) & aligned if bilou else first <= last
    kept, overlapping = _without_overlaps(first, last, np.flatnonzero(usable))
    columns = (spans.types, spans.roles, spans.groups)
    known = (like.entity, like.role, like.group) if like is not None else (None, None, None)
    entity, role, group = (
        _tagged(
            column,
            before.scheme if before is not None else TagScheme(_used(column), bilou),
            (first[kept], last[kept], kept),
            len(messages.tokens.starts),
        )
        for column, before in zip(columns, known, strict=True)
    )
    return TokenTags(entity, role, group, np.flatnonzero(~aligned), overlapping)


def repaired(tags: Tags, splits: Splits) -> Tags:
    """Tags in which every B- is followed by I- of its name up to an L-, or is a U-.

    Where an entity's tokens disagree on its name, the best by confidence and by number of tokens has it (the harmonic
    mean of both shares), and the tokens that change get that name's score. Rasa's rule.
    """
    if not tags.scheme.bilou:
        return tags
    names, places = tags.names, tags.scheme.places(tags.codes)
    confidences = np.ones(len(names), np.float32) if tags.confidences is None else tags.confidences.copy()
    end_of_message = np.repeat(splits[1:], np.diff(splits))
    for start in np.flatnonzero((names >= 0) & (places == BEGINNING)).tolist():
        end = _end_of_entity(start, int(end_of_message[start]), names, places)
        inside = slice(start, end + 1)
        best, score = _best_name(names[inside], confidences[inside])
        confidences[inside] = np.where(names[inside] == best, confidences[inside], score)
        names[inside] = best
        places[inside] = INSIDE
        places[start], places[end] = (BEGINNING, LAST) if end > start else (UNIT, UNIT)
    codes = np.where(names >= 0, 1 + names * 4 + places, 0).astype(np.int32)
    return Tags(tags.scheme, codes, None if tags.confidences is None else confidences)


def entities_of_tags(
    messages: TokenizedMessages,
    extractor: str,
    entity: Tags,
    role: Tags | None = None,
    group: Tags | None = None,
    *,
    split_by_comma: bool | Mapping[str, bool] = True,
) -> EntityPredictions:
    """Predicted tags [t] of the tokens -> the entities that they mean, each as sure as its least sure token.

    A token goes on with the entity before it if it has the same type, role and group, and no tag that begins another;
    if there is at most one character between them; or up to three (blanks, commas, full stops, semicolons), where the
    entity is not split by commas. `split_by_comma` says so for all types, or type by type.
    """
    kinds = [None if tags is None else repaired(tags, messages.tokens.splits) for tags in (entity, role, group)]
    given = [tags for tags in kinds if tags is not None]
    first = np.flatnonzero(_begins(messages, given, _splitting(entity.scheme, split_by_comma)))
    last = _last_tokens(first, given[0].names)
    message = np.searchsorted(messages.tokens.splits, first, side="right") - 1
    starts, ends = messages.tokens.starts[first], messages.tokens.ends[last]
    places = zip(message.tolist(), starts.tolist(), ends.tolist(), strict=True)
    types, roles, groups = (
        no_names(len(first)) if tags is None else Coded(tags.scheme.names, tags.names[first]) for tags in kinds
    )
    sure, sure_of_role, sure_of_group = (None if tags is None else _least(tags, first, last) for tags in kinds)
    assert sure is not None
    values = tuple(messages.texts[row][start:end] for row, start, end in places)
    splits = row_splits(np.bincount(message, minlength=len(messages)))
    return EntityPredictions(
        Spans(splits, starts, ends, types, values, roles, groups),
        sure,
        Coded.of([extractor] * len(first)),
        ("",) * len(first),
        sure_of_role,
        sure_of_group,
    )


def _tokens_of_spans(messages: TokenizedMessages) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """For each span its first and last token by number, and whether it begins and ends where they do.

    The tokens are those that the span touches; where it touches none, the last comes before the first.
    """
    tokens, spans = messages.tokens, messages.entities
    # One number line for all messages: places of one message lie before those of the next.
    longest = 1 + int(max(tokens.ends.max(initial=0), spans.ends.max(initial=0)))
    token_base = np.repeat(np.arange(len(messages)), np.diff(tokens.splits)) * longest
    span_base = np.repeat(np.arange(len(messages)), np.diff(spans.splits)) * longest
    token_starts, token_ends = token_base + tokens.starts, token_base + tokens.ends
    starts, ends = span_base + spans.starts, span_base + spans.ends
    first = np.searchsorted(token_ends, starts, side="right")
    last = np.searchsorted(token_starts, ends, side="left") - 1
    aligned = first <= last
    aligned[aligned] &= token_starts[first[aligned]] == starts[aligned]
    aligned[aligned] &= token_ends[last[aligned]] == ends[aligned]
    return first, last, aligned


def _without_overlaps(
    first: NDArray[np.int64], last: NDArray[np.int64], usable: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Spans that share no token, earlier and then longer ones preferred; and those that had to go."""
    ordered = usable[np.lexsort((usable, -last[usable], first[usable]))]
    kept, dropped, taken = [], [], -1
    for span, begin, end in zip(ordered.tolist(), first[ordered].tolist(), last[ordered].tolist(), strict=True):
        if begin > taken:
            kept.append(span)
            taken = end
        else:
            dropped.append(span)
    return np.array(kept, dtype=np.int64), np.array(sorted(dropped), dtype=np.int64)


def _tagged(
    column: Coded, scheme: TagScheme, spans: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], tokens: int
) -> Tags:
    """The tags of one kind, from spans as (first token, last token, number of the span)."""
    position = {name: code for code, name in enumerate(scheme.names)}
    recode = np.array([*(position.get(name, -1) for name in column.names), -1], dtype=np.int64)  # the last for -1
    first, last, numbers = spans
    names = recode[column.codes[numbers]]
    first, last, names = first[names >= 0], last[names >= 0], names[names >= 0]
    lengths = last - first + 1
    inside = np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    codes = np.zeros(tokens, dtype=np.int32)
    if not scheme.bilou:
        codes[inside] = np.repeat(1 + names, lengths)
        return Tags(scheme, codes)
    codes[inside] = np.repeat(1 + names * 4 + INSIDE, lengths)
    codes[last] = 1 + names * 4 + LAST
    codes[first] = 1 + names * 4 + np.where(lengths == 1, UNIT, BEGINNING)
    return Tags(scheme, codes)


def _used(column: Coded) -> tuple[str, ...]:
    return tuple(column.names[code] for code in np.unique(column.codes[column.codes >= 0]).tolist())


def _end_of_entity(start: int, end_of_message: int, names: Ints, places: Ints) -> int:
    """The last token of the entity that begins at a B-: an L-, or the last I- before something else."""
    token = start + 1
    while token < end_of_message and names[token] >= 0 and places[token] == INSIDE:
        token += 1
    closed = token < end_of_message and names[token] >= 0 and places[token] == LAST
    return token if closed else token - 1


def _best_name(names: Ints, confidences: Floats) -> tuple[int, float]:
    """Of the names of an entity's tokens the one that it shall have, and its score."""
    if (names == names[0]).all():
        return int(names[0]), 1.0
    scores = {}
    for name in dict.fromkeys(names.tolist()):
        mean, share = float(confidences[names == name].mean()), float((names == name).mean())
        scores[name] = 2 * mean * share / (mean + share)
    best = max(scores, key=lambda name: scores[name])
    return best, scores[best]


def _splitting(scheme: TagScheme, split_by_comma: bool | Mapping[str, bool]) -> NDArray[np.bool_]:
    """For each type whether its entities are split by commas; Rasa's default is that they are."""
    if isinstance(split_by_comma, bool):
        return np.full(len(scheme.names), split_by_comma)
    return np.array([split_by_comma.get(name, True) for name in scheme.names], dtype=np.bool_)


def _begins(messages: TokenizedMessages, kinds: list[Tags], splitting: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each token whether an entity begins with it. Of the kinds of tags the types come first."""
    tokens, entity = messages.tokens, kinds[0]
    new = np.zeros(len(tokens.starts), dtype=np.bool_)
    new[tokens.splits[:-1][np.diff(tokens.splits) > 0]] = True
    for tags in kinds:
        new[1:] |= tags.names[1:] != tags.names[:-1]
    if entity.scheme.bilou:
        new |= np.isin(entity.scheme.places(entity.codes), (BEGINNING, UNIT))
    gaps = np.zeros(len(new), dtype=np.int64)
    gaps[1:] = tokens.starts[1:] - tokens.ends[:-1]
    doubtful = np.flatnonzero(~new & (entity.names >= 0) & (gaps > 1))
    message = np.searchsorted(tokens.splits, doubtful, side="right") - 1
    for token, row in zip(doubtful.tolist(), message.tolist(), strict=True):
        between = messages.texts[row][tokens.ends[token - 1] : tokens.starts[token]]
        new[token] = splitting[entity.names[token]] or len(between) > _FAR or not _JOINING.issuperset(between)
    return new & (entity.names >= 0)


def _last_tokens(first: NDArray[np.int64], types: Ints) -> NDArray[np.int64]:
    """The last token of each entity: a token of no type ends it, and so does the next entity."""
    outside = np.append(np.flatnonzero(types < 0), len(types))
    following = np.append(first[1:], len(types))[: len(first)]
    last: NDArray[np.int64] = np.minimum(outside[np.searchsorted(outside, first)], following) - 1
    return last


def _least(tags: Tags, first: NDArray[np.int64], last: NDArray[np.int64]) -> Floats:
    """The smallest confidence among the tokens of each entity."""
    if tags.confidences is None or not len(first):
        return np.ones(len(first), dtype=np.float32)
    edges = np.stack([first, last + 1], axis=1).ravel()
    padded = np.append(tags.confidences, np.float32(1))  # An entity may end with the last token of all.
    return np.minimum.reduceat(padded, edges)[::2].astype(np.float32)
