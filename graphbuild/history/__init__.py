"""BuildResult -> BuildRecord: what builds did, kept in the store, to be looked at and compared later."""
