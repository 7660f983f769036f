"""What comes from another tracker, many at once. What is here already stays as it is; what is missing is added."""
