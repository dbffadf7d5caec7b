"""Views: Graph, Plan, store and package with the names that Rasa's users know. No logic of their own."""
