"""Looking after a store: what is to be kept, what goes, what it is made of."""
