"""What Rasa 1 and 2 said, in the words of Rasa 3."""
