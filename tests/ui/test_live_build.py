"""A build that the page starts: followed node by node, joined late, stopped, failed; the plan as files change."""

from __future__ import annotations

import time
from typing import Any

from tests.ui.conftest import Live, Toys


def outcomes(news: list[dict[str, Any]], node: str) -> list[str]:
    return [one["outcome"] for one in news if one["what"] == "node" and one["node"] == node and "outcome" in one]


def nodes_of(document: dict[str, Any]) -> list[str]:
    return [one["id"] for one in document["nodes"] if one["kind"] != "package"]


def is_step(number: int) -> Any:
    """A step, told as news, or by the state where it came before somebody looked."""

    def is_told(one: dict[str, Any]) -> bool:
        if one["what"] == "state" and one["build"]:
            return bool(one["build"]["nodes"].get("steps:apply", {}).get("done") == number)
        return bool(one["what"] == "step" and one["done"] == number)

    return is_told


def test_nodes_go_from_pending_over_running_to_done(live: Live) -> None:
    assert live.get("/api/document")["document"]["told"] == "plan"
    assert live.post("/api/build").json() == {"number": 1}
    news = live.until_ended()
    state = live.get("/api/document")["state"]
    build = state["build"]
    assert build["ended"]["code"] == 0
    assert build["ended"]["summary"].startswith("done: 5 ran")
    assert (build["due"], build["done"], build["running"]) == (5, 5, False)
    assert {one["outcome"] for one in build["nodes"].values()} == {"run"}
    assert [points for points, _ in build["curves"]["steps:apply"]] == [1, 2, 3]
    assert build["curves"]["steps:apply"][1][1] == {"loss": 0.5, "accuracy": 2 / 3}
    assert {"open", "plan", "run"} <= {name for name, _ in build["stages"]}
    if news[0]["build"] and not news[0]["build"]["nodes"]:
        assert outcomes(news, "steps:apply") == ["running", "run"]
    # What is shown then is the build as it is remembered.
    made = live.get("/api/document")["document"]
    assert (made["told"], made["build"]["name"]) == ("build", build["ended"]["build"])


def test_while_it_runs_what_may_run_is_pending(live: Live, toys_project: Toys) -> None:
    toys_project.close_gate()
    live.post("/api/build")
    live.follow(is_step(1))
    found = live.get("/api/document")
    assert found["document"]["told"] == "live"
    assert {one["outcome"] for one in found["document"]["facts"] if one} == {"pending"}
    assert found["state"]["build"]["nodes"]["steps:apply"]["outcome"] == "running"
    toys_project.open_gate()
    live.until_ended()


def test_who_comes_late_gets_all_that_happened_and_what_follows(live: Live, toys_project: Toys) -> None:
    toys_project.close_gate()
    live.post("/api/build")
    early = live.follow(is_step(1))
    late = live.follow(lambda _: True)
    build = late[0]["build"]
    assert build["nodes"]["read@a.txt"]["outcome"] == "run"
    assert build["nodes"]["steps:apply"] | {"done": 1, "total": 3} == build["nodes"]["steps:apply"]
    toys_project.open_gate()
    # One who was away goes on after the last news that came through.
    rest = live.until_ended(early[-1]["id"])
    assert rest[0]["what"] != "state"
    assert [one["done"] for one in rest if one["what"] == "step"] == [2, 3]


def test_numbers_of_another_process_mean_nothing(live: Live) -> None:
    for last in ("other.3", "x", "", f"{live.desk.scene.era}.99999", f"{live.desk.scene.era}.-1"):
        assert live.follow(lambda _: True, last)[0]["what"] == "state"


def test_a_build_is_stopped_and_what_had_finished_is_kept(live: Live, toys_project: Toys) -> None:
    toys_project.close_gate()
    live.post("/api/build")
    live.follow(is_step(1))
    refused = live.post("/api/build")
    assert (refused.status_code, refused.json()["reason"]) == (409, "Conflict")
    for _ in range(2):
        assert live.post("/api/stop").json() == {"stopping": True}
    toys_project.open_gate()
    live.until_ended()
    build = live.get("/api/document")["state"]["build"]
    assert (build["ended"]["code"], build["stopping"]) == (130, False)
    assert build["ended"]["summary"].startswith("interrupted: ")
    assert live.post("/api/stop").status_code == 409
    assert live.get("/api/builds")["builds"][0]["result"] == "interrupted"
    toys_project.ran()
    assert live.built()["ended"]["code"] == 0
    assert set(toys_project.ran()) <= {"steps", "fail", "after"}


