"""Who may do what, below the door: the rule on one thing, and the same rule on lists of them."""

from __future__ import annotations

from random import Random

import pytest

from tests.store.made import make_experiment
from trackline.db.transaction import Transaction
from trackline.domain.access import (
    TOKEN_BYTES,
    Credential,
    Demand,
    Identity,
    Kind,
    Named,
    Permission,
    Resource,
    check_user_name,
    digest_of,
    folded,
    is_token,
    token_text,
)
from trackline.domain.errors import AlreadyExists, InvalidParameter, InvalidState, NotAllowed, NotFound, NotSignedIn
from trackline.store.access import grants, identities, log, permissions, roles, tokens, users
from trackline.store.registry.models import NewRegisteredModel, create_registered_model

READ, EDIT, MANAGE = Permission.READ, Permission.EDIT, Permission.MANAGE
NONE = Permission.NO_PERMISSIONS
THINGS = 6


@pytest.fixture
def tx(store_tx: Transaction) -> Transaction:
    """Experiments 1 to 6 and as many models, an administrator `ann`, and `bob`, who has two roles."""
    users.create_user(store_tx, users.NewUser("ann", "hash of ann", is_admin=True))
    users.create_user(store_tx, users.NewUser("bob", "hash of bob"))
    for number in range(1, THINGS + 1):
        make_experiment(store_tx, f"experiment {number}")
        create_registered_model(store_tx, NewRegisteredModel(f"model {number}", "", []), "")
    for name in ("one", "two", "not bob's"):
        roles.create_role(store_tx, name, None)
    roles.assign_role_named(store_tx, "bob", "one")
    roles.assign_role_named(store_tx, "bob", "two")
    return store_tx


@pytest.mark.parametrize("seed", range(12))
def test_a_list_holds_just_what_may_be_read_one_by_one(tx: Transaction, seed: int) -> None:
    random = Random(seed)
    for _ in range(random.randrange(1, 12)):
        resource = random.choice([some_thing(random), Resource("experiment", grants.ALL)])
        user, role = random.choice([("bob", None), (None, "one"), (None, "two"), (None, "not bob's")])
        grants_of_any = random.choice([NONE, READ, EDIT, MANAGE])
        roles.grant_to(tx, user, role, resource, grants_of_any)
    limits = [some_thing(random) for _ in range(3)]
    token = tokens.NewToken("bob", "t", "digest", "write", None, limits)
    limited = tokens.create_token(tx, token).id

    for default in (NONE, READ):
        for token_id in (None, limited):
            for is_admin in (False, True):
                tx.asker = Identity(2, "bob", is_admin=is_admin, default=default, token_id=token_id)
                assert listed(tx, "experiment") == one_by_one(tx, "experiment")
                assert listed(tx, "registered_model") == one_by_one(tx, "registered_model")


@pytest.mark.parametrize(
    ("granted", "default", "permission"),
    [
        ([], READ, READ),
        ([], NONE, NONE),
        ([EDIT], READ, EDIT),
        ([READ], MANAGE, READ),
        ([READ, MANAGE, EDIT], NONE, MANAGE),
        ([MANAGE, NONE], READ, NONE),
    ],
)
def test_a_denial_counts_or_else_the_highest_or_else_the_default(
    granted: list[int], default: Permission, permission: Permission
) -> None:
    assert folded(granted, default) == permission


def test_what_does_not_exist_has_what_is_granted_on_everything_or_the_default(tx: Transaction) -> None:
    missing = Resource("run", "0" * 32)
    assert permissions.permission_on(tx, bob(READ), missing) == READ
    assert permissions.permission_on(tx, bob(NONE), missing) == NONE
    roles.grant_to(tx, "bob", None, Resource("experiment", grants.ALL), EDIT)
    assert permissions.permission_on(tx, bob(NONE), missing) == EDIT


def test_many_runs_of_one_experiment_are_asked_for_once(tx: Transaction) -> None:
    for number in range(50):
        tx.execute(
            "INSERT INTO runs (uuid, experiment_id, name, user_id, status, start_ms, lifecycle) "
            "VALUES (:uuid, 1, 'n', '', 'RUNNING', 0, 'active')",
            {"uuid": str(number)},
        )
    tx.asker = bob(READ)
    demand = Demand(READ, tuple(Resource("run", str(number)) for number in range(50)))
    before = tx.statements
    permissions.require(tx, demand)
    assert tx.statements - before == 2

    with pytest.raises(NotAllowed, match="EDIT on the experiment of run"):
        permissions.require(tx, demand._replace(permission=EDIT))


