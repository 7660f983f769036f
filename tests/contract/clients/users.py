"""Users and permissions as MLflow's own client for them manages them, of MLflow 3 (roles) and MLflow 2 (permissions).

    python -m tests.contract.clients.users URL

runs on a server on which the credentials in the environment are an administrator's. Not among the scenarios, whose
server has no users.
"""

from __future__ import annotations

import sys

from mlflow import MlflowClient
from mlflow.server.auth.client import AuthServiceClient

from tests.contract.clients.harness import CLIENT, refused

PASSWORD = "password1234567"


def main(url: str) -> None:
    users = AuthServiceClient(url)
    client = MlflowClient(url)
    experiment = client.create_experiment(f"experiment {CLIENT}")
    model = client.create_registered_model(f"model {CLIENT}").name
    made = users.create_user("newton", PASSWORD)
    assert (made.username, made.is_admin, users.get_user("newton").id) == ("newton", False, made.id)
    users.update_user_password("newton", PASSWORD[::-1])
    users.update_user_admin("newton", True)
    assert users.get_user("newton").is_admin
    users.update_user_admin("newton", False)
    if CLIENT < (3,):
        permissions_are_granted_on_each_thing(users, experiment, model)
    else:
        permissions_are_granted_by_roles(users, experiment)
        permissions_are_granted_to_users(users, model)
    users.delete_user("newton")
    with refused("RESOURCE_DOES_NOT_EXIST", "newton"):
        users.get_user("newton")


def permissions_are_granted_on_each_thing(users: AuthServiceClient, experiment: str, model: str) -> None:
    assert users.create_experiment_permission(experiment, "newton", "READ").permission == "READ"
    users.update_experiment_permission(experiment, "newton", "EDIT")
    assert users.get_experiment_permission(experiment, "newton").permission == "EDIT"
    users.delete_experiment_permission(experiment, "newton")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        users.get_experiment_permission(experiment, "newton")
    assert users.create_registered_model_permission(model, "newton", "READ").permission == "READ"
    users.update_registered_model_permission(model, "newton", "MANAGE")
    assert users.get_registered_model_permission(model, "newton").permission == "MANAGE"
    users.delete_registered_model_permission(model, "newton")
    with refused("RESOURCE_DOES_NOT_EXIST"):
        users.get_registered_model_permission(model, "newton")


def permissions_are_granted_by_roles(users: AuthServiceClient, experiment: str) -> None:
    role = users.create_role("default", "team", "about")
    assert users.get_role(role.id).name == "team"
    assert [one.id for one in users.list_roles("default")] == [role.id]
    users.update_role(role.id, name="crew")
    granted = users.add_role_permission(role.id, "experiment", experiment, "EDIT")
    assert [one.permission for one in users.list_role_permissions(role.id)] == ["EDIT"]
    assert users.update_role_permission(granted.id, "READ").permission == "READ"
    users.assign_role("newton", role.id)
    assert [one.name for one in users.list_user_roles("newton")] == ["crew"]
    assert len(users.list_role_users(role.id)) == 1
    users.unassign_role("newton", role.id)
    users.remove_role_permission(granted.id)
    users.delete_role(role.id)
    with refused("RESOURCE_DOES_NOT_EXIST"):
        users.get_role(role.id)


def permissions_are_granted_to_users(users: AuthServiceClient, model: str) -> None:
    users.grant_user_permission("newton", "registered_model", model, "MANAGE")
    assert users.get_user_permission("newton", "registered_model", model).permission == "MANAGE"
    users.revoke_user_permission("newton", "registered_model", model)


if __name__ == "__main__":
    main(sys.argv[1])
