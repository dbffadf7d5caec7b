"""Values of assistants (messages, domains, stories), their readers and writers."""
