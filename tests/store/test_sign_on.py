"""People whom an identity provider knows, and the first administrator, in the store."""

from __future__ import annotations

import pytest

from trackline.db.transaction import Transaction
from trackline.domain.errors import InvalidParameter, InvalidState, NotAllowed
from trackline.domain.sign_on import Person
from trackline.store.access.first import check_first, create_first, offer_first
from trackline.store.access.log import read_access_log
from trackline.store.access.roles import assign_role_named, create_role, list_roles
from trackline.store.access.sign_on import sign_on
from trackline.store.access.users import NewUser, create_user, get_user, set_admin, set_disabled

DAY_MS = 24 * 3600 * 1000
ANN = Person("https://id.example 1", "ann", None, {})


def test_somebody_becomes_a_user_when_they_first_come_and_stays_that_one(store_tx: Transaction) -> None:
    sign_on(store_tx, ANN, "::1", "a", DAY_MS)
    sign_on(store_tx, ANN._replace(name="ann the second"), "::1", "b", DAY_MS)

    assert [row[0] for row in store_tx.rows("SELECT name FROM users")] == ["ann"]
    assert len(store_tx.rows("SELECT digest FROM sessions")) == 2
    logged = [(entry.what, entry.actor) for entry in read_access_log(store_tx, 10)]
    assert logged == [("signed in", "ann"), ("signed in", "ann"), ("user created", "ann")]


def test_only_roles_that_groups_decide_about_are_changed(store_tx: Transaction) -> None:
    sign_on(store_tx, ANN._replace(roles={"lab": True, "other": False}), "", "a", DAY_MS)
    create_role(store_tx, "own", None)
    assign_role_named(store_tx, "ann", "own")
    assert {role.name for role in list_roles(store_tx, "ann")} == {"lab", "own"}

    sign_on(store_tx, ANN._replace(roles={"lab": False, "other": True}), "", "b", DAY_MS)
    assert {role.name for role in list_roles(store_tx, "ann")} == {"other", "own"}


def test_groups_take_even_the_last_administrators_rights_and_silence_leaves_them(store_tx: Transaction) -> None:
    for given, is_admin in ((True, True), (None, True), (False, False)):
        sign_on(store_tx, ANN._replace(is_admin=given), "", f"{given}", DAY_MS)
        assert get_user(store_tx, "ann").is_admin is is_admin
    set_disabled(store_tx, "ann", True)  # with no administrator there is none to keep


def test_the_last_administrator_of_ones_own_making_stays_one(store_tx: Transaction) -> None:
    create_user(store_tx, NewUser("root", None, is_admin=True))
    with pytest.raises(InvalidState, match="last administrator"):
        set_admin(store_tx, "root", False)


def test_a_disabled_user_and_a_name_that_is_taken_are_refused(store_tx: Transaction) -> None:
    create_user(store_tx, NewUser("root", None, is_admin=True))
    with pytest.raises(NotAllowed, match="Somebody else is called 'root'"):
        sign_on(store_tx, ANN._replace(name="root"), "", "a", DAY_MS)
    sign_on(store_tx, ANN, "", "b", DAY_MS)
    set_disabled(store_tx, "ann", True)
    with pytest.raises(NotAllowed, match="'ann' may not sign in here any more"):
        sign_on(store_tx, ANN, "", "c", DAY_MS)


def test_any_secret_that_was_shown_makes_the_first_administrator_and_then_none_does(store_tx: Transaction) -> None:
    assert offer_first(store_tx, "one", DAY_MS) and offer_first(store_tx, "two", DAY_MS)
    check_first(store_tx, "two")
    assert create_first(store_tx, "one", "ann", "hash").is_admin

    for digest in ("one", "two"):
        with pytest.raises(InvalidParameter, match="holds no longer"):
            create_first(store_tx, digest, "eve", "hash")
    assert not offer_first(store_tx, "three", DAY_MS)


def test_a_secret_that_has_run_out_makes_nobody(store_tx: Transaction) -> None:
    offer_first(store_tx, "one", 0)
    with pytest.raises(InvalidParameter, match="holds no longer"):
        create_first(store_tx, "one", "eve", "hash")
