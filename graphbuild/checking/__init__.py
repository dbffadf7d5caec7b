"""Building again beside the store: whether the same inputs give the same bytes, and whether all inputs are declared."""
