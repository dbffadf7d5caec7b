"""Files of every generation of Rasa -> what they say."""
