"""The hearing and talking of the assistant: Rasa components, channel, serving, training. Rasa environment only."""
