"""The bot's own actions, once: as an action server answers (`served`). The functions of the tests are made of it."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]


def slot(name: str, value: Any) -> Plain:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def served(request: Plain) -> tuple[int, Plain]:
    """(status, JSON) for a request of the rasa-sdk protocol."""
    name, tracker = request["next_action"], request["tracker"]
    if name == "action_broken":
        return 500, {"error": "broken"}
    if name == "action_rejected":
        return 400, {"action_name": name, "error": "not today"}
    events, responses = _done(name, tracker)
    return 200, {"events": events, "responses": responses}


def _done(name: str, tracker: Plain) -> tuple[list[Plain], list[Plain]]:
    slots = tracker["slots"]
    if name == "validate_booking_form":
        return _validated(tracker)
    if name == "action_ask_booking_form_people":
        return [], [{"text": "How many people?", "buttons": [{"title": "2", "payload": '/inform{"number": 2}'}]}]
    if name == "action_compute":
        intent = (tracker["latest_message"].get("intent") or {}).get("name")
        return ([slot("computed", intent)] if intent == "custom_slot" else []), []
    if name == "action_hello":
        return [], [{"response": "utter_bye"}, {"text": f"computed {slots['computed']}"}]
    if name == "action_followup":
        return [{"event": "followup", "timestamp": None, "name": "utter_chitchat"}], []
    return [], []


def _validated(tracker: Plain) -> tuple[list[Plain], list[Plain]]:
    """As rasa-sdk looks for what is new: slots since the run of the form."""
    events: list[Plain] = []
    said: list[Plain] = []
    for event in reversed(tracker["events"]):
        if event["event"] != "slot":
            break
        name, value = event["name"], event["value"]
        if name == "people" and value is not None and float(value) > 12:
            events.append(slot("people", None))
            said.append({"text": "Too many"})
        elif name == "wishes" and value == "/inform":
            events.append(slot("requested_slot", None))
    return events, said
