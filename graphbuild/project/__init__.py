"""What a command does with a whole project beside building it: show, convert, split, migrate, validate."""
