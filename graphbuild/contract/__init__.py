"""Words that the engine and the components share. Knows neither of them."""
