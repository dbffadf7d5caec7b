"""What data says -> YAML of Rasa 3.1."""
