"""A second level of the store, elsewhere: read through with verification, written behind the build, never relied on."""
