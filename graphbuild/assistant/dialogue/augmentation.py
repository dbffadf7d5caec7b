"""TrackerAugmenter: dialogues glued of several stories, as Rasa's augmentation makes them. RASA.md 4.1, 9.3.

After all stories were told, three rounds follow. Each takes `augmentation_factor` of the dialogues that came to an end
of a story (glued ones of earlier rounds too), takes back their last listening, and lets them begin anew with every
story. Rules are left alone. What is taken where not all can be, Rasa leaves to a shuffle of the order in which things
happen to be; here it is drawn from what the dialogues tell (docs/decisions/0007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphbuild.assistant.data.dialogues import AugmentedDialogues
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.chains import Chains, Told, evenly
from graphbuild.assistant.dialogue.teller import last_action
from graphbuild.assistant.dialogue.telling import Limits, Telling, Tracker
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

ROUNDS = 3
_GROWTH = 10
"""Augmented dialogues at most, and dialogues at most through one step in a round: so many times the factor."""
_PAIRS = 10
"""Pairs at most of a dialogue and a story in a round: so many times what is kept in the end."""


class TrackerAugmenter(Component):
    """Adds dialogues glued of several stories, for policies that generalise."""

    kind = "trackers"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        augmentation_factor: int = option(50, "Dialogues that are glued on in each round; nothing is glued when 0.")
        use_story_concatenation: bool = option(True, "Whether stories are glued at all.")
        remove_duplicates: bool = option(True, "Keep equal dialogues once.")
        unique_last_num_states: int | None = option(None, "Compare only this many last states at checkpoints.")
        tracker_limit: int | None = option(None, "Dialogues at most that wait at one checkpoint.")
        seed: int = option(42, "Chooses among dialogues where there are too many.")

    config: Config

    def apply(self, stories: StoryGraph, domain: DomainSpace) -> AugmentedDialogues:
        """Every dialogue that stories and rules tell, and the glued ones, in canonical order."""
        config = self.config
        limits = Limits(config.remove_duplicates, config.unique_last_num_states, config.tracker_limit, config.seed)
        chains = Chains()
        telling = Telling(stories.steps, domain, chains, limits)
        told = [Told(one.link) for one in telling.tell().all()]
        left_out = telling.left_out  # of the rounds, most are left out by design
        if config.augmentation_factor > 0 and config.use_story_concatenation:
            told += [Told(one.link, is_augmented=True) for one in self._glued(telling, limits)]
        rules = Telling(stories.steps, domain, chains, limits, is_rule=True)
        told += [Told(one.link, is_rule=True) for one in rules.tell().all()]
        return chains.dialogues(AugmentedDialogues, told, left_out + rules.left_out)

    def _glued(self, telling: Telling, limits: Limits) -> list[Tracker]:
        """Tells the rounds. The stories have been told."""
        most = self.config.augmentation_factor * _GROWTH
        limits = replace(
            limits, turns_of_cycles=1, keeps_open_ends=False, through_a_step=most, at_the_start=most * _PAIRS
        )
        ends = telling.ends
        rounds: list[list[Tracker]] = []
        glued_on: set[int] = set()
        # What ends a story here may have been told before, up to a checkpoint that nothing goes on from.
        known = {one.link for one in ends.all()} if limits.remove_duplicates else set()
        for _ in range(ROUNDS):
            finished, others = len(ends.finished), len(ends.others)
            chosen = self._to_glue(telling, glued_on)
            glued_on |= {one.link for one in chosen}
            telling.round([_reopened(one) for one in chosen], limits)
            told = [*ends.finished[finished:], *ends.others[others:]]
            rounds.append([one for one in told if one.link not in known])
            if limits.remove_duplicates:
                rounds[-1] = list({one.link: one for one in rounds[-1]}.values())
                known |= {one.link for one in rounds[-1]}
        return _evenly_chosen(telling, rounds, most)

    def _to_glue(self, telling: Telling, glued_on: set[int]) -> list[Tracker]:
        """So many ends of stories as the factor says: as many of those that were glued on before as their share is."""
        ends = telling.ends.finished
        before = [one for one in ends if one.link in glued_on]
        fresh = [one for one in ends if one.link not in glued_on]
        return _evenly_chosen(telling, [before, fresh], self.config.augmentation_factor)


def _evenly_chosen(telling: Telling, groups: list[list[Tracker]], most: int) -> list[Tracker]:
    """At most so many trackers, of each group its share, by content."""
    ordered = [one for group in groups for one in sorted(group, key=telling.content_of)]
    return [ordered[position] for position in evenly(len(ordered), most)]


def _reopened(end: Tracker) -> Tracker:
    """A dialogue before its last listening: another story begins with listening."""
    moment = last_action(end.history)
    return Tracker(moment.link, moment.now) if moment is not None else end
