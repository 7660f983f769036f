"""PostgreSQL behind the same interface as SQLite. Nothing outside imports it unless it is used: it needs psycopg."""
