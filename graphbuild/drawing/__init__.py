"""Geometry of pictures: places for boxes and arrows. Knows nothing of what is drawn."""
