"""Who is who, as the other features see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import NotAllowed
from bot.kit.locale import Locale, has_text, say
from bot.policy import policy

SubjectKind = Literal["conversation", "case", "trip", "rider", "driver", "staff", "any"]
# The policy's acts that decide what a reader sees of personal data.
READING_ACTS = ("see_unmasked_phone", "see_earlier_complaints", "see_position")


@dataclass(frozen=True)
class Member:
    """A signed-in member of staff. roles: policy role names; languages: those they answer in."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    in_house: bool
    locale: str = "en"
    languages: tuple[str, ...] = ("zh", "en")

    @property
    def who(self) -> str:
        """How the timeline names them."""
        return f"staff:{self.id}"

    def may(self, act: str) -> bool:
        """Whether the policy lets them do `act`."""
        return policy().may(act, list(self.roles), self.in_house)

    def must(self, act: str) -> None:
        """Raises NotAllowed, whose words say who may do it and that raising is always open."""
        if not self.may(act):
            raise NotAllowed(
                "not_allowed",
                details={"act": act},
                act=permission_label(act, self.locale),
                roles=who_may(act, self.locale),
            )

    @property
    def acts(self) -> list[str]:
        """Every act of the policy that they may do, in the policy's order."""
        return [act for act in policy().acts if self.may(act)]


def permission_label(act: str, locale: str) -> str:
    """An act of the policy in words."""
    return say(f"permission.{act}", locale) if has_text(f"permission.{act}") else act


def who_may(act: str, locale: str) -> str:
    """The roles that may do an act, in words."""
    rule = policy().acts[act]
    roles = (say("comma", locale)).join(role_label(role, locale) for role in rule.roles)
    return say("roles.in_house", locale, roles=roles) if rule.in_house else roles


def role_label(role: str, locale: str) -> str:
    """A role in words."""
    return say(f"role.{role}", locale) if has_text(f"role.{role}") else role


@dataclass(frozen=True)
class Person:
    """Who speaks, as far as a signed token, a code or they themselves say.

    role: rider, driver, third_party, officer or unknown; identity: token, code, two_facts or none.
    """

    role: str = "unknown"
    identity: str = "none"
    rider_id: str | None = None
    driver_id: str | None = None
    name: str | None = None
    language: Locale | None = None


@dataclass(frozen=True)
class Subject:
    """Whom or what personal data are about. id: the desk's (conversation, case, staff) or the platform's."""

    kind: SubjectKind
    id: str

    @staticmethod
    def parse(text: str) -> Subject:
        """ "conversation:<id>" and the like. Raises ValueError for a kind that does not exist."""
        kind, _, identifier = text.partition(":")
        if kind not in get_args(SubjectKind) or not identifier:
            raise ValueError(f"{text!r} names no subject: write kind:id, kind one of {get_args(SubjectKind)}")
        return Subject(cast("SubjectKind", kind), identifier)


@dataclass(frozen=True)
class Grant:
    """Leave to read personal data. Made only by `bot.identity.service`; staff's has a row in the audit.

    holder: staff:<id> or software:<part>; acts: which of READING_ACTS the holder may do; id: the audit row's,
    None for software, which never sees an unmasked phone; locale: the holder's.
    """

    holder: str
    subject: Subject
    purpose: str
    acts: frozenset[str] = field(default_factory=frozenset)
    id: str | None = None
    locale: str = "en"

    def may(self, act: str) -> bool:
        """Whether the holder may do a reading act."""
        return act in self.acts


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class SignIn(_Wire):
    email: str = Field(min_length=1, max_length=320)
    password: str = Field(min_length=1, max_length=1000)


class Me(_Wire):
    """The signed-in member; acts: names of the policy's acts that are allowed."""

    id: str
    name: str
    email: str
    roles: list[str]
    in_house: bool
    locale: str
    languages: list[str]
    acts: list[str]

    @staticmethod
    def of(member: Member) -> Me:
        return Me(
            id=member.id,
            name=member.name,
            email=member.email,
            roles=list(member.roles),
            in_house=member.in_house,
            locale=member.locale,
            languages=list(member.languages),
            acts=member.acts,
        )


class Presence(_Wire):
    state: Literal["online", "away"]


class NewAccount(_Wire):
    """password: left out, a one-time one is made and shown once."""

    email: str = Field(min_length=3, max_length=320)
    name: str = Field(min_length=1, max_length=100)
    roles: list[str] = Field(max_length=20)
    in_house: bool = True
    locale: Locale = "en"
    languages: list[Locale] = Field(default=["zh", "en"], min_length=1, max_length=2)
    password: str | None = Field(None, max_length=1000)


class NewRoles(_Wire):
    """in_house: left out, it stays as it is."""

    roles: list[str] = Field(max_length=20)
    in_house: bool | None = None


class NewPassword(_Wire):
    current: str = Field(min_length=1, max_length=1000)
    new: str = Field(min_length=1, max_length=1000)


class Account(_Wire):
    """An account as supervisors see it; times are ISO 8601 UTC."""

    id: str
    email: str
    name: str
    roles: list[str]
    in_house: bool
    locale: str
    languages: list[str]
    presence: str
    last_seen_at: str | None
    created_at: str | None
    disabled_at: str | None
    demo: bool


class Accounts(_Wire):
    accounts: list[Account]


class AccountMade(_Wire):
    """password: the one-time password if one was made, shown this once."""

    account: Account
    password: str | None
