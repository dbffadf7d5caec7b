"""`graphbuild explain`: the chain of reasons, why not, and what became of a node in an earlier build."""

from __future__ import annotations

import re

from tests.cli.command_line import run
from tests.cli.test_builds_commands import READING, reading, stable, toys
from tests.conftest import Workspace
from tests.golden import golden

__all__ = ["reading", "toys"]


def explained(workspace: Workspace, *arguments: str) -> str:
    ran = run("-C", workspace.project, "explain", *arguments)
    assert ran.code == 0, ran.err
    text = re.sub(r"(  code +)\d+ modules", r"\1N modules", stable(ran.out))
    return re.sub(r"(  toolchain +).+", r"\1python, machine", text)


def test_a_pending_node_says_what_changed_at_it_and_where_the_rest_began(toys: Workspace) -> None:
    (toys.project / "told").unlink()
    toys.build()
    text = (toys.project / "graphbuild.yml").read_text().replace('"-"', '"="')
    toys.write("graphbuild.yml", text)
    toys.write("data/a.txt", "three")
    golden.check("console/explain-pending.txt", explained(toys, "end"))
    (node,) = run("-C", toys.project, "explain", "end", "--json").document["nodes"]
    assert node["decision"] == "pending"
    assert [(one["kind"], one["line"]) for one in node["reasons"][-1:]] == [("config", 8)]
    assert [one["path"] for one in node["chains"]] == [
        ["loud:apply", "first:apply", "read@data/a.txt"],
        ["weak:apply", "read@data/a.txt"],
    ]


def test_why_not(toys: Workspace) -> None:
    (toys.project / "told").unlink()
    toys.build()
    golden.check("console/explain-why-not.txt", explained(toys, "loud", "--since", "last~2"))
    (node,) = run("-C", toys.project, "explain", "loud", "--since", "last~2", "--json").document["nodes"]
    assert node["decision"] == "hit"
    assert node["depends"]["files"] == ["data/a.txt", "data/b.txt"]
    assert node["in_build"]["ending"] == "cutoff"
    assert node["in_build"]["cut_off"] == [{"node": "first:apply", "output": "output"}]
    assert node["in_build"]["changed"][0]["node"] == "read@data/a.txt"


def test_what_ran_failed_or_was_skipped_in_a_build(toys: Workspace) -> None:
    assert "weak:apply failed; it ran because of" in explained(toys, "weak", "--since", "last")
    skipped = explained(toys, "end", "--since", "last")
    assert "end:apply was skipped, because of\n  failed\n    needs weak:apply" in skipped
    told = explained(toys, "end", "--since", "last~1")
    assert 'ran, because of\n  configuration\n    separator "+" -> "-"  (graphbuild.yml:8)' in told
    assert "      <- read@data/a.txt: data/a.txt changed" in told
    assert run("-C", toys.project, "explain", "end", "--since", "last~9").code == 2


def test_nothing_upstream_changed(toys: Workspace) -> None:
    text = (toys.project / "graphbuild.yml").read_text().replace('"-"', '"="')
    toys.write("graphbuild.yml", text)
    (toys.project / "told").unlink()
    toys.build()
    told = explained(toys, "loud", "--since", "last")
    assert "loud:apply did not run: nothing that it depends on had changed" in told


def test_records_are_told_as_a_small_diff(reading: object) -> None:
    ran = run("-C", str(reading), "explain", *READING, "tokens", "--since", "last")
    assert "input `messages` from nlu changed\n      <- training_file@data/nlu.yml: data/nlu.yml changed" in ran.out
    assert "    data/nlu.yml:7: - example of `greet`: hi\n" in ran.out
    assert "    data/nlu.yml:8: + example of `greet`: a very good morning\n" in ran.out
