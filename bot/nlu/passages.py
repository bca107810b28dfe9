"""Long messages in readable pieces, so that one sentence of danger is not drowned and time stays bounded."""

import re

from bot.nlu.text import HAN

PASSAGE = 160  # columns that are read as one; a Han character takes two, as it says twice as much
MOST = 4  # passages read of one message; what is read beyond the first and last is spread evenly
# A full stop between figures ends nothing.
BREAK = re.compile(r"(?<=[!?;。！？；\n])\s*|(?<=\.)(?:\s+|(?=[\u3400-\u9fff]))")


def columns(text: str) -> int:
    """How much a text says, in columns: a Han character takes two."""
    return len(text) + len(HAN.findall(text))


def _cut(sentence: str) -> list[str]:
    """A sentence in pieces of at most PASSAGE columns."""
    pieces = []
    while columns(sentence) > PASSAGE:
        size = PASSAGE // 2 if HAN.search(sentence[:PASSAGE]) else PASSAGE
        pieces.append(sentence[:size])
        sentence = sentence[size:]
    return [*pieces, sentence]


def passages(text: str) -> list[str]:
    """The text itself when short, else up to `MOST` passages of about `PASSAGE` columns covering it evenly."""
    if columns(text) <= PASSAGE:
        return [text]
    pieces: list[str] = []
    current = ""
    for piece in (piece for sentence in BREAK.split(text) for piece in _cut(sentence)):
        if current and columns(current) + columns(piece) >= PASSAGE:
            pieces.append(current)
            current = ""
        current = f"{current} {piece}".strip()
    pieces = [piece for piece in [*pieces, current] if piece]
    if len(pieces) <= MOST:
        return pieces
    return [pieces[round(index * (len(pieces) - 1) / (MOST - 1))] for index in range(MOST)]
