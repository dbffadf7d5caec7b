"""DomainCheck: what the domain says against itself. RASA.md 6.4. Knows no training data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from graphbuild.assistant.data.domain import DEFAULT_INTENTS, DomainDocument, Triggers
from graphbuild.assistant.validation.entities import mapping_entities, used_entities
from graphbuild.assistant.validation.findings import Finding, Findings, closest
from graphbuild.contract.component import CHECK, Component

_SECTIONS = ("intents", "entities", "slots", "responses", "actions", "forms", "e2e_actions")


class DomainCheck(Component):
    """Checks the domain: its forms, slot mappings, categorical slots."""

    kind = CHECK

    def apply(self, domain: DomainDocument, followed: Sequence[Triggers] = ()) -> Findings:
        """Findings GB1xx, and those on entities that the domain itself names. `followed`: triggers that rules do."""
        return Findings.of(check_domain(domain.value, {intent for one in followed for intent in one.actions}))


def check_domain(domain: Mapping[str, Any], followed: Collection[str] = ()) -> Iterator[Finding]:
    """What is wrong in a whole domain, as Rasa 3.1 writes it. `followed`: intents whose triggers do what they say."""
    if not any(domain.get(section) for section in _SECTIONS):
        hint = "list its intents, responses and slots in domain.yml, or name another file with --domain"
        yield Finding("GB101", "the domain is empty", hint=hint)
        return
    intents = options_by_name(domain.get("intents"))
    yield from _triggers({name: one for name, one in intents.items() if name not in followed})
    yield from _forms(domain, intents)
    yield from _mappings(domain, intents)
    yield from _initial_values(domain["slots"])
    yield from mapping_entities(domain)
    yield from used_entities(intents, options_by_name(domain.get("entities")))


def options_by_name(section: Any) -> dict[str, Mapping[str, Any]]:
    """A list of `name` and `name: {options}` as a mapping."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in section or ():
        found.update(entry if isinstance(entry, Mapping) else {entry: {}})
    return found


def _triggers(intents: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for name, options in intents.items():
        if options.get("triggers"):
            hint = f"write a rule: after intent `{name}`, action `{options['triggers']}`"
            yield Finding("GB102", f"intent `{name}` uses `triggers`", (f"intent `{name}`",), "triggers", hint=hint)


def _forms(domain: Mapping[str, Any], intents: Mapping[str, Any]) -> Iterator[Finding]:
    for name, form in domain["forms"].items():
        subjects = (f"form `{name}`",)
        for slot in form["required_slots"]:
            if slot not in domain["slots"]:
                what = f"form `{name}` asks for slot `{slot}`, which is not in the domain"
                hint = closest(slot, domain["slots"], "add it under `slots`")
                yield Finding("GB103", what, subjects, slot, "required_slots", hint)
        for intent in form["ignored_intents"]:
            yield from _intent(intent, intents, f"form `{name}` ignores", subjects, "ignored_intents")


def _mappings(domain: Mapping[str, Any], intents: Mapping[str, Any]) -> Iterator[Finding]:
    forms = domain["forms"]
    for name, slot in domain["slots"].items():
        subjects = (f"slot `{name}`",)
        for mapping in slot.get("mappings") or ():
            for condition in mapping.get("conditions") or ():
                if condition.get("active_loop") is None:
                    continue
                form = str(condition["active_loop"])
                if form not in forms:
                    what = f"a mapping of slot `{name}` is bound to form `{form}`, which is not in the domain"
                    hint = closest(form, forms, "add it under `forms`")
                    yield Finding("GB104", what, subjects, form, "active_loop", hint)
                elif name not in forms[form]["required_slots"] and mapping.get("type") != "from_trigger_intent":
                    what = f"a mapping of slot `{name}` is bound to form `{form}`, which does not ask for the slot"
                    hint = f"add `{name}` to the `required_slots` of `{form}`, or remove the condition"
                    yield Finding("GB105", what, subjects, form, "active_loop", hint)
            for key in ("intent", "not_intent"):
                named = mapping.get(key) or ()
                for intent in [named] if isinstance(named, str) else named:
                    yield from _intent(str(intent), intents, f"a mapping of slot `{name}` names", subjects, key)


def _intent(name: str, intents: Mapping[str, Any], what: str, subjects: tuple[str, ...], key: str) -> Iterator[Finding]:
    if name.split("/", maxsplit=1)[0] not in intents and name not in DEFAULT_INTENTS:
        hint = closest(name, intents, "add it under `intents`")
        yield Finding("GB106", f"{what} intent `{name}`, which is not in the domain", subjects, name, key, hint)


def _initial_values(slots: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for name, slot in slots.items():
        initial = slot.get("initial_value")
        values = [str(value).lower() for value in slot.get("values") or ()]
        if slot.get("type") == "categorical" and initial is not None and str(initial).lower() not in values:
            what = f"the initial value `{initial}` of categorical slot `{name}` is none of its values"
            hint = closest(str(initial).lower(), values, "add it under `values`")
            yield Finding("GB107", what, (f"slot `{name}`",), str(initial), "initial_value", hint)
