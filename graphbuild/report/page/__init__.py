"""Graph -> one HTML file: the picture of a build that is looked at, searched and read, alone or while it runs."""
