"""Endpoints of permissions: MLflow's, for users and roles, and who sees something."""

from __future__ import annotations

from typing import Any

from trackline.domain.access import Named, Permission, Resource, permission_named
from trackline.domain.errors import InvalidParameter
from trackline.domain.limits import check_name
from trackline.server.services import Services
from trackline.store.access import grants, roles
from trackline.store.access.identities import asker
from trackline.wire import access_requests as requests
from trackline.wire.requests import Nothing

# MLflow has prompts apart; here they are registered models, as in its own database.
RESOURCES: dict[str, Named] = {
    "experiment": "experiment",
    "registered_model": "registered_model",
    "prompt": "registered_model",
}
WORKSPACE = "default"


async def create_on_experiment(services: Services, request: requests.ExperimentPermission) -> Any:
    resource, permission = Resource("experiment", request.experiment_id), permission_named(request.permission)
    user_id = await services.database.write(grants.grant_to_user, request.username, resource, permission)
    return {"experiment_permission": _on_experiment(request.experiment_id, user_id, permission)}


async def get_on_experiment(services: Services, request: requests.OfExperiment) -> Any:
    resource = Resource("experiment", request.experiment_id)
    user_id, permission = await services.database.read(grants.granted_to_user, request.username, resource)
    return {"experiment_permission": _on_experiment(request.experiment_id, user_id, permission)}


async def update_on_experiment(services: Services, request: requests.ExperimentPermission) -> Any:
    resource, permission = Resource("experiment", request.experiment_id), permission_named(request.permission)
    await services.database.write(grants.change_grant_to_user, request.username, resource, permission)
    return {}


async def delete_on_experiment(services: Services, request: requests.OfExperiment) -> Any:
    resource = Resource("experiment", request.experiment_id)
    await services.database.write(grants.revoke_from_user, request.username, resource)
    return {}


async def create_on_model(services: Services, request: requests.ModelPermission) -> Any:
    resource, permission = Resource("registered_model", request.name), permission_named(request.permission)
    user_id = await services.database.write(grants.grant_to_user, request.username, resource, permission)
    return {"registered_model_permission": _on_model(request.name, user_id, permission)}


async def get_on_model(services: Services, request: requests.OfModel) -> Any:
    resource = Resource("registered_model", request.name)
    user_id, permission = await services.database.read(grants.granted_to_user, request.username, resource)
    return {"registered_model_permission": _on_model(request.name, user_id, permission)}


async def update_on_model(services: Services, request: requests.ModelPermission) -> Any:
    resource, permission = Resource("registered_model", request.name), permission_named(request.permission)
    await services.database.write(grants.change_grant_to_user, request.username, resource, permission)
    return {}


async def delete_on_model(services: Services, request: requests.OfModel) -> Any:
    await services.database.write(grants.revoke_from_user, request.username, Resource("registered_model", request.name))
    return {}


async def grant_to_user(services: Services, request: requests.UserPermission) -> Any:
    resource = resource_of(request.resource_type, request.resource_id)
    permission = permission_named(request.permission)
    await services.database.write(grants.grant_to_user, request.username, resource, permission)
    return {}


async def revoke_from_user(services: Services, request: requests.UserResource) -> Any:
    resource = resource_of(request.resource_type, request.resource_id)
    await services.database.write(grants.revoke_from_user, request.username, resource)
    return {}


async def get_of_user(services: Services, request: requests.UserResource) -> Any:
    resource = resource_of(request.resource_type, request.resource_id)
    found = await services.database.read(
        grants.effective_permission, request.username, resource, services.sign_in.default
    )
    return {"allowed": found >= Permission.USE, "permission": found.name}


async def list_of_user(services: Services, request: requests.Username) -> Any:
    is_admin, held = await services.database.read(roles.held_by, request.username)
    return {"is_admin": is_admin, "permissions": held}


async def list_own(services: Services, request: Nothing) -> Any:  # noqa: ARG001
    me = await services.database.read(asker)
    if not me.name:
        return {"is_admin": True, "permissions": []}
    is_admin, held = await services.database.read(roles.held_by, me.name)
    return {"is_admin": is_admin, "permissions": held}