def test_permissions_go_with_the_thing_and_stay_when_it_is_renamed(tx: Transaction) -> None:
    model = Resource("registered_model", "model 1")
    roles.grant_to(tx, "bob", None, model, EDIT)
    tx.execute("UPDATE registered_models SET name = 'renamed' WHERE name = 'model 1'")
    assert permissions.permission_on(tx, bob(NONE), Resource("registered_model", "renamed")) == EDIT

    tx.execute("DELETE FROM registered_models WHERE name = 'renamed'")
    assert [one.resource_pattern for one in grants.user_with_grants(tx, "bob")[1]] == []


def test_a_token_whose_things_are_all_gone_opens_nothing(tx: Transaction) -> None:
    limits = [Resource("registered_model", "model 1")]
    tokens.create_token(tx, tokens.NewToken("ann", "t", "digest", "write", None, limits))
    tx.execute("DELETE FROM registered_models WHERE name = 'model 1'")

    tx.asker = identities.identify(tx, Credential("token", "digest"), READ)
    assert listed(tx, "registered_model") == listed(tx, "experiment") == set()


@pytest.mark.parametrize(
    "credential",
    [
        None,
        Credential("password", "hash of ann", "bob"),
        Credential("password", "", "bob"),
        Credential("token", "none"),
        Credential("session", "digest"),
    ],
)
def test_what_fits_nobody_is_nobodys(tx: Transaction, credential: Credential | None) -> None:
    tokens.begin_session(tx, "bob", "digest", lasts_ms=0)
    with pytest.raises(NotSignedIn):
        identities.identify(tx, credential, READ)


def test_what_is_wrong_is_said_and_changes_nothing(tx: Transaction) -> None:
    tokens.create_token(tx, tokens.NewToken("bob", "t", "digest", "read", None, []))
    before = len(log.read_access_log(tx, 1000))

    for wrong, error in (
        (lambda: users.create_user(tx, users.NewUser("bob", "x")), AlreadyExists),
        (lambda: users.get_user(tx, "eve"), NotFound),
        (lambda: tokens.create_token(tx, tokens.NewToken("bob", "t", "other", "read", None, [])), AlreadyExists),
        (lambda: tokens.revoke_token(tx, "bob", "none"), NotFound),
        (lambda: grants.revoke_from_user(tx, "bob", Resource("experiment", "1")), NotFound),
        (lambda: grants.grant_to_user(tx, "bob", Resource("experiment", "99"), READ), NotFound),
        (lambda: roles.get_role(tx, 99), NotFound),
        (lambda: roles.unassign_role(tx, "ann", 1), NotFound),
        (lambda: roles.assign_role(tx, "bob", 1), AlreadyExists),
    ):
        with pytest.raises(error):
            wrong()
    assert len(log.read_access_log(tx, 1000)) == before


def test_programs_have_no_password(tx: Transaction) -> None:
    users.create_user(tx, users.NewUser("ci", None, is_service=True))
    assert users.password_of(tx, "ci") is None
    with pytest.raises(InvalidState, match="token"):
        users.set_password(tx, "ci", "hash")


def test_a_token_is_known_by_its_spelling_and_mistyped_ones_are_not() -> None:
    token = token_text(bytes(range(TOKEN_BYTES)))
    assert token.startswith("tlk_") and is_token(token)
    assert len(digest_of(token)) == 64
    for wrong in (
        "",
        "tlk_",
        token[:-1],
        token + "0",
        token.replace("tlk_", "tlx_"),
        token.swapcase(),
        "tlk_" + "é" * 49,
    ):
        assert not is_token(wrong)


@pytest.mark.parametrize("name", ["", " ", "a:b", "a/b", "a\n", "a ", "\x00", "x" * 256])
def test_names_that_basic_authentication_or_a_path_cannot_carry_are_refused(name: str) -> None:
    with pytest.raises(InvalidParameter, match="Invalid username"):
        check_user_name(name)


def some_thing(random: Random) -> Resource:
    number = random.randint(1, THINGS)
    return random.choice([Resource("experiment", str(number)), Resource("registered_model", f"model {number}")])


def bob(default: Permission) -> Identity:
    return Identity(2, "bob", is_admin=False, default=default)


def listed(tx: Transaction, kind: Kind) -> set[int]:
    readable = permissions.seen(tx, kind, "t.id")
    table = "experiments" if kind == "experiment" else "registered_models"
    return {number for (number,) in tx.rows(f"SELECT t.id FROM {table} t WHERE {readable.condition}", readable.values)}


def one_by_one(tx: Transaction, kind: Named) -> set[int]:
    names = {number: str(number) if kind == "experiment" else f"model {number}" for number in range(1, THINGS + 1)}
    return {number for number, name in names.items() if permissions.may_read(tx, kind, name)}


@pytest.mark.parametrize("number", ["9" * 30, "x", ""])
def test_an_experiment_is_named_by_a_number_that_a_database_can_hold(tx: Transaction, number: str) -> None:
    with pytest.raises(InvalidParameter):
        grants.who_sees(tx, Resource("experiment", number), READ)
