"""People whom an identity provider knows: who they are here, by what it says of them (claims of OpenID Connect)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from trackline.domain.access import is_user_name
from trackline.domain.errors import InvalidParameter, NotAllowed

ADMIN = "admin"  # in the place of a role: administrators
MAX_SUBJECT = 255  # characters, by OpenID Connect
MAX_GROUPS = 10_000


class Person(NamedTuple):
    """`subject` is theirs for ever, at this issuer; `name` is what they will be called when they first come.

    `is_admin` is None where groups do not say it. `roles`: those that groups decide about, and whether the person
    has each.
    """

    subject: str
    name: str
    is_admin: bool | None
    roles: Mapping[str, bool]


@dataclass(frozen=True)
class Rules:
    """What the claims of one issuer mean. `groups`: pairs of a group there and a role here, or ADMIN.

    `email_domains`: whoever has a verified address in one of them may sign in; empty for everybody.
    """

    issuer: str
    username_claim: str = "email"
    groups_claim: str = "groups"
    groups: tuple[tuple[str, str], ...] = ()
    email_domains: tuple[str, ...] = ()

    @property
    def wanted(self) -> frozenset[str]:
        """The claims that are looked at."""
        of_groups = {self.groups_claim} if self.groups else set()
        of_domains = {"email", "email_verified"} if self.email_domains else set()
        return frozenset({self.username_claim} | of_groups | of_domains)

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Raises NotAllowed for somebody who may not sign in here."""
        subject = claims.get("sub")
        if not (isinstance(subject, str) and 0 < len(subject) <= MAX_SUBJECT):
            raise NotAllowed("The identity provider does not say who you are (sub).")
        self._check_domain(claims)
        theirs = _groups(claims.get(self.groups_claim))
        roles: dict[str, bool] = {}
        for group, role in self.groups:
            roles[role] = roles.get(role, False) or group in theirs
        is_admin = roles.pop(ADMIN, None)
        return Person(f"{self.issuer} {subject}", self._name(claims), is_admin, roles)

    def _name(self, claims: Mapping[str, Any]) -> str:
        name = claims.get(self.username_claim)
        if not (isinstance(name, str) and is_user_name(name)):
            raise NotAllowed(
                f"The identity provider gives you no usable name (claim '{self.username_claim}'). The server's "
                "--oidc-username-claim names the claim, --oidc-scopes what is asked for."
            )
        if self.username_claim == "email" and claims.get("email_verified") is False:
            raise NotAllowed("The identity provider has not verified your e-mail address. Verify it there first.")
        return name

    def _check_domain(self, claims: Mapping[str, Any]) -> None:
        if not self.email_domains:
            return
        domain = str(claims.get("email", "")).lower().rpartition("@")[2]
        if claims.get("email_verified") is not True or domain not in self.email_domains:
            names = ", ".join(self.email_domains)
            raise NotAllowed(f"Only people with a verified e-mail address of {names} may sign in here.")


def group_roles(pairs: list[str]) -> tuple[tuple[str, str], ...]:
    """GROUP=ROLE, as `Rules` has them; a group's name may have = in it. Raises InvalidParameter."""
    found = []
    for pair in pairs:
        group, equals, role = (part.strip() for part in pair.rpartition("="))
        if not (group and equals and role):
            raise InvalidParameter(f"'{pair}' is not of the form GROUP=ROLE.")
        found.append((group, role))
    return tuple(found)


def _groups(claim: Any) -> frozenset[str]:
    """A list of names, or a single one."""
    if isinstance(claim, str):
        return frozenset({claim})
    if not isinstance(claim, list):
        return frozenset()
    return frozenset(group for group in claim[:MAX_GROUPS] if isinstance(group, str))
