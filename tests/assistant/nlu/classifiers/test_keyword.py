from graphbuild.assistant.nlu.classifiers.keyword import KeywordIntentClassifier
from tests.assistant.nlu.samples import messages_of, ranking

TEXTS = ("hi", "hi there", "bye (now)", "ok", "ok", "said")
INTENTS = ("greet", "meet", "leave", "yes", "fine", None)


def predicted(text: str, *, case_sensitive: bool = True) -> list[tuple[str, float]]:
    classifier = KeywordIntentClassifier(KeywordIntentClassifier.Config(case_sensitive=case_sensitive))
    state = classifier.train(messages_of(*TEXTS, intents=INTENTS))
    return ranking(classifier.apply(state, messages_of(text)), 0)


def test_an_example_inside_a_message_gives_its_intent() -> None:
    assert predicted("oh hi you") == [("greet", 1.0)]


def test_keywords_are_whole_words() -> None:
    assert predicted("this") == []


def test_the_longest_keyword_decides_also_where_they_overlap() -> None:
    assert predicted("bye bye (now) hi there") == [("leave", 1.0)]


def test_keywords_are_taken_literally() -> None:
    assert predicted("bye now") == []


def test_a_text_of_two_intents_is_no_keyword() -> None:
    assert predicted("ok") == []


def test_case_counts_unless_told_otherwise() -> None:
    assert predicted("HI") == []
    assert predicted("HI", case_sensitive=False) == [("greet", 1.0)]
