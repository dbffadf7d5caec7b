"""Components for any build, not only of assistants: commands, text files, a text classifier."""
