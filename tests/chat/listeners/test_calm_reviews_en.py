"""Calm English reviews that borrow words of danger are not handed over; the danger that stands next to those words is."""

from __future__ import annotations

import pytest

from bot.chat.listeners.sentinel import sentinel

CALM = [
    "Money gone, no refund, nobody answers. I've been robbed basically.",
    "I've been robbed by this app three times.",
    "The driver robbed me by taking the long way.",
    "Driver grabbed my bag and threw it on the pavement as I had no change.",
    "They threatened to suspend my account when I asked for my money.",
    "They keep threatening me with debt collectors over six dollars.",
    "They kidnapped my deposit and won't give it back.",
    "I'm being held hostage by two factor.",
    "I got trapped in the tutorial, there's no skip.",
    "They locked me out and blocked my card.",
    "Drivers cancel at the last minute and leave you stranded in the middle of nowhere.",
    "Stranded in the rain thanks to this app, got soaked, took the train.",
    "I was left in the cold waiting for a driver who never came.",
    "Refused to take me to the door, made me walk 200 metres with my bags.",
    "Told me to get out because my destination was too short a ride for him.",
    "He made me get out at the end of my street because he didn't want to reverse.",
    "He took me the wrong way, fare doubled, no refund.",
    "Driver turned his phone off and I couldn't reach him about my bag.",
    "The driver kept turning the phone to us and it kept saying declined.",
    "Police cones all along our road, can the driver come to the park instead.",
    "Their dispatch never asks the driver for details and sends the wrong vehicle.",
    "Are they police or what, why do they need my personal data and my location?",
    "The driver was asleep when I got to the car, I had to knock.",
    "My friend didn't get home until 2 because every driver cancelled.",
    "My daughter never got her ride, waited an hour at school.",
    "I had a broken ankle. My points went in the meantime.",
    "The ride ended in the app while we were still driving and I was charged twice.",
    "The driver attacked me verbally about my luggage.",
    "I don't feel safe sharing my ID with this app.",
    "These drivers will kill somebody with high blood pressure: accept, cancel, accept, cancel.",
    "Deleted. Goodbye forever.",
    "He rubbed us both up the wrong way.",
    "Made me put the address in three times.",
    "I blocked the driver because he kept texting about his charger.",
    "The driver said he'd call the police on me because I had no change.",
]

DANGER = [
    "We're being robbed, he took my bag",
    "They robbed us at the lights and took our phones",
    "He grabbed my bag and my phone and ran",
    "My passenger is threatening me and won't get out of my car",
    "He threatened to kill me if I report him",
    "He locked me in and blocked the door",
    "He kidnapped my sister",
    "I'm being held hostage by the driver",
    "I'm trapped in the back seat with this man",
    "He left me stranded in the middle of nowhere at 2 am",
    "He left me in the rain on the motorway",
    "Made me walk 200 metres in the dark, alone with my baby",
    "He told me to get out because I am black, it is night and I am alone",
    "He was verbally abusive and then he punched me",
    "He made me get out because my trip was too short, on the highway at night",
    "911 dispatch sent a unit, we need the location of the vehicle",
    "he turned off the gps because it was wrong he says and drives into the forest",
    "He was told to get off at the flyover. He can't walk 50 m.",
    "He is taking me the wrong way and won't answer",
    "He turned his phone off and kept driving",
    "He turned the map off and says nothing",
    "Police here, we need the driver's details and the location of the car",
    "The driver is asleep at the wheel",
    "My friend didn't get home, her phone is off since the ride",
    "My daughter never got home after her ride",
    "He crashed and she has a broken leg",
    "I ended the trip and he is still driving",
    "The driver attacked me",
    "I don't feel safe in this car",
    "He is rubbing my leg",
    "He made me put a scarf over my eyes",
]

HEARD_NOW = [
    "we've hit a lorry",
    "a cyclist is under the car",
    "ran over a child",
    "he keeps dozing off behind the wheel",
    "that's the fourth red light he's run",
    "the dog's locked in the car and he has gone shopping",
    "grandma in the car, driver gone",
    "we all got off but my little brother",
    "his hand keeps sliding under my skirt",
    "he squeezed my thigh",
    "the driver dropped his trousers",
    "he is showing me naked pictures",
    "he told me to sit on his lap",
    "the driver is at my window. ride ended",
    "the driver leaked my address online",
    "no one has heard from my sister since",
    "my mum got in your car two hours ago and she isn't answering",
    "there's a rifle on the back seat and he laughs",
    "the man is forcing her back into the car",
    "he said we're going nowhere until I pay him double",
    "going to jump. tell my family",
]


@pytest.mark.parametrize("text", CALM)
def test_a_calm_review_is_not_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision != "handover"


@pytest.mark.parametrize("text", DANGER)
def test_the_danger_beside_its_words_is_still_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize("text", HEARD_NOW)
def test_plain_danger_is_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"
