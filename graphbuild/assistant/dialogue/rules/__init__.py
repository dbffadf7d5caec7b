"""Rules: what they say of the next action, and whether they agree with each other and with the stories."""
