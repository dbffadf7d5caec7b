"""Importers: source files -> data values, one action a file, then a merge."""
