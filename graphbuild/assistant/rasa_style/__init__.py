"""Components written for Rasa: the names that such files import, and what makes components of ours of them."""
