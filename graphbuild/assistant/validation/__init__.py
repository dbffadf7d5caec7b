"""Validation: what is wrong or odd in an assistant's data and configuration, told before anything trains."""
