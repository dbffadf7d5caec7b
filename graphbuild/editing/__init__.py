"""Editing a recipe: its file, what is wrong with a text, what it would build, what may stand where."""
