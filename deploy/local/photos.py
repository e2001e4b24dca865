"""Small generated photos for the simulated systems of units and for tests."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

_GROUND = {"scene": "#7a6a58", "before": "#6f5f4c", "after": "#7fa27a"}


def picture(text: str, role: str) -> bytes:
    """Return a PNG image of 320 × 240 pixels that shows the text and the role. Different texts give different bytes."""
    image = Image.new("RGB", (320, 240), _GROUND.get(role, "#888888"))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 150, 320, 240), fill="#4a4a4a")
    if role != "after":
        draw.ellipse((110, 130, 210, 190), fill="#2d2a26")
    draw.text((12, 12), f"{text}\n{role}", fill="white")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
