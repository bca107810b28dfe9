from tests.chat.conftest import open_chat, say
from tests.incidents.conftest import platform, sandbox, served_platform, settle

__all__ = ["open_chat", "platform", "sandbox", "say", "served_platform", "settle"]
