"""Conversation locks in Redis, by address: for more than one worker or host."""

from __future__ import annotations

from typing import Any

import redis
from rasa.core.lock_store import DEFAULT_REDIS_LOCK_STORE_KEY_PREFIX, LockStore, RedisLockStore


class RedisUrlLockStore(RedisLockStore):
    """Rasa's Redis lock store, told where Redis is by one URL."""

    def __init__(self, endpoint_config: Any) -> None:
        self.red = redis.Redis.from_url(endpoint_config.url, socket_timeout=5)
        self.key_prefix = f"vigil:{DEFAULT_REDIS_LOCK_STORE_KEY_PREFIX}"
        LockStore.__init__(self)
