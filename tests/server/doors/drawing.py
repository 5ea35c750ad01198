"""A floor plan for tests and for the pictures of the documentation."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

WALL = (71, 85, 105)
ROOM = (241, 245, 249)
WORDS = (100, 116, 139)
SIZE = (1600, 1000)


def drawn_plan() -> bytes:
    """A ground floor with seven rooms, as PNG."""
    plan = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(plan)
    rooms = [
        (60, 60, 480, 420, "Server room"),
        (480, 60, 980, 420, "Office"),
        (980, 60, 1540, 420, "Loading bay"),
        (60, 420, 1540, 560, ""),
        (60, 560, 700, 940, "Lobby"),
        (700, 560, 1120, 940, "Canteen"),
        (1120, 560, 1540, 940, "Workshop"),
    ]
    for left, top, right, bottom, name in rooms:
        draw.rectangle((left, top, right, bottom), fill=ROOM if name else "white", outline=WALL, width=7)
        draw.text((left + 28, bottom - 52), name, fill=WORDS, font_size=30)
    for left, top, right, bottom in (
        (250, 414, 340, 426), (680, 414, 770, 426), (1200, 414, 1290, 426), (330, 554, 420, 566), (860, 554, 950, 566),
        (1300, 554, 1390, 566), (340, 934, 460, 946), (1200, 54, 1320, 66),
    ):  # fmt: skip
        draw.rectangle((left, top, right, bottom), fill="white")
    file = io.BytesIO()
    plan.save(file, "PNG")
    return file.getvalue()
