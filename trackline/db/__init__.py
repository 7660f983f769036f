"""Connections, transactions, dialects, migrations. It has never heard of a run."""
