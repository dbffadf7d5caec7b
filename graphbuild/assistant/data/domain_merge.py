"""Domain files -> one domain, and what is projected out of it. The order of files and of keys changes nothing.

Two files may say the same thing twice; where they say different things of one name, no order of files decides:
that is an error. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graphbuild.assistant.data.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    KNOWLEDGE_BASE_ACTION,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    RESPONSE_PREFIX,
    SESSION_METADATA_SLOT,
    Form,
    Forms,
    Responses,
    SessionSettings,
    Slot,
    Slots,
    Triggers,
)
from graphbuild.assistant.data.domain_legacy import modern_forms, modern_slots
from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry, ResponsesPart
from graphbuild.assistant.data.space import DomainSpace, IntentSpace, SlotSpace
from graphbuild.errors import About, DataError, Problem

T = TypeVar("T")
Fill = tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...]]
VERSION = "3.1"


@dataclass(frozen=True)
class MergedDomain:
    """All that the domain files and the responses of the training data say, by name, names sorted."""

    intents: Mapping[str, IntentEntry]
    entities: Mapping[str, EntityEntry]
    slots: Mapping[str, Mapping[str, Any]]
    """Definitions as Rasa 3 would write them, automatic slots left out."""
    responses: Mapping[str, tuple[dict[str, Any], ...]]
    actions: Mapping[str, bool]
    forms: Mapping[str, Mapping[str, Any]]
    e2e_actions: tuple[str, ...]
    session: Mapping[str, Any]
    config: Mapping[str, Any]
    retrieval_intents: tuple[str, ...]


def merge_domain(parts: Sequence[DomainPart], responses: Sequence[ResponsesPart]) -> MergedDomain:
    """One domain of all parts. Raises DataError for names that are defined in two ways."""
    conflicts: list[Problem] = []

    def united(word: str, pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
        return _united(word, pairs, conflicts)

    said = [pair for part in parts for pair in part.responses]
    entities = united("entity", ((one.name, one) for part in parts for one in part.entities))
    slots = united("slot", (pair for part in parts for pair in part.slots))
    forms = united("form", (pair for part in parts for pair in part.forms))
    config = united("setting", (pair for part in parts for pair in part.config.items()))
    merged = MergedDomain(
        intents=united("intent", ((one.name, one) for part in parts for one in part.intents)),
        entities=entities,
        slots=modern_slots(slots, forms, entities if _takes_entities(config) else {}),
        responses=united("response", [*said, *(pair for part in responses for pair in part.responses)]),
        actions=united("action", (pair for part in parts for pair in part.actions)),
        forms=modern_forms(forms),
        e2e_actions=tuple(sorted({text for part in parts for text in part.e2e_actions})),
        session=united("session setting", (pair for part in parts for pair in part.session.items())),
        config=config,
        retrieval_intents=tuple(sorted({name for part in responses for name in part.retrieval_intents})),
    )
    if conflicts:
        raise DataError(conflicts)
    return merged


def _united(word: str, pairs: Iterable[tuple[str, T]], conflicts: list[Problem]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif found[name] != value:
            hint = "define it once; where both are the same, twice is fine too"
            about = About((f"{word} `{name}`",), every=True)
            conflicts.append(Problem(f"{word} `{name}` is defined in two ways in two files", hint=hint, about=about))
    return dict(sorted(found.items()))


def _takes_entities(config: Mapping[str, Any]) -> bool:
    return config.get("store_entities_as_slots", True) is not False


def triggers_of(domain: MergedDomain) -> Triggers:
    """The actions that MappingPolicy of Rasa 1 runs after intents."""
    return Triggers({name: entry.triggers for name, entry in domain.intents.items() if entry.triggers})


def space_of(domain: MergedDomain) -> DomainSpace:
    """What the training of dialogue policies can see."""
    entries = {name: domain.intents.get(name, IntentEntry(name)) for name in {*domain.intents, *DEFAULT_INTENTS}}
    slots = slots_of(domain).slots
    return DomainSpace(
        intents=tuple(IntentSpace(name, used_entities(entries[name], domain.entities)) for name in sorted(entries)),
        entities=entity_labels(domain.entities.values()),
        slots=tuple(one for one in slot_spaces(domain) if slots[one.name].influences and one.type != "any"),
        actions=action_labels(domain),
        forms=tuple(domain.forms),
    )


def slot_spaces(domain: MergedDomain) -> tuple[SlotSpace, ...]:
    """All slots as dialogues see them, those too that influence nothing."""
    takes_entities = _takes_entities(domain.config)
    return tuple(
        SlotSpace(
            name=name,
            type=slot.type,
            initial_value=slot.initial_value,
            values=slot.values,
            min_value=slot.min_value,
            max_value=slot.max_value,
            fills_from=_fills(name, domain) if takes_entities else (),
        )
        for name, slot in slots_of(domain).slots.items()
    )


def entity_labels(entities: Iterable[EntityEntry]) -> tuple[str, ...]:
    """Types, then `type#role`, then `type#group`, each sorted."""
    entries = sorted(entities, key=lambda entry: entry.name)
    roles = [f"{entry.name}#{role}" for entry in entries for role in sorted(entry.roles)]
    groups = [f"{entry.name}#{group}" for entry in entries for group in sorted(entry.groups)]
    return tuple(dict.fromkeys([*(entry.name for entry in entries), *roles, *groups]))


def used_entities(intent: IntentEntry, entities: Mapping[str, EntityEntry]) -> tuple[str, ...]:
    """The entity labels that dialogue states keep after an intent; a type brings its roles and groups."""
    if intent.use is None:
        # Rasa takes roles and groups even of a type that does not influence the conversation.
        used = {name for name, entry in entities.items() if entry.influences}
        used |= {label for label in entity_labels(entities.values()) if "#" in label}
    else:
        used = _with_labels(intent.use, entities)
    return tuple(sorted(used - _with_labels(intent.ignore, entities)))


def _with_labels(names: Iterable[str], entities: Mapping[str, EntityEntry]) -> set[str]:
    labels = set(names)
    known = [entities[name] for name in labels if name in entities]
    return labels | set(entity_labels(known))


def action_labels(domain: MergedDomain) -> tuple[str, ...]:
    """Default actions in the order of their labels, then custom actions, responses, forms and bot texts.

    Rasa keeps the order of the domain file within the custom actions and the forms; here each group is sorted, so
    that an order that means nothing trains nothing.
    """
    responses = {*domain.responses, *(RESPONSE_PREFIX + intent for intent in domain.retrieval_intents)}
    custom = [name for name in domain.actions if name not in responses and name not in domain.forms]
    ordered = [*DEFAULT_ACTIONS, *custom, *sorted(responses), *domain.forms, *domain.e2e_actions]
    return tuple(dict.fromkeys(ordered))


def _fills(name: str, domain: MergedDomain) -> tuple[Fill, ...]:
    found = [
        (
            str(mapping["entity"]),
            mapping.get("role"),
            mapping.get("group"),
            _as_names(mapping.get("intent")),
            _as_names(mapping.get("not_intent")),
        )
        for mapping in domain.slots.get(name, {}).get("mappings") or ()
        if mapping.get("type") == "from_entity" and not _asks_for_loop(mapping)
    ]
    return tuple(dict.fromkeys(found))


def _asks_for_loop(mapping: Mapping[str, Any]) -> bool:
    return any(condition.get("active_loop") is not None for condition in mapping.get("conditions") or ())


def _as_names(value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value or []
    return tuple(sorted(str(name) for name in names))


def slots_of(domain: MergedDomain) -> Slots:
    """All slots, with those that Rasa adds by itself."""
    slots = {name: read_slot(definition) for name, definition in domain.slots.items()}
    if domain.forms:
        slots.setdefault(REQUESTED_SLOT, Slot("text", influences=False))
    if KNOWLEDGE_BASE_ACTION in domain.actions:
        for name in KNOWLEDGE_BASE_SLOTS:
            slots.setdefault(name, Slot("text", influences=False))
    slots.setdefault(SESSION_METADATA_SLOT, Slot("any", influences=False))
    return Slots(dict(sorted(slots.items())))


def read_slot(definition: Mapping[str, Any]) -> Slot:
    """A slot of its definition in the domain file."""
    kind = str(definition.get("type", "text"))
    initial = definition.get("initial_value")
    if kind == "float" and type(initial) is int:
        initial = float(initial)
    # What these words mean to a class of the user's own, only the class knows.
    options = definition if "." not in kind else {}
    return Slot(
        type=kind,
        initial_value=initial,
        influences=kind != "any" and definition.get("influence_conversation", True) is not False,
        values=tuple(_as_category(value) for value in options.get("values") or ()),
        min_value=float(options.get("min_value", 0.0)),
        max_value=float(options.get("max_value", 1.0)),
        mappings=tuple(definition.get("mappings") or ()),
    )


def _as_category(value: Any) -> str:
    return str(value).lower()


def forms_of(domain: MergedDomain) -> Forms:
    """The forms."""
    return Forms(
        {name: Form(tuple(f["required_slots"]), tuple(f["ignored_intents"])) for name, f in domain.forms.items()}
    )


def responses_of(domain: MergedDomain) -> Responses:
    """All responses, those of the training data too."""
    return Responses({name: list(variations) for name, variations in domain.responses.items()})


def session_of(domain: MergedDomain) -> SessionSettings:
    """The session settings, Rasa's defaults filled in."""
    minutes = domain.session.get("session_expiration_time")
    carries = domain.session.get("carry_over_slots_to_new_session")
    return SessionSettings(60.0 if minutes is None else float(minutes), True if carries is None else bool(carries))


