"""The codes of all findings: one table of code, level and title. docs/validation.md documents each, as a test sees.

Codes are never given a new meaning. The first digit is the family: 0 reading, 1 domain, 2 NLU data, 3 stories and
rules, 4 entities, 5 responses, 6 configuration.

Levels (RASA.md 6.4): an error is what always fails there; a warning what fails with --fail-on-warnings; a note what
never does.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.errors import Level

_E, _W, _N = Level.ERROR, Level.WARNING, Level.NOTE


@dataclass(frozen=True)
class Code:
    """What all findings of a code share."""

    code: str
    level: Level
    title: str


CODES = {
    code: Code(code, level, title)
    for code, level, title in (
        ("GB001", _E, "A file or the data as a whole cannot be read"),
        ("GB002", _W, "Something in a file is passed over"),
        ("GB003", _E, "A check broke off"),
        ("GB101", _E, "The domain is empty"),
        ("GB102", _E, "An intent uses `triggers`"),
        ("GB103", _E, "A form asks for a slot that is not in the domain"),
        ("GB104", _E, "A condition of a slot mapping names an unknown form"),
        ("GB105", _E, "A slot mapping is bound to a form that does not ask for the slot"),
        ("GB106", _W, "The domain names an unknown intent"),
        ("GB107", _W, "The initial value of a categorical slot is none of its values"),
        ("GB201", _W, "An intent of the NLU data is not in the domain"),
        ("GB202", _W, "One text is an example of several intents"),
        ("GB203", _W, "Nearly equal texts are examples of different intents"),
        ("GB204", _W, "An entity does not begin or end where a word does"),
        ("GB205", _W, "An example is empty"),
        ("GB206", _N, "An intent has no examples"),
        ("GB207", _N, "An intent has a single example"),
        ("GB208", _N, "An entity type has a single example"),
        ("GB209", _W, "A text is a synonym of several values"),
        ("GB301", _E, "A story or rule names an unknown custom action"),
        ("GB302", _E, "A story or rule names an unknown form"),
        ("GB303", _E, "A story or rule sets a slot that is not in the domain"),
        ("GB304", _W, "A story or rule names an unknown intent"),
        ("GB305", _W, "A story or rule names an unknown response"),
        ("GB306", _W, "A story or rule names an unknown action"),
        ("GB307", _N, "An intent is in no story and no rule"),
        ("GB308", _W, "A categorical slot is set to none of its values"),
        ("GB309", _W, "A slot that needs a value is named without one"),
        ("GB310", _W, "Stories disagree on what to do next"),
        ("GB311", _W, "A checkpoint cannot be reached"),
        ("GB312", _W, "No story goes on from a checkpoint"),
        ("GB313", _N, "Not all ways through the stories were compared"),
        ("GB314", _E, "A rule has several user turns"),
        ("GB315", _E, "A rule is incomplete"),
        ("GB316", _E, "A story or a rule contradicts a rule"),
        ("GB401", _W, "An entity of the examples is not in the domain"),
        ("GB402", _W, "A slot mapping names an unknown entity"),
        ("GB403", _W, "A role or group of an entity is not in the domain"),
        ("GB404", _W, "A story or rule names an unknown entity"),
        ("GB405", _W, "An intent uses or ignores an unknown entity"),
        ("GB501", _N, "A response is never used"),
        ("GB502", _W, "A variable of a response is filled by no slot and no entity"),
        ("GB503", _W, "A retrieval intent has no response"),
        ("GB504", _N, "A retrieval response has no examples"),
        ("GB601", _N, "The configuration names no language"),
        ("GB602", _N, "The configuration has no assistant_id"),
        ("GB603", _N, "The assistant_id is a placeholder"),
        ("GB611", _E, "The pipeline has several tokenizers"),
        ("GB612", _E, "Two featurizers have one alias"),
        ("GB613", _E, "The domain has forms, but RulePolicy is missing"),
        ("GB614", _E, "The fallback action of RulePolicy is not in the domain"),
        ("GB621", _W, "Responses are to be selected, but ResponseSelector is missing"),
        ("GB622", _W, "Examples carry entities, but nothing learns them"),
        ("GB623", _W, "Entities have roles or groups, but nothing learns these"),
        ("GB624", _W, "There are regexes, but nothing uses them"),
        ("GB625", _W, "There are lookup tables, but nothing uses them"),
        ("GB626", _W, "There are synonyms, but EntitySynonymMapper is missing"),
        ("GB627", _W, "There are rules, but RulePolicy is missing"),
        ("GB628", _W, "There is a single intent"),
        ("GB629", _W, "ResponseSelector has nothing to learn"),
        ("GB631", _N, "Several trained extractors compete"),
        ("GB632", _N, "RegexEntityExtractor and a trained extractor find the same types"),
        ("GB633", _N, "RulePolicy is missing"),
        ("GB634", _N, "Policies have one priority"),
        ("GB635", _N, "RulePolicy has no rules"),
        ("GB636", _N, "There are stories, but no policies"),
        ("GB637", _N, "Lookup tables are no features of a trained extractor"),
        ("GB638", _W, "There are no examples for the pipeline"),
        ("GB639", _W, "There are no stories and no rules for the policies"),
        ("GB641", _E, "The configuration is wrong"),
        ("GB642", _W, "A component of Rasa is not there yet"),
        ("GB643", _W, "A component has no such option"),
        ("GB644", _W, "The configuration speaks of an older Rasa"),
    )
}
STRUCTURE = ("GB310", "GB311", "GB312", "GB313")
"""Those of the structure of stories alone."""
