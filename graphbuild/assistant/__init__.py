"""The chatbot domain. Knows the contract, never the engine."""
