"""ActionBook: which action a name is: a default one, a response, a text, a form, or the user's own."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.runtime.action_server import ServerAction
from graphbuild.assistant.runtime.actions import Action, ActionFailed
from graphbuild.assistant.runtime.custom_actions import ActionFunction, FunctionAction, MissingAction
from graphbuild.assistant.runtime.default_actions import default_actions
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.extract_slots import ExtractSlots
from graphbuild.assistant.runtime.forms import FormAction
from graphbuild.assistant.runtime.http_endpoint import HttpEndpoint
from graphbuild.assistant.runtime.two_stage_fallback import TwoStageFallback
from graphbuild.assistant.runtime.utterances import SayText, Utter, UtterSelected
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Problem


class ActionBook:
    """The actions of one assistant. A function of the user's own goes before a server."""

    def __init__(
        self,
        domain: RunningDomain,
        functions: Mapping[str, ActionFunction] | None = None,
        server: HttpEndpoint | None = None,
    ) -> None:
        self._domain = domain
        self._functions = dict(functions or {})
        self._server = server
        self._names = frozenset(domain.actions) | self._functions.keys()
        self._defaults: dict[str, Action] = default_actions()
        for action in (TwoStageFallback(), ExtractSlots()):
            self._defaults[action.name] = action

    def has(self, name: str) -> bool:
        return name in self._names

    def find(self, name: str) -> Action:
        domain = self._domain
        if not self.has(name):
            hint = did_you_mean(name, list(domain.actions)) or "add it to the `actions` of the domain"
            raise ActionFailed(Problem(f"the domain has no action `{name}`", hint=hint))
        own = name in domain.custom_actions or name in self._functions
        # Where nobody is there to run a default action in the user's way, it runs in its own.
        replaced = name in self._functions or (name in domain.custom_actions and self._server is not None)
        if name in self._defaults and not replaced and name not in domain.forms:
            return self._defaults[name]
        if name.startswith(RESPONSE_PREFIX) and name not in self._functions:
            is_retrieval = name.removeprefix(RESPONSE_PREFIX) in domain.retrieval_intents
            return UtterSelected(name) if is_retrieval else Utter(name)
        if name in domain.texts:
            return SayText(name)
        if name in domain.forms and not own:
            return FormAction(name, domain.forms[name])
        return self.custom(name)

    def custom(self, name: str) -> Action:
        if name in self._functions:
            return FunctionAction(name, self._functions[name])
        return ServerAction(name, self._server) if self._server is not None else MissingAction(name)
