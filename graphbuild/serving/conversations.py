"""/conversations/ID/...: trackers looked at and written, actions, intents and messages from elsewhere."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from graphbuild.agent import Agent
from graphbuild.assistant.runtime.processor import Reply
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.serving.asking import events_in, flag_of, message_in, moment_of, optional_in, text_in, verbosity_of
from graphbuild.serving.desk import Endpoint, Question
from graphbuild.serving.stories import sessions_of, story_text
from graphbuild.web.guards import json_response, mapping_of
from graphbuild.web.refused import Refused, bad_request


async def tracker(question: Question) -> Response:
    """The whole conversation, or what it was at some time."""
    verbosity, until = verbosity_of(question.request), moment_of(question.request, "until")
    async with question.desk.served.use() as agent:
        found = await agent.tracker(question.conversation)
        if until is not None:
            found = _until(found, until, agent)
        return json_response(found.current_state(verbosity))


async def append_events(question: Question) -> Response:
    """Events that happened elsewhere."""
    verbosity, events = verbosity_of(question.request), events_in(question.body, question.longest)
    sends = flag_of(question.request, "execute_side_effects", default=False)
    async with question.desk.served.use() as agent:
        reply = await agent.processor.inject(events, question.conversation, sends=sends)
    return json_response(reply.tracker.current_state(verbosity))


async def replace_events(question: Question) -> Response:
    """The conversation is what these events make of it."""
    verbosity, events = verbosity_of(question.request), events_in(question.body, question.longest)
    async with question.desk.served.use() as agent:
        replaced = await agent.processor.replace(events, question.conversation)
    return json_response(replaced.current_state(verbosity))


async def story(question: Question) -> Response:
    """The conversation as a test story: of its last session, or of all."""
    until = moment_of(question.request, "until")
    everything = flag_of(question.request, "all_sessions", default=False)
    async with question.desk.served.use() as agent:
        await _needs(agent, question.conversation)
        found = await agent.tracker(question.conversation)
        sessions = sessions_of(found.events)
        slots = agent.processor.domain.slots
        trackers = [
            Tracker.of(question.conversation, events, slots) for events in (sessions if everything else sessions[-1:])
        ]
        if until is not None:
            trackers = [one for one in (_until(each, until, agent) for each in trackers) if one.events]
    return Response(story_text(trackers), media_type="text/plain")


async def predict(question: Question) -> Response:
    """What would be done next."""
    async with question.desk.served.use() as agent:
        await _needs(agent, question.conversation)
        found = await agent.predict_next(question.conversation)
    scores = sorted(found["scores"], key=lambda one: (-one["score"], one["action"]))
    return json_response({**found, "scores": scores})


async def execute(question: Question) -> Response:
    """Does an action, whatever policies say."""
    verbosity = verbosity_of(question.request)
    said = mapping_of(question.body, "Name of the action not provided in request body.")
    name = _name(said, "action")
    policy = optional_in(said, "policy", str, "a text")
    confidence = optional_in(said, "confidence", (int, float), "a number")
    async with question.desk.served.use() as agent:
        await _needs(agent, question.conversation)
        reply = await agent.processor.execute_action(
            name, question.conversation, policy=policy, confidence=float(confidence or 0.0)
        )
    return json_response(_told(reply, verbosity))


async def trigger_intent(question: Question) -> Response:
    """As if the user meant something."""
    verbosity = verbosity_of(question.request)
    said = mapping_of(question.body, "Name of the intent not provided in request body.")
    name, entities = _name(said, "intent"), said.get("entities") or []
    if not isinstance(entities, dict | list) or not all(
        isinstance(one, dict) for one in entities or () if not isinstance(entities, dict)
    ):
        raise bad_request("`entities` must be a list of objects, or an object of values by name", "entities")
    async with question.desk.served.use() as agent:
        if name not in agent.processor.domain.intents:
            raise Refused(HTTPStatus.NOT_FOUND, f"The intent {name} does not exist in the domain.")
        reply = await agent.processor.trigger_intent(name, question.conversation, entities=entities)
    return json_response(_told(reply, verbosity))


async def add_message(question: Question) -> Response:
    """What the user said, which nobody answers."""
    verbosity = verbosity_of(question.request)
    said = mapping_of(question.body, "No message defined in request body.")
    sender = said.get("sender")
    if sender != "user":
        what = f"Only user messages can be passed to this endpoint. Messages of sender '{sender}' cannot be handled."
        raise bad_request(what, "sender")
    text = message_in(said, "text", "`text` must be a text", question.longest)
    parse = optional_in(said, "parse_data", dict, "an object")
    async with question.desk.served.use() as agent:
        reply = await agent.processor.hear(text, question.conversation, parse=parse)
    return json_response(reply.tracker.current_state(verbosity))


def _until(tracker: Tracker, moment: float, agent: Agent) -> Tracker:
    """The conversation as it was."""
    events = [event for event in tracker.events if event.timestamp <= moment]
    return Tracker.of(tracker.sender_id, events, agent.processor.domain.slots)


async def _needs(agent: Agent, conversation: str) -> None:
    if not await agent.processor.knows(conversation):
        raise Refused(HTTPStatus.NOT_FOUND, "Conversation ID not found.", "Not found")


def _name(said: dict[str, Any], what: str) -> str:
    needs = f"Name of the {what} not provided in request body."
    name = text_in(said, "name", needs)
    if not name:
        raise bad_request(needs, "name")
    return name


def _told(reply: Reply, verbosity: Any) -> dict[str, Any]:
    return {"tracker": reply.tracker.current_state(verbosity), "messages": list(reply.messages)}


_ONE = "/conversations/{conversation_id:path}"
ENDPOINTS = (
    Endpoint("GET", f"{_ONE}/tracker", tracker),
    Endpoint("POST", f"{_ONE}/tracker/events", append_events),
    Endpoint("PUT", f"{_ONE}/tracker/events", replace_events),
    Endpoint("GET", f"{_ONE}/story", story),
    Endpoint("POST", f"{_ONE}/predict", predict),
    Endpoint("POST", f"{_ONE}/execute", execute),
    Endpoint("POST", f"{_ONE}/trigger_intent", trigger_intent),
    Endpoint("POST", f"{_ONE}/messages", add_message),
)