def document_of(domain: MergedDomain) -> dict[str, Any]:
    """The whole domain as Rasa 3.1 would write it, names sorted, without what is automatic."""
    return {
        "version": VERSION,
        "intents": [_intent_entry(entry) for entry in domain.intents.values()],
        "entities": [_entity_entry(entry) for entry in domain.entities.values()],
        "slots": {name: dict(definition) for name, definition in domain.slots.items()},
        "responses": {name: list(variations) for name, variations in domain.responses.items()},
        "actions": [{name: {"send_domain": True}} if sent else name for name, sent in domain.actions.items()],
        "forms": {name: dict(definition) for name, definition in domain.forms.items()},
        "e2e_actions": list(domain.e2e_actions),
        "session_config": dict(domain.session),
        "config": dict(domain.config),
    }


def _intent_entry(entry: IntentEntry) -> Any:
    options: dict[str, Any] = {}
    if entry.use is not None:
        options["use_entities"] = sorted(entry.use)
    if entry.ignore:
        options["ignore_entities"] = sorted(entry.ignore)
    if entry.triggers:
        options["triggers"] = entry.triggers
    return {entry.name: options} if options else entry.name


def _entity_entry(entry: EntityEntry) -> Any:
    options: dict[str, Any] = {}
    if entry.roles:
        options["roles"] = sorted(entry.roles)
    if entry.groups:
        options["groups"] = sorted(entry.groups)
    if not entry.influences:
        options["influence_conversation"] = False
    return {entry.name: options} if options else entry.name
