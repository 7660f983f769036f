"""SQL, and what a run is: functions that take a transaction."""
