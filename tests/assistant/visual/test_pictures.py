from __future__ import annotations

import json
import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.visual.document import document_of
from graphbuild.assistant.visual.dot import as_dot
from graphbuild.assistant.visual.page import as_page
from graphbuild.assistant.visual.placing import placed
from graphbuild.assistant.visual.scene import scene_of
from graphbuild.assistant.visual.story_map import StoryMap, Teller
from graphbuild.assistant.visual.svg import as_svg
from graphbuild.errors import Location
from tests.assistant.visual.telling import act, either, joint, loop, mapped, rule, says, slot, story, user
from tests.benchmarks.visualize import measure
from tests.golden.golden import check

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '</script><!--"&\\n\x00]]>\ud800'
STORIES: tuple[StoryBlock, ...] = (
    story("pay", user("pay", "amount"), act("form"), loop("form"), loop(None), slot("paid", True), act("done")),
    story("words", user("greet"), says("Hello!"), joint("more")),
    story("round", joint("more"), either(user("yes"), user("go on")), act("tell"), act("tell"), joint("more")),
    story("out", joint("more"), user("stop"), act("bye")),
    rule("bye", user("bye"), act("bye")),
    rule("in the form", user("faq"), act("answer"), act("..."), conditions=[loop("form")]),
)


def texts(element: ET.Element) -> list[str]:
    return [one.text or "" for one in element.iter(f"{SVG}text")]


@pytest.fixture
def story_map() -> StoryMap:
    return mapped(*STORIES)


class TestSvg:
    def test_every_action_is_a_box_and_every_story_can_be_found(self, story_map: StoryMap) -> None:
        picture = ET.fromstring(as_svg(story_map))
        boxes = [one for one in picture.iter(f"{SVG}g") if one.get("class", "").startswith("box")]
        written = [text for one in boxes for text in texts(one)]
        assert {"START", "at any time", "form", "done", "tell", "\u201cHello!\u201d", "END", "\u2026"} <= set(written)
        assert {"pay", "amount: v", "form begins", "the form ends", "paid = true", "or yes"} <= set(written)
        tooltips = "\n".join(one.findtext(f"{SVG}title") or "" for one in boxes)
        assert all(f" {block.name}" in tooltips for block in STORIES)

    def test_what_rules_alone_tell_has_a_style_of_its_own(self, story_map: StoryMap) -> None:
        picture = ET.fromstring(as_svg(story_map))
        ruled = {text for one in picture.iter(f"{SVG}g") if "rule" in one.get("class", "") for text in texts(one)}
        assert {"at any time", "bye", "faq", "answer"} <= ruled
        assert not {"pay", "form", "done"} & ruled

    def test_every_way_is_drawn(self, story_map: StoryMap) -> None:
        found = re.findall(r'class="arrow[^"]*" data-ways="([^"]*)"', as_svg(story_map))
        assert {int(one) for ways in found for one in ways.split()} == set(range(len(story_map.ways)))

    def test_boxes_do_not_overlap(self, story_map: StoryMap) -> None:
        at = placed(scene_of(story_map))
        for one, other in combinations(at.scene.boxes.values(), 2):
            apart_x = abs(at.left(one) + one.width / 2 - at.left(other) - other.width / 2)
            apart_y = abs(at.middles[one.id] - at.middles[other.id])
            assert apart_x >= (one.width + other.width) / 2 or apart_y >= (one.height + other.height) / 2

    def test_an_arrow_that_leads_back_is_known(self, story_map: StoryMap) -> None:
        at = placed(scene_of(story_map))
        for start, end in at.scene.arrows:
            if start != end:
                assert (at.layers[start] > at.layers[end]) == ((start, end) in at.back)

    def test_names_of_any_kind_are_text(self) -> None:
        picture = as_svg(mapped(story(HOSTILE, user(HOSTILE, HOSTILE), act(HOSTILE), slot(HOSTILE, HOSTILE))))
        ET.fromstring(picture)
        assert "<script" not in picture
        picture.encode()

    def test_a_thousand_nodes(self) -> None:
        made, _, _ = measure(130, 2, draws=False)
        assert len(made.spots) >= 1_000
        ET.fromstring(as_svg(made))

    def test_nothing_at_all(self) -> None:
        ET.fromstring(as_svg(StoryMap(2)))


class TestPage:
    def page(self, story_map: StoryMap) -> str:
        places = {Teller("pay"): (Location("data/stories.yml", 3),)}
        return as_page(as_svg(story_map), document_of(story_map, places)).decode()

    def test_it_needs_no_network(self, story_map: StoryMap) -> None:
        addresses = set(re.findall(r"https?://[^\"'\s)]+", self.page(story_map)))
        assert addresses == {"http://www.w3.org/2000/svg"}
        assert not re.findall(r"<(?:link|img|iframe|script src)", self.page(story_map))

    def test_it_holds_the_places_of_stories(self, story_map: StoryMap) -> None:
        data = re.findall(r'<script type="application/json" id="data">(.*?)</script>', self.page(story_map))
        (pay,) = (one for one in json.loads(data[0])["stories"] if one["name"] == "pay")
        assert pay["places"] == [{"path": "data/stories.yml", "line": 3}]

    def test_names_of_any_kind_do_not_end_the_data(self) -> None:
        page = self.page(mapped(story(HOSTILE, user(HOSTILE), act(HOSTILE))))
        (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, flags=re.DOTALL)
        assert json.loads(data)["stories"][0]["name"] == HOSTILE.replace("\ud800", "?")
        assert page.count("</script>") == 2


def test_dot(story_map: StoryMap) -> None:
    check("console/visualize.dot.txt", as_dot(story_map))


def test_the_document_numbers_what_it_names(story_map: StoryMap) -> None:
    document = document_of(story_map, {})
    for kind in ("nodes", "edges", "stories"):
        assert [one["id"] for one in document[kind]] == list(range(len(document[kind])))
    for edge in document["edges"]:
        assert {edge["from"], edge["to"]} <= set(range(len(document["nodes"])))
        assert edge["stories"]
