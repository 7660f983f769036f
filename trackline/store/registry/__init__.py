"""The model registry: registered models, their versions, tags and aliases, and the history of all of these."""
