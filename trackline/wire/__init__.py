"""JSON as others spell it."""
