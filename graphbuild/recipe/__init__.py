"""YAML text -> Recipe. Front ends: the native format, and Rasa's config.yml (default.v1)."""
