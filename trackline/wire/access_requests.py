"""What clients send about users and permissions: one shape for each endpoint, with MLflow's field names."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from trackline.domain.entities import Int64
from trackline.wire.requests import Text


class NewUser(Struct):
    username: Text
    password: Text


class FirstAdministrator(Struct):
    """`secret` is what the server showed when it started."""

    secret: Text
    username: Text
    password: Text


class Username(Struct):
    username: Text


class NewPassword(Struct):
    """`current_password` where people change their own."""

    username: Text
    password: str
    current_password: str | None = None


class UserAdmin(Struct):
    username: Text
    is_admin: bool


class ExperimentPermission(Struct):
    experiment_id: Text
    username: Text
    permission: Text


class OfExperiment(Struct):
    experiment_id: Text
    username: Text


class ModelPermission(Struct):
    name: Text
    username: Text
    permission: Text


class OfModel(Struct):
    name: Text
    username: Text


class UserPermission(Struct):
    username: Text
    resource_type: Text
    resource_id: Text
    permission: Text


class UserResource(Struct):
    username: Text
    resource_type: Text
    resource_id: Text


class NewRole(Struct):
    name: Text
    workspace: str = "default"
    description: str | None = None


class RoleId(Struct):
    role_id: Int64


class ListRoles(Struct):
    workspace: str = "default"


class RoleChange(Struct):
    role_id: Int64
    name: str | None = None
    description: str | None = None


class NewRolePermission(Struct):
    role_id: Int64
    resource_type: Text
    resource_pattern: Text
    permission: Text


class RolePermissionId(Struct):
    role_permission_id: Int64


class RolePermissionChange(Struct):
    role_permission_id: Int64
    permission: Text


class RoleOfUser(Struct):
    username: Text
    role_id: Int64


class NewToken(Struct):
    """`days` it holds; None is for ever. `experiments` (ids) and `models` (names) are the only things it opens."""

    username: Text
    name: Text
    scope: Literal["read", "write"] = "write"
    days: Annotated[int, Meta(ge=1, le=3650)] | None = 90
    experiments: Annotated[list[Text], Meta(max_length=100)] = []
    models: Annotated[list[Text], Meta(max_length=100)] = []


class TokenName(Struct):
    username: Text
    name: Text


class ExperimentAccess(Struct):
    experiment_id: Text


class ModelAccess(Struct):
    name: Text


class ReadLog(Struct):
    """`before`: the id of the last entry of the page before."""

    max_results: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Int64 | None = None
