"""The part of the table of endpoints that is about users and permissions: MLflow's of several releases, and ours."""

from __future__ import annotations

from trackline.server import access_grants, identity_sessions, oidc, users
from trackline.server.access import (
    ADMIN,
    EXPERIMENT,
    GRANTED,
    MANAGE,
    MODEL,
    OPEN,
    READ,
    SIGNED_IN,
    USER,
)
from trackline.server.endpoints import API_3, TRACKLINE, Call, Raw, needing
from trackline.wire import access_requests as requests
from trackline.wire.requests import Nothing

USERS: tuple[Call, ...] = (
    *needing(OPEN, Call("POST", "/first-administrator", requests.FirstAdministrator, users.create_first, TRACKLINE)),
    *needing(
        ADMIN,
        Call("POST", "/users/create", requests.NewUser, users.create),
        Call("PATCH", "/users/update-admin", requests.UserAdmin, users.update_admin),
        Call("DELETE", "/users/delete", requests.Username, users.delete),
        Call("GET", "/access-log", requests.ReadLog, users.read_log, TRACKLINE),
    ),
    *needing(
        SIGNED_IN,
        Call("GET", "/users/list", Nothing, users.list_all),
        Call("GET", "/users/current", Nothing, users.current),
        Call("GET", "/users/current/permissions", Nothing, access_grants.list_own, API_3),
    ),
    *needing(
        USER(READ),
        Call("GET", "/users/get", requests.Username, users.get),
        Call("GET", "/users/permissions/list", requests.Username, access_grants.list_of_user, API_3),
        Call("GET", "/users/permissions/get", requests.UserResource, access_grants.get_of_user, API_3),
        Call("GET", "/users/roles/list", requests.Username, access_grants.roles_of_user, API_3),
        Call("GET", "/tokens", requests.Username, users.list_tokens, TRACKLINE),
    ),
    *needing(
        USER(MANAGE),
        Call("PATCH", "/users/update-password", requests.NewPassword, users.update_password),
        Call("POST", "/tokens", requests.NewToken, users.create_token, TRACKLINE),
        Call("DELETE", "/tokens", requests.TokenName, users.revoke_token, TRACKLINE),
    ),
)

PERMISSIONS: tuple[Call, ...] = (
    *needing(
        EXPERIMENT(MANAGE),
        Call(
            "POST",
            "/experiments/permissions/create",
            requests.ExperimentPermission,
            access_grants.create_on_experiment,
        ),
        Call("GET", "/experiments/permissions/get", requests.OfExperiment, access_grants.get_on_experiment),
        Call(
            "PATCH",
            "/experiments/permissions/update",
            requests.ExperimentPermission,
            access_grants.update_on_experiment,
        ),
        Call("DELETE", "/experiments/permissions/delete", requests.OfExperiment, access_grants.delete_on_experiment),
        Call(
            "GET",
            "/experiments/{experiment_id}/access",
            requests.ExperimentAccess,
            access_grants.who_sees_experiment,
            TRACKLINE,
        ),
    ),
    *needing(
        MODEL(MANAGE),
        Call("POST", "/registered-models/permissions/create", requests.ModelPermission, access_grants.create_on_model),
        Call("GET", "/registered-models/permissions/get", requests.OfModel, access_grants.get_on_model),
        Call("PATCH", "/registered-models/permissions/update", requests.ModelPermission, access_grants.update_on_model),
        Call("DELETE", "/registered-models/permissions/delete", requests.OfModel, access_grants.delete_on_model),
        Call("GET", "/models/{name}/access", requests.ModelAccess, access_grants.who_sees_model, TRACKLINE),
    ),
    *needing(
        GRANTED(MANAGE),
        Call("POST", "/users/permissions/grant", requests.UserPermission, access_grants.grant_to_user, API_3),
        Call("POST", "/users/permissions/revoke", requests.UserResource, access_grants.revoke_from_user, API_3),
    ),
)

ROLES: tuple[Call, ...] = (
    *needing(
        ADMIN,
        Call("GET", "/roles/get", requests.RoleId, access_grants.get_role, API_3),
        Call("GET", "/roles/list", requests.ListRoles, access_grants.list_roles, API_3),
        Call("GET", "/roles/permissions/list", requests.RoleId, access_grants.list_of_role, API_3),
        Call("GET", "/roles/users/list", requests.RoleId, access_grants.users_of_role, API_3),
        Call("POST", "/roles/create", requests.NewRole, access_grants.create_role, API_3),
        Call("PATCH", "/roles/update", requests.RoleChange, access_grants.update_role, API_3),
        Call("DELETE", "/roles/delete", requests.RoleId, access_grants.delete_role, API_3),
        Call("POST", "/roles/permissions/add", requests.NewRolePermission, access_grants.add_to_role, API_3),
        Call("PATCH", "/roles/permissions/update", requests.RolePermissionChange, access_grants.update_of_role, API_3),
        Call("DELETE", "/roles/permissions/remove", requests.RolePermissionId, access_grants.remove_from_role, API_3),
        Call("POST", "/roles/assign", requests.RoleOfUser, access_grants.assign, API_3),
        Call("DELETE", "/roles/unassign", requests.RoleOfUser, access_grants.unassign, API_3),
    ),
)

SESSIONS: tuple[Raw, ...] = needing(
    OPEN,
    Raw("GET", "/me", identity_sessions.me, TRACKLINE),
    Raw("POST", "/login", identity_sessions.login, TRACKLINE),
    Raw("POST", "/logout", identity_sessions.logout, TRACKLINE),
    Raw("GET", "/oidc/start", oidc.start, TRACKLINE),
    Raw("GET", "/oidc/callback", oidc.callback, TRACKLINE),
)