async def create_role(services: Services, request: requests.NewRole) -> Any:
    _check_workspace(request.workspace)
    check_name(request.name, "name")
    return {"role": await services.database.write(roles.create_role, request.name, request.description)}


async def get_role(services: Services, request: requests.RoleId) -> Any:
    return {"role": await services.database.read(roles.get_role, request.role_id)}


async def list_roles(services: Services, request: requests.ListRoles) -> Any:
    _check_workspace(request.workspace)
    return {"roles": await services.database.read(roles.list_roles)}


async def update_role(services: Services, request: requests.RoleChange) -> Any:
    if request.name is not None:
        check_name(request.name, "name")
    changed = await services.database.write(roles.update_role, request.role_id, request.name, request.description)
    return {"role": changed}


async def delete_role(services: Services, request: requests.RoleId) -> Any:
    await services.database.write(roles.delete_role, request.role_id)
    return {}


async def add_to_role(services: Services, request: requests.NewRolePermission) -> Any:
    resource = resource_of(request.resource_type, request.resource_pattern)
    permission = permission_named(request.permission)
    made = await services.database.write(roles.grant_to_role, request.role_id, resource, permission)
    return {"role_permission": made}


async def remove_from_role(services: Services, request: requests.RolePermissionId) -> Any:
    await services.database.write(roles.remove_role_grant, request.role_permission_id)
    return {}


async def list_of_role(services: Services, request: requests.RoleId) -> Any:
    role = await services.database.read(roles.get_role, request.role_id)
    return {"role_permissions": role.permissions}


async def update_of_role(services: Services, request: requests.RolePermissionChange) -> Any:
    permission = permission_named(request.permission)
    changed = await services.database.write(roles.update_role_grant, request.role_permission_id, permission)
    return {"role_permission": changed}


async def assign(services: Services, request: requests.RoleOfUser) -> Any:
    return {"assignment": await services.database.write(roles.assign_role, request.username, request.role_id)}


async def unassign(services: Services, request: requests.RoleOfUser) -> Any:
    await services.database.write(roles.unassign_role, request.username, request.role_id)
    return {}


async def roles_of_user(services: Services, request: requests.Username) -> Any:
    return {"roles": await services.database.read(roles.list_roles, request.username)}


async def users_of_role(services: Services, request: requests.RoleId) -> Any:
    return {"assignments": await services.database.read(roles.role_users, request.role_id)}


async def who_sees_experiment(services: Services, request: requests.ExperimentAccess) -> Any:
    resource = Resource("experiment", request.experiment_id)
    return {"users": await services.database.read(grants.who_sees, resource, services.sign_in.default)}


async def who_sees_model(services: Services, request: requests.ModelAccess) -> Any:
    resource = Resource("registered_model", request.name)
    return {"users": await services.database.read(grants.who_sees, resource, services.sign_in.default)}


def resource_of(kind: str, given: str) -> Resource:
    """Of the kinds of things that MLflow has, this server has these."""
    if kind not in RESOURCES:
        raise InvalidParameter(f"Invalid resource type '{kind}'. Valid resource types here are: {tuple(RESOURCES)}.")
    if kind == "prompt" and given == grants.ALL:
        raise InvalidParameter("Prompts are registered models here: grant on 'registered_model' to mean all of them.")
    return Resource(RESOURCES[kind], given)


def _check_workspace(workspace: str) -> None:
    if workspace != WORKSPACE:
        raise InvalidParameter(f"There is no workspace '{workspace}': this server has one, '{WORKSPACE}'.")


def _on_experiment(experiment_id: str, user_id: int, permission: Permission) -> dict[str, Any]:
    return {"experiment_id": experiment_id, "user_id": user_id, "permission": permission.name}


def _on_model(name: str, user_id: int, permission: Permission) -> dict[str, Any]:
    return {"workspace": WORKSPACE, "name": name, "user_id": user_id, "permission": permission.name}
