"""What an installation may set about paging besides its addresses (VIGIL_PAGER, VIGIL_SECOND_PAGER in
bot/settings.py)."""

from __future__ import annotations

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PagingSettings(BaseSettings):
    """heartbeat_s: seconds between two tests of the team's channels. Environment: VIGIL_HEARTBEAT_S."""

    model_config = SettingsConfigDict(env_prefix="VIGIL_", extra="ignore")

    heartbeat_s: float = Field(default=3600.0, ge=60.0)


@lru_cache(maxsize=1)
def paging_settings() -> PagingSettings:
    """Read once."""
    return PagingSettings()
