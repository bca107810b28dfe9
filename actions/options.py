"""What a ride must offer: set on the ride that has not begun, else explained."""

from __future__ import annotations

from actions import identity, words
from actions.base import VigilAction
from actions.clients import PlatformRefused
from actions.flow import record
from actions.models import BEFORE_RIDE, Trip
from actions.platform import platform
from actions.trips import label, trips_of
from actions.turn import Turn


class RideOptions(VigilAction):
    def name(self) -> str:
        return "action_ride_options"

    async def act(self, turn: Turn) -> None:
        wanted = (
            [turn.entity("choice") or ""] if turn.entity("choice") else words.kinds_of("options", turn.text)
        )
        trip = await _next_ride(turn) if wanted else None
        if trip is None:
            turn.say("utter_ride_options")
        elif turn.entity("choice"):
            await _set(turn, trip, wanted)
        else:
            # Asked as a question it is a question: nothing is changed before a tap.
            for option in wanted:
                turn.say(f"utter_option_{option}", ride=label(trip, turn))


async def _next_ride(turn: Turn) -> Trip | None:
    """The one ride of a known person that has not begun."""
    who = identity.person(turn)
    if who is None or who.driver_id:
        return None
    ahead = [trip for trip in await trips_of(turn, who) if trip.status in BEFORE_RIDE | {"scheduled"}]
    return ahead[0] if len(ahead) == 1 else None


async def _set(turn: Turn, trip: Trip, wanted: list[str]) -> None:
    options = sorted({*trip.options, *wanted})
    try:
        await platform().set_options(trip.id, options, key=turn.key())
    except PlatformRefused as error:
        if error.code not in ("option_unavailable", "trip_in_progress", "trip_over"):
            raise
        turn.say(
            "utter_option_unavailable" if error.code == "option_unavailable" else "utter_change_too_late"
        )
        return
    await record(turn, "options_set", trip_id=trip.id, options=options)
    turn.say("utter_option_set", ride=label(trip, turn))
