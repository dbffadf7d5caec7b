"""What was trained, at work: a text is understood, a conversation goes on."""
