"""HTTP: the door, the table of endpoints, and a file of endpoints for each noun."""
