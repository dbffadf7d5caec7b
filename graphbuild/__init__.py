"""graphbuild: the build system for conversational assistants."""
