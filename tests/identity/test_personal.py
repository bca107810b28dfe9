"""Masking, and what a trip shows to whom."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.identity.personal import contacts_for, mask_name, mask_phone, phone_for, trip_for
from bot.identity.schemas import Grant, Subject
from bot.incidents.locating import snapshot
from bot.kit.now import now
from bot.rides.answers import Contact
from bot.rides.client import PlatformClient
from bot.rides.service import get_trip_card

TRIP = Subject("trip", "t_hz_live")
SAFETY = Grant("staff:1", TRIP, "console", frozenset({"see_unmasked_phone", "see_position"}), "row")
AGENT = Grant("staff:2", TRIP, "console", frozenset({"see_position"}), "row")
TRAINER = Grant("staff:3", TRIP, "console", frozenset(), "row")


class TestMaskPhone:
    @pytest.mark.parametrize(
        ("typed", "masked"),
        [
            ("13800138000", "138****8000"),
            ("138 0013-8000", "138****8000"),
            ("１３８００１３８０００", "138****8000"),
            ("+86 138 0013 8000", "+86138****8000"),
            ("+852 9123 4567", "+852****4567"),
            ("9123 4567", "****4567"),
            ("110", "****"),
            ("call me", "****"),
            ("", "****"),
        ],
    )
    def test_hides_the_middle(self, typed: str, masked: str) -> None:
        assert mask_phone(typed) == masked

    @given(st.text(alphabet="0123456789 -+()x", max_size=25))
    def test_four_digits_of_a_phone_are_always_hidden(self, typed: str) -> None:
        shown = re.sub(r"\D", "", mask_phone(typed))
        total = len(re.sub(r"\D", "", typed))
        assert len(shown) <= max(4, total - 4) and (total >= 7 or shown == "")


class TestMaskName:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("李雷", "李*"), ("欧阳娜娜", "欧*"), ("Ada Mary King", "Ada K."), ("Ada", "Ada"), ("  ", ""),
        ],
    )  # fmt: skip
    def test_leaves_enough_to_address(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked


class TestPhoneFor:
    def test_a_reporters_phone_is_masked_for_whom_the_policy_says(self) -> None:
        assert phone_for(SAFETY, "13800138000") == "13800138000"
        assert phone_for(AGENT, "13800138000") == "138****8000"
        assert phone_for(AGENT, None) is None


class TestTripFor:
    """The kept form of a real card of the sandbox platform."""

    async def test_phones_and_places_by_what_the_holder_may_see(self, platform: PlatformClient) -> None:
        trip = snapshot(await get_trip_card(platform, "t_hz_live", now()))
        people = [
            *await platform.trip_contacts(TRIP.id, "VG"),
            *await platform.emergency_contacts("r_lin", "VG"),
        ]
        kept = copy.deepcopy(trip)
        full, agent, trainer = (trip_for(grant, trip, people) for grant in (SAFETY, AGENT, TRAINER))
        assert trip == kept
        assert full["rider"]["phone"] == "+8619900000001"
        assert full["emergency_contacts"] == [
            {"role": "emergency", "name": "林建华", "phone": "+8619900000091", "relation": "father"}
        ]
        assert full["last_position"] and agent["last_position"] == full["last_position"]
        assert trainer["last_position"] is None and trainer["driven"] == [] == trainer["planned_route"]
        secrets = [one.phone for one in people] + ["林建华"]
        for shown in (agent, trainer):
            assert shown["driver"]["phone"] == trip["driver"]["phone_masked"]
            assert not [secret for secret in secrets if secret in str(shown)]

    async def test_without_contacts_the_platforms_masked_phone_is_shown_to_all(
        self, platform: PlatformClient
    ) -> None:
        trip = snapshot(await get_trip_card(platform, "t_hz_live", now()))
        for grant in (SAFETY, AGENT):
            shown = trip_for(grant, trip)
            assert shown["passenger"]["phone"] == trip["passenger"]["phone_masked"]
            assert shown["emergency_contacts"] == []

    def test_a_trip_without_driver_and_rider_is_shown_too(self) -> None:
        shown = trip_for(
            AGENT, {"id": "t", "driver": None, "rider": None, "passenger": {"phone_masked": "1****2"}}
        )
        assert shown["driver"] is None and shown["passenger"]["phone"] == "1****2"


def test_contacts_are_masked_for_who_may_not_see_them() -> None:
    mother = Contact(role="emergency", name="王芳", phone="+8613800138000", relation="mother")
    assert contacts_for(AGENT, [mother]) == [
        {"role": "emergency", "name": "王*", "phone": "+86138****8000", "relation": "mother"}
    ]
    assert contacts_for(SAFETY, [mother])[0]["phone"] == "+8613800138000"
