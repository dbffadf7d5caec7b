"""Stories as one graph to look at."""
