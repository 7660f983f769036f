"""Who may do what: users, roles, grants, tokens, sessions, and the log of their changes."""
