"""What every component of messages keeps: pure, canonical, the same for one message as for many.

The table is the catalogue: a component is under test once it is listed there. Its inputs are made by its ports' types
(tests/assistant/nlu/samples.py). Those whose extra is not installed are left out with a word.
"""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.catalog import COMPONENTS
from graphbuild.assistant.data.messages import Messages
from graphbuild.contract.artifact import Artifact, Ports
from graphbuild.contract.component import MODEL, Component, Operation, is_trainable, signature, state_type
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import read_options, schema_of
from tests.assistant.nlu.fake_mitie import fake_mitie
from tests.assistant.nlu.optional import mitie_model, skip_without_extra
from tests.assistant.nlu.samples import EXAMPLES, ODD_TEXTS, by_message, examples, inputs_for, messages_of

ROOM = "graphbuild.assistant.nlu."
CLASSES = {name: load_class(reference) for name, reference in COMPONENTS.items() if reference.startswith(ROOM)}
UNDER_TEST = sorted(name for name, one in CLASSES.items() if one.kind not in (MODEL, "importer"))
"""Those that say something of messages; not those that only find a model or a dictionary."""
SMALL: dict[str, dict[str, Any]] = {
    "DIETClassifier": {"epochs": 2, "transformer_size": 16, "random_seed": 1},
    "ResponseSelector": {"epochs": 2, "hidden_layers_sizes": {"text": [8], "label": [8]}, "random_seed": 1},
}
TEXTS = (*ODD_TEXTS, *(text for text, _ in EXAMPLES))


@pytest.fixture(params=UNDER_TEST)
def component(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Component]:
    found = CLASSES[request.param]
    skip_without_extra(found)
    mitie_model(monkeypatch)
    if found.extra == "mitie":
        fake_mitie(monkeypatch)
    return found


def made(component: type[Component]) -> Any:
    """The component with small options, where its defaults take long."""
    return component(component.Config(**SMALL.get(component.__name__, {})))


def trained(component: type[Component], messages: Messages, *, nothing: bool = False) -> Artifact | None:
    if not is_trainable(component):
        return None
    state = made(component).train(**inputs_for(signature(component, Operation.TRAIN), messages, nothing=nothing))
    assert isinstance(state, state_type(component))
    return state


def applied(
    component: type[Component], state: Artifact | None, messages: Messages, *, nothing: bool = False
) -> list[Artifact]:
    """Its output, or the outputs of all ports where none is called so."""
    expected = signature(component, Operation.APPLY)
    inputs = inputs_for(expected, messages, nothing=nothing)
    output = made(component).apply(**inputs) if state is None else made(component).apply(state, **inputs)
    ports = output.values() if isinstance(output, Ports) else {"output": output}
    assert all(isinstance(one, expected.outputs[port]) for port, one in ports.items())
    return [ports["output"]] if "output" in ports else [*ports.values()]


def said(outputs: list[Artifact], messages: Messages) -> list[Any]:
    """What outputs say of each message."""
    return list(zip(*(by_message(one, messages) for one in outputs), strict=True))


def encoded(outputs: list[Artifact]) -> list[bytes]:
    return [one.encode() for one in outputs]


def test_training_twice_gives_equal_bytes(component: type[Component]) -> None:
    first, second = trained(component, examples()), trained(component, examples())
    assert first is None or second is None or first.encode() == second.encode()


def test_a_state_is_canonical_and_works_after_decoding(component: type[Component]) -> None:
    state = trained(component, examples())
    if state is None:
        return
    again = type(state).decode(state.encode())
    assert again.encode() == state.encode()
    messages = messages_of(*TEXTS)
    assert encoded(applied(component, again, messages)) == encoded(applied(component, state, messages))


def test_an_output_is_canonical(component: type[Component]) -> None:
    for output in applied(component, trained(component, examples()), messages_of(*TEXTS)):
        assert type(output).decode(output.encode()).encode() == output.encode()


def test_one_message_gives_what_it_gives_among_many(component: type[Component]) -> None:
    state = trained(component, examples())
    many = messages_of(*TEXTS)
    together = said(applied(component, state, many), many)
    alone = []
    for text in TEXTS:
        one = messages_of(text)
        alone += said(applied(component, state, one), one)
    assert together == alone


def test_the_order_of_a_batch_does_not_matter(component: type[Component]) -> None:
    state = trained(component, examples())
    forward, backward = messages_of(*TEXTS), messages_of(*reversed(TEXTS))
    assert (
        said(applied(component, state, forward), forward) == said(applied(component, state, backward), backward)[::-1]
    )


def test_an_empty_batch_is_fine(component: type[Component]) -> None:
    outputs = applied(component, trained(component, examples()), messages_of())
    assert said(outputs, messages_of()) == []
    assert all(type(one).decode(one.encode()).encode() == one.encode() for one in outputs)


def test_with_nothing_to_learn_from_it_still_works(component: type[Component]) -> None:
    state = trained(component, messages_of(), nothing=True)
    messages = messages_of(*TEXTS)
    assert len(said(applied(component, state, messages, nothing=True), messages)) == len(TEXTS)
    if state is not None:
        assert type(state).decode(state.encode()).encode() == state.encode()


def test_examples_without_intents_and_of_one_intent_are_fine(component: type[Component]) -> None:
    for intents in ([None, None], ["greet", "greet"], ["greet", None]):
        messages = messages_of("hello you", "hey", intents=intents)
        assert said(applied(component, trained(component, messages), messages), messages)


def test_it_has_a_schema_and_takes_its_own_defaults(component: type[Component]) -> None:
    schema = schema_of(component.Config)
    given = {name: entry["default"] for name, entry in schema.get("properties", {}).items() if "default" in entry}
    config, problems = read_options(component.Config, given)
    assert problems == []
    assert config == component.Config()
    assert all(entry.get("description") for entry in schema.get("properties", {}).values())
