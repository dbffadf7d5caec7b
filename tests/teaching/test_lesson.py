"""Lesson: what is heard, done, taken back and told again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.parts import IntentEntry, StoryElement
from graphbuild.assistant.data.stories import Event
from graphbuild.assistant.runtime import events as kinds
from graphbuild.teaching.journal import Journal, left_behind
from graphbuild.teaching.lesson import Done, Lesson, waits_for_user
from graphbuild.teaching.marking import corrected, read_marked
from graphbuild.teaching.opening import open_agent
from graphbuild.teaching.saving import save
from graphbuild.teaching.taught import stories_of, taught_by
from graphbuild.teaching.wording import saved_text


class Pupil:
    """A lesson whose teacher says in one line what is right."""

    def __init__(self, model: Path, store: Path) -> None:
        self.agent = open_agent(model, store, None)
        self.store, self.project = store, store
        self.journal = Journal.begun(store, store)
        self.lesson = Lesson(self.agent.processor, self.journal)
        self.runner = asyncio.Runner()
        self.runner.run(self.lesson.begin())

    def say(self, marked: str, intent: str, *actions: str) -> list[Done]:
        """The user says something that means this; the assistant is to do that, and to listen."""
        return self.runner.run(self._say(marked, intent, actions))

    async def _say(self, marked: str, intent: str, actions: tuple[str, ...]) -> list[Done]:
        text = marked.replace("[", "").split("](")[0] + marked.partition(")")[2] if "[" in marked else marked
        parse = await self.lesson.understand(text)
        done = [await self.lesson.hear(corrected(parse, intent, read_marked(marked, text)))]
        for action in (*actions, "action_listen"):
            prediction = await self.lesson.predict()
            if prediction.action != action:
                prediction = self.lesson.instead(action)
            done.append(await self.lesson.act(prediction))
        return done

    def close(self) -> None:
        self.journal.close(keeps=False)
        self.runner.run(self.agent.close())
        self.runner.close()


@pytest.fixture
def pupil(small_model: Path, tmp_path: Path) -> Iterator[Pupil]:
    made = Pupil(small_model, tmp_path)
    yield made
    made.close()


def told(*events: Event) -> tuple[StoryElement, ...]:
    return tuple(StoryElement((event,)) for event in events)


GREETING = told(Event("user", "greet"), Event("action", "utter_hello"))


def test_what_is_confirmed_is_an_example_and_a_story(pupil: Pupil) -> None:
    heard, said, listened = pupil.say("hello", "greet", "utter_hello")
    assert [part["text"] for part in said.messages] == ["Hello!"]
    assert (said.listens, listened.listens) == (False, True)
    taught = pupil.lesson.taught()
    assert [(one.text, one.intent) for one in taught.examples] == [("hello", "greet")]
    assert taught.stories == (GREETING,)
    assert not heard.slots


def test_corrected_entities_fill_slots_and_are_told(pupil: Pupil) -> None:
    heard, said, _ = pupil.say("some [gunpowder](tea)", "order", "utter_tea")
    assert heard.slots == {"tea": "gunpowder"}
    assert [part["text"] for part in said.messages] == ["One gunpowder, please wait."]
    (example,) = pupil.lesson.taught().examples
    assert example.entities == ({"start": 5, "end": 14, "value": "gunpowder", "entity": "tea"},)
    (story,) = pupil.lesson.taught().stories
    assert story[1] == StoryElement((Event("slot", "tea", "gunpowder"),))


def test_new_intents_actions_and_responses_are_for_the_domain(pupil: Pupil) -> None:
    pupil.lesson.responses["utter_wifi"] = "It is free."
    _, said, done, _ = pupil.say("is there [wifi](thing)", "ask_wifi", "utter_wifi", "action_count")
    assert [part["text"] for part in said.messages] == ["It is free."]
    assert done.messages == ()
    domain = pupil.lesson.taught().domain
    assert domain.intents == (IntentEntry("ask_wifi"),)
    assert [one.name for one in domain.entities] == ["thing"]
    assert domain.responses == (("utter_wifi", ({"text": "It is free."},)),)
    assert domain.actions == (("action_count", False),)


def test_back_takes_a_turn_with_all_that_it_did(pupil: Pupil) -> None:
    pupil.say("hello", "greet", "utter_hello")
    before = pupil.lesson.taught()
    pupil.say("some [gunpowder](tea)", "order", "utter_tea")
    assert pupil.lesson.back() == "some gunpowder"
    assert pupil.lesson.taught() == before
    assert pupil.lesson.tracker.get_slot("tea") is None
    assert waits_for_user(pupil.lesson.tracker.events)
    assert pupil.lesson.back() == "hello"
    assert pupil.lesson.back() is None
    assert not pupil.lesson.taught()


def test_another_talk_is_another_story(pupil: Pupil) -> None:
    pupil.say("hello", "greet", "utter_hello")
    pupil.runner.run(pupil.lesson.begin())
    pupil.say("ciao", "bye", "utter_bye")
    assert pupil.lesson.taught().stories == (GREETING, told(Event("user", "bye"), Event("action", "utter_bye")))


def heard(text: str, **parse: Any) -> list[Any]:
    """A turn of the user, and what was done about it."""
    turn = kinds.UserUttered.understood(text, {"intent": {"name": "order"}, "entities": [], **parse})
    return [turn, kinds.ActionExecuted("utter_tea"), kinds.ActionExecuted("action_listen")]


def told_of(talk: list[Any], *, tells_texts: bool) -> Event:
    ((turn, _),) = stories_of(talk, tells_texts=tells_texts)
    return turn.events[0]


def test_texts_are_told_with_what_they_meant_where_they_are_wanted() -> None:
    """With entities and without; a retrieval intent with its key."""
    assert told_of(heard("some tea"), tells_texts=True) == Event("user", "order", text="some tea")
    intent = {"name": "faq", "full_retrieval_intent_name": "faq/price"}
    assert told_of(heard("how much", intent=intent), tells_texts=True) == Event("user", "faq", "faq/price", "how much")
    tea = {"start": 5, "end": 8, "value": "tea", "entity": "tea"}
    turn = told_of(heard("some tea", entities=[tea]), tells_texts=True)
    assert (turn.name, turn.text, [dict(one) for one in turn.entities]) == ("order", "some tea", [tea])
    assert told_of(heard("some tea"), tells_texts=False) == Event("user", "order")


def test_a_turn_that_the_assistant_knew_by_its_text_is_told_by_it() -> None:
    """With the entities that the policy found in it; one that the teacher put right is told by its intent."""
    said, *after = heard("some tea")
    tea = {"start": 5, "end": 8, "value": "tea", "entity": "tea"}
    by_text = [said, kinds.DefinePrevUserUtteredFeaturization(True), kinds.EntitiesAdded([tea]), *after]
    turn = told_of(by_text, tells_texts=False)
    assert (turn.name, turn.text, [dict(one) for one in turn.entities]) == (None, "some tea", [tea])
    assert told_of(by_text, tells_texts=True).name == "order"
    corrected_turn = [said, kinds.DefinePrevUserUtteredFeaturization(False), *after]
    assert told_of(corrected_turn, tells_texts=False) == Event("user", "order")


def test_a_text_that_cannot_be_written_does_not_keep_the_rest_from_being_saved(pupil: Pupil, project: Path) -> None:
    text = "press [ok](button) now"
    turn = kinds.UserUttered.understood(text, {"intent": {"name": "greet"}, "entities": []})
    after = [kinds.ActionExecuted("utter_hello"), kinds.ActionExecuted("action_listen")]
    taught = taught_by([[turn, *after, *heard("a ${NAME} tea")]], pupil.lesson.domain, {}, tells_texts=True)
    assert [one.text for one in taught.examples] == ["a ${NAME} tea"]
    ((first, _, second, _),) = taught.stories
    assert first.events[0] == Event("user", "greet")
    assert second.events[0].text == "a ${NAME} tea"
    assert taught.left_out == ((text, "its brackets would be read as an annotation"),)
    saved = save(project, {}, taught)
    assert (saved.examples, saved.stories) == (1, 1)
    assert f"  left out: `{text}`: its brackets would be read as an annotation" in saved_text(saved).splitlines()


def test_a_turn_that_has_not_ended_is_an_example_and_no_story(pupil: Pupil) -> None:
    async def half(lesson: Lesson) -> Any:
        await lesson.hear(corrected(await lesson.understand("hello"), "greet", ()))
        return await lesson.act(lesson.instead("utter_hello"))

    pupil.runner.run(half(pupil.lesson))
    assert pupil.lesson.taught().stories == ()
    assert len(pupil.lesson.taught().examples) == 1


def test_intents_that_were_typed_outright_are_no_examples(pupil: Pupil) -> None:
    pupil.say("/greet", "greet", "utter_hello")
    assert pupil.lesson.taught().examples == ()
    assert pupil.lesson.taught().stories == (GREETING,)


def test_what_was_taught_is_told_again_from_the_journal_of_a_lesson_that_was_killed(pupil: Pupil) -> None:
    pupil.lesson.responses["utter_wifi"] = "It is free."
    pupil.say("hello", "greet", "utter_hello")
    pupil.say("gone", "bye", "utter_bye")
    pupil.lesson.back()
    pupil.say("wifi?", "ask_wifi", "utter_wifi")
    taught = pupil.lesson.taught()
    assert list(left_behind(pupil.store, pupil.project)) == []  # its process lives
    with pupil.journal.path.open("ab") as file:
        file.write(b'{"talk": 0, "kept"')
    pupil.journal.close(keeps=True)
    (left,) = left_behind(pupil.store, pupil.project)
    again = Journal.begun(pupil.store, pupil.project)
    lesson = Lesson(pupil.agent.processor, again, tellings=left.steps)
    assert lesson.taught() == taught
    assert lesson.back() == "wifi?"
    left.forget()
    again.close(keeps=False)
    assert list(left_behind(pupil.store, pupil.project)) == []


def test_journals_of_other_projects_are_left_alone(tmp_path: Path) -> None:
    Journal.begun(tmp_path, tmp_path / "one").close(keeps=True)
    assert list(left_behind(tmp_path, tmp_path / "other")) == []
    assert len(list(left_behind(tmp_path, tmp_path / "one"))) == 1
