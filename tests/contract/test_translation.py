"""Translators are found through the catalogues, and what needs none stays as it is written."""

from __future__ import annotations

from graphbuild.contract import registry
from graphbuild.contract.translation import TranslatedItem, Written, as_written


def test_a_list_that_needs_no_translation() -> None:
    assert as_written([{"name": "A", "size": 5}, {"name": "B"}]).items == (
        TranslatedItem("A", {"size": 5}, 0, {"size": Written(0, "size")}),
        TranslatedItem("B", {}, 1),
    )


def test_translators_are_found_by_the_list_that_they_translate() -> None:
    translate = registry.translator("pipeline")
    assert translate is not None
    assert translate([{"name": "DucklingHTTPExtractor"}], "en").items[0].name == "DucklingEntityExtractor"
    assert registry.translator("no such list") is None


def test_files_of_translators_are_those_beside_them() -> None:
    assert {"pipeline.py", "renames.py"} <= {file.name for file in registry.translating_files()}
