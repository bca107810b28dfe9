"""Typed settings of the desk, read once from the environment (`VIGIL_*`, plus DATABASE_URL and REDIS_URL).

With none set the desk runs whole: SQLite in `var/`, the sandbox platform, demo staff. Production refuses to start on
anything that only a demonstration may have (`refusals`).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "demo-secret-not-for-production"
_DATABASES = re.compile(r"(postgres|postgresql(\+asyncpg)?|sqlite(\+aiosqlite)?)://")
# What asyncpg takes in an address; libpq's other options are words it does not know.
_POSTGRES_OPTIONS = {"ssl", "sslmode", "target_session_attrs", "host", "port", "user", "password", "passfile"}


class Settings(BaseSettings):
    """Every setting has a working default; names in the environment carry the prefix VIGIL_."""

    model_config = SettingsConfigDict(env_prefix="VIGIL_", extra="ignore", populate_by_name=True)

    env: Literal["demo", "test", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = 8080
    # Where people reach the desk from outside: every link in a page, a mail or an answer to police begins with it.
    public_url: str = ""
    internal_port: int = 8081
    internal_secret: str = DEMO_SECRET
    secret: str = DEMO_SECRET
    var: Path = ROOT / "var"
    data: Path = ROOT / "data"
    web: Path = ROOT / "bot" / "web" / "dist"
    database_url: str = Field(default="", validation_alias=AliasChoices("DATABASE_URL", "VIGIL_DATABASE_URL"))
    redis_url: str = Field(default="", validation_alias=AliasChoices("REDIS_URL", "VIGIL_REDIS_URL"))
    rasa_hear_url: str = "http://127.0.0.1:5005"
    rasa_talk_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    ride_platform_url: str = "http://127.0.0.1:8090"
    ride_platform_key: str = "sandbox-key"
    ride_platform_secret: str = "sandbox-event-secret"
    app_token_secret: str = DEMO_SECRET
    # Apprise addresses, comma-separated, of the team channels; the second is used when the first fails or stays unanswered.
    pager: str = ""
    second_pager: str = ""
    # Apprise addresses of the executive who gets the daily digest; the name as it stands on the board.
    executive_url: str = ""
    executive_name: str = "Executive"
    executive_locale: Literal["zh", "en"] = "zh"
    # The company's push service (an https address) and the secret that signs what it is told; docs/app.md.
    push_url: str = ""
    push_secret: str = ""
    # An Apprise mail address without a recipient (mailtos://user:password@host?from=…): transcripts go out by it.
    mail_url: str = ""
    # Addresses of proxies before the desk, comma-separated: only their word on where a request comes from is believed.
    trusted_proxies: str = ""
    allowed_origins: str = ""
    tick_s: float = 0.5

    @field_validator("database_url")
    @classmethod
    def _a_database_we_know(cls, url: str) -> str:
        if not url:
            return url
        if not _DATABASES.match(url):
            raise ValueError("begin it with postgresql:// or sqlite:///")
        options = parse_qsl(urlsplit(url).query) if url.startswith("postgres") else []
        if unknown := [name for name, _ in options if name not in _POSTGRES_OPTIONS]:
            raise ValueError(
                f"take {', '.join(unknown)} out of it: asyncpg has no such option (a certificate is named by PGSSLROOTCERT)"
            )
        return url

    @model_validator(mode="after")
    def _found_on_its_own_port(self) -> Self:
        self.public_url = self.public_url or f"http://127.0.0.1:{self.port}"
        return self

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy address with an async driver; SQLite in `var/` when none is set. libpq's `sslmode`, which managed
        databases hand out, is asyncpg's `ssl`."""
        url = self.database_url or f"sqlite:///{self.var / 'vigil.db'}"
        if url.startswith("postgres"):
            url = re.sub(r"([?&])sslmode=", r"\1ssl=", url)
        for plain, driven in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite:///", "sqlite+aiosqlite:///"),
        ):
            if url.startswith(plain):
                return driven + url[len(plain) :]
        return url

    @property
    def demo(self) -> bool:
        return self.env != "production"

    def refusals(self) -> list[str]:
        """What a production start must not have, each as a sentence that says what to do. Empty when all is well."""
        if self.env != "production":
            return []
        wrong = []
        address = urlsplit(self.public_url)
        if address.scheme != "https" or not address.hostname or _only_here(address.hostname):
            wrong.append(
                f"VIGIL_PUBLIC_URL is {self.public_url}: set the https address at which people outside reach the desk; "
                "every link in a page or a mail begins with it."
            )
        for name in ("secret", "internal_secret", "app_token_secret"):
            value = getattr(self, name)
            if value == DEMO_SECRET or len(value) < 24:
                wrong.append(
                    f"VIGIL_{name.upper()} is a default or shorter than 24 characters: set a random one."
                )
        if not self.pager or not self.second_pager:
            wrong.append(
                "VIGIL_PAGER and VIGIL_SECOND_PAGER must both name a channel: a page needs a second way out."
            )
        if self.ride_platform_key == "sandbox-key" or ":8090" in self.ride_platform_url:
            wrong.append(
                "VIGIL_RIDE_PLATFORM_URL and _KEY still point at the sandbox: set the company's platform."
            )
        if self.ride_platform_secret == "sandbox-event-secret":
            wrong.append(
                "VIGIL_RIDE_PLATFORM_SECRET is the sandbox's: set the secret that signs the platform's events."
            )
        if self.push_url and len(self.push_secret) < 24:
            wrong.append(
                "VIGIL_PUSH_SECRET is shorter than 24 characters: the push service must know us by it."
            )
        return wrong


def _only_here(host: str) -> bool:
    """True for a name or an address that means the machine itself."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return number.is_loopback or number.is_unspecified


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
