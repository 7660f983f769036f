-- Who may do what: users, roles (groups of users), what is granted to them, and how they prove who they are.
-- Permissions are numbers: 0 none at all, 1 read, 2 use, 3 edit, 4 manage.

CREATE TABLE users (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: tokens and sessions name it
    name               TEXT    NOT NULL UNIQUE,
    password_hash      TEXT,                              -- argon2id; NULL: signs in another way, or is a program
    oidc_subject       TEXT    UNIQUE,                    -- who it is at the OIDC provider: issuer, blank, subject
    is_admin           INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    is_service         INTEGER NOT NULL CHECK (is_service IN (0, 1)),
    default_permission INTEGER,                           -- NULL: the server's
    created_ms         INTEGER NOT NULL,
    disabled_ms        INTEGER
) STRICT;

CREATE TABLE roles (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL UNIQUE,
    description TEXT
) STRICT;

CREATE TABLE role_members (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    UNIQUE (user_id, role_id)
) STRICT;

CREATE INDEX role_members_by_role ON role_members (role_id);

-- To a user or a role, on one thing or, where neither is named, on all of its kind.
CREATE TABLE grants (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id       INTEGER REFERENCES users (id) ON DELETE CASCADE,
    role_id       INTEGER REFERENCES roles (id) ON DELETE CASCADE,
    kind          TEXT    NOT NULL CHECK (kind IN ('experiment', 'registered_model')),
    experiment_id INTEGER REFERENCES experiments (id) ON DELETE CASCADE,
    model_id      INTEGER REFERENCES registered_models (id) ON DELETE CASCADE,
    permission    INTEGER NOT NULL CHECK (permission BETWEEN 0 AND 4),
    CHECK ((user_id IS NULL) <> (role_id IS NULL)),
    CHECK (experiment_id IS NULL OR kind = 'experiment'),
    CHECK (model_id IS NULL OR kind = 'registered_model')
) STRICT;

CREATE UNIQUE INDEX grants_to_users
ON grants (user_id, kind, coalesce(experiment_id, -1), coalesce(model_id, -1)) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX grants_to_roles
ON grants (role_id, kind, coalesce(experiment_id, -1), coalesce(model_id, -1)) WHERE role_id IS NOT NULL;
CREATE INDEX grants_on_experiments ON grants (experiment_id) WHERE experiment_id IS NOT NULL;
CREATE INDEX grants_on_models ON grants (model_id) WHERE model_id IS NOT NULL;

CREATE TABLE tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT    NOT NULL,
    digest     TEXT    NOT NULL UNIQUE, -- SHA-256 of the token
    scope      TEXT    NOT NULL CHECK (scope IN ('read', 'write')),
    is_limited INTEGER NOT NULL CHECK (is_limited IN (0, 1)),
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    used_ms    INTEGER,
    UNIQUE (user_id, name)
) STRICT;

-- The only things that a limited token opens.
CREATE TABLE token_limits (
    token_id      INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    experiment_id INTEGER REFERENCES experiments (id) ON DELETE CASCADE,
    model_id      INTEGER REFERENCES registered_models (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX token_limits_of_token ON token_limits (token_id);

CREATE TABLE sessions (
    digest     TEXT    PRIMARY KEY, -- SHA-256 of what the cookie holds
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_user ON sessions (user_id);

-- Who signed in or tried to, and what was changed in the tables above. Names, since users may be deleted.
CREATE TABLE access_log (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms   INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;

CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN
    SELECT RAISE(ABORT, 'the access log is only added to');
END;

CREATE TRIGGER access_log_is_not_deleted BEFORE DELETE ON access_log
BEGIN
    SELECT RAISE(ABORT, 'the access log is only added to');
END;
