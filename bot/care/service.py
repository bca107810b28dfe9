"""Care, other departments' tasks and erasure, as the other features use them."""

from __future__ import annotations

from bot.care.contacts import CONTACT_ME, NO_CONTACT, answered, offer, said_no
from bot.care.departments import ask as ask_department
from bot.care.departments import done as department_done
from bot.care.erasure import FORGET, ask_to_erase, erase, key_of
from bot.care.life import carry_out, decline, done, lift_evidence, take, task_of
from bot.care.wire import care_of, departments_of, erasable_of, owed_list

__all__ = [
    "CONTACT_ME", "FORGET", "NO_CONTACT", "answered", "ask_department", "ask_to_erase", "care_of", "carry_out", "decline",
    "department_done", "departments_of", "done", "erasable_of", "erase", "key_of", "lift_evidence", "offer", "owed_list",
    "said_no", "take", "task_of",
]  # fmt: skip
