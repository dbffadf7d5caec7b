"""Words that Rasa's components use for what a message has. RASA.md 5.1."""

from __future__ import annotations

TEXT = "text"
INTENT = "intent"
INTENT_NAME_KEY = "name"
INTENT_RANKING_KEY = "intent_ranking"
INTENT_RESPONSE_KEY = "intent_response_key"
PREDICTED_CONFIDENCE_KEY = "confidence"
RESPONSE = "response"
ACTION_NAME = "action_name"
ACTION_TEXT = "action_text"
ENTITIES = "entities"
ENTITY_ATTRIBUTE_TYPE = "entity"
ENTITY_ATTRIBUTE_VALUE = "value"
ENTITY_ATTRIBUTE_ROLE = "role"
ENTITY_ATTRIBUTE_GROUP = "group"
ENTITY_ATTRIBUTE_START = "start"
ENTITY_ATTRIBUTE_END = "end"
EXTRACTOR = "extractor"
MESSAGE_ATTRIBUTES = (TEXT, INTENT, RESPONSE, ACTION_NAME, ACTION_TEXT, INTENT_RESPONSE_KEY)
DENSE_FEATURIZABLE_ATTRIBUTES = (TEXT, RESPONSE, ACTION_TEXT)
TOKENS_NAMES = {name: f"{name}_tokens" for name in MESSAGE_ATTRIBUTES}
FEATURE_TYPE_SENTENCE = "sentence"
FEATURE_TYPE_SEQUENCE = "sequence"
FEATURIZER_CLASS_ALIAS = "alias"
POLICY_PRIORITY = "priority"
POLICY_MAX_HISTORY = "max_history"
DEFAULT_MAX_HISTORY = None
ACTION_LISTEN_NAME = "action_listen"
USER = "user"
PREVIOUS_ACTION = "prev_action"
ACTIVE_LOOP = "active_loop"
SLOTS = "slots"
