"""Keras 3 networks. The only place that imports tensorflow or keras."""
