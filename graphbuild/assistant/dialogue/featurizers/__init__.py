"""Featurizers of dialogues."""