def test_failures_are_told_with_their_place_and_what_they_stop(live: Live, toys_project: Toys) -> None:
    toys_project.when.write_text("it is broken")
    build = live.built(keep_going=True)
    assert build["ended"]["code"] == 1
    nodes = {name.partition(":")[0]: one for name, one in build["nodes"].items()}
    assert nodes["fail"]["outcome"] == "failed"
    assert "it is broken" in nodes["fail"]["problems"][0]["what"]
    assert nodes["after"]["outcome"] == "skipped"
    assert nodes["steps"]["outcome"] == "run"
    (problem,) = build["ended"]["problems"]
    assert problem["node"] == "fail:apply"
    toys_project.when.unlink()
    assert live.built()["ended"]["code"] == 0


def test_early_cutoff_is_told_while_it_happens(live: Live, toys_project: Toys) -> None:
    live.built()
    toys_project.write("a.txt", "one\nthree\n")
    build = live.built()
    nodes = {name.partition(":")[0]: one["outcome"] for name, one in build["nodes"].items()}
    assert nodes["line"] == "run"
    assert nodes["steps"] == nodes["after"] == "cutoff"


def test_targets_and_force(live: Live, toys_project: Toys) -> None:
    live.built()
    toys_project.ran()
    forced = live.built(targets=["line"], force=True)
    assert forced["ended"]["code"] == 0, forced
    assert toys_project.ran() == ["line", "read"]
    unknown = live.built(targets=["nowhere"])
    assert unknown["ended"]["code"] == 2
    assert "nowhere" in unknown["ended"]["problems"][0]["what"]


def test_a_build_with_nothing_to_do_says_so_and_leaves_the_plan(live: Live) -> None:
    live.built()
    build = live.built()
    assert "5 reused" in build["ended"]["summary"]
    assert build["ended"]["build"] is None
    assert live.get("/api/document")["document"]["told"] == "plan"


def test_the_plan_is_another_one_when_a_file_changes(live: Live, toys_project: Toys) -> None:
    live.built()
    toys_project.write("a.txt", "two\n")
    news = live.follow(lambda one: one["what"] == "document")
    assert news[-1]["subject"] == "plan"
    told = live.get("/api/document")["document"]
    assert [one["outcome"] for one in told["facts"] if one].count("run") == 1


def test_a_file_that_is_saved_while_a_build_runs_is_planned_when_it_is_over(live: Live, toys_project: Toys) -> None:
    toys_project.close_gate()
    live.post("/api/build")
    live.follow(is_step(1))  # the file has been read
    toys_project.write("a.txt", "two\n")
    toys_project.open_gate()
    live.until_ended()
    found = live.get("/api/document")
    assert found["document"]["told"] == "plan"
    assert [one["outcome"] for one in found["document"]["facts"] if one].count("run") == 1
    assert found["state"]["build"]["version"] < found["version"]


def test_the_plan_is_seen_again_where_one_wants_it(live: Live) -> None:
    live.built(targets=["line"])
    assert len(nodes_of(live.get("/api/document")["document"])) == 2
    live.post("/api/refresh")
    assert live.get("/api/document")["document"]["told"] == "build"
    live.post("/api/refresh?plan=1")
    made = live.get("/api/document")["document"]
    assert (made["told"], len(nodes_of(made))) == ("plan", 5)


def test_a_recipe_that_cannot_be_read_is_told_and_the_graph_stays(live: Live, toys_project: Toys) -> None:
    text = (toys_project.project / "graphbuild.yml").read_text()
    before = live.get("/api/document")["document"]
    toys_project.write("graphbuild.yml", text.replace("tests.toys:Upper", "tests.toys:Uper"))
    wrong = live.follow(lambda one: one["what"] == "wrong")[-1]
    (problem,) = wrong["problems"]
    assert problem["place"].startswith("graphbuild.yml:")
    assert live.get("/api/document")["document"] == before
    toys_project.write("graphbuild.yml", text)
    assert live.follow(lambda one: one["what"] == "wrong" and not one["problems"])


def test_the_end_of_the_server_stops_a_build_and_sends_browsers_away(toys_project: Toys) -> None:
    toys_project.close_gate()
    live = Live(toys_project.request)
    live.post("/api/build")
    live.follow(is_step(1))
    live._server.should_exit = True
    while not live.desk.scene.state["build"]["stopping"]:
        time.sleep(0.01)
    toys_project.open_gate()
    live.close()
    assert live.desk.scene.state["build"]["ended"]["code"] == 130
