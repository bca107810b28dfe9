"""Every table of the desk, imported in one place so that the metadata is whole."""

from __future__ import annotations

from bot.attachments import models as attachments
from bot.care import models as care
from bot.chat import models as chat
from bot.conversations import models as conversations
from bot.followups import models as followups
from bot.handoff import models as handoff
from bot.identity import models as identity
from bot.incidents import models as incidents
from bot.kit import due, outbox, vault
from bot.macros import models as macros
from bot.paging import models as paging
from bot.police import models as police
from bot.reports import models as reports

ALL_MODELS = (
    attachments,
    care,
    chat,
    conversations,
    followups,
    handoff,
    identity,
    incidents,
    due,
    outbox,
    vault,
    macros,
    paging,
    police,
    reports,
)

# Tables that only grow: a direct UPDATE or DELETE fails in the database itself.
APPEND_ONLY = ("timeline", "audit", "rota_changes")
