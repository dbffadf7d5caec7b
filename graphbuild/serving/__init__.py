"""What was trained, over HTTP: endpoints and JSON shapes of Rasa's server. docs/serving.md."""
