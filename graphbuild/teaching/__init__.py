"""Teaching by talking: conversations in which a person corrects the assistant, and what is written of them."""
