"""Rasa custom actions: what the assistant does on the ride platform and at the desk. One topic a file."""
