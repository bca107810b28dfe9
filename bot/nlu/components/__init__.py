"""Rasa graph components, one to a file. Each trains on any Rasa NLU data, not only on this project's."""
