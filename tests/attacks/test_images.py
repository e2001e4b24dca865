"""Attack: images that take far more memory to decode than to send."""

from __future__ import annotations

import asyncio
import zlib
from hashlib import sha256
from io import BytesIO

import psutil
import pytest
from PIL import Image

from tests.support.intake_driver import IntakeDriver

ALLOWED = 300 << 20
"""Memory in bytes that eight uploads at once may take."""


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def png(side: int, extra: bytes = b"") -> bytes:
    """Return a PNG of one colour; a few hundred kilobytes hold 64 million pixels."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side * 3 + 1)) for _ in range(side)) + packer.flush()
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def saved(form: str, size: tuple[int, int], **save: object) -> bytes:
    data = BytesIO()
    Image.new("RGB", size, "green").save(data, form, **save)
    return data.getvalue()


BOMBS = {
    "too many pixels": (png(8000), 422),
    "claims more than it holds": (png(8000)[:400], 422),
    "as many pixels as a PNG may have": (png(3500), 201),
    "text chunks": (png(10, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000), 9)) * 20), 422),
    "a colour profile": (png(10, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))), 422),
    "a progressive JPEG": (saved("JPEG", (8000, 6000), progressive=True), 422),
    "as many pixels as a JPEG may have": (saved("JPEG", (8000, 6200)), 201),
    "a WebP": (saved("WEBP", (3500, 3500), lossless=True), 201),
    "an animation": (
        saved("WEBP", (3500, 3500), save_all=True, append_images=[Image.new("RGB", (3500, 3500), "red")] * 3),
        201,
    ),
}


@pytest.mark.parametrize("kind", BOMBS)
async def test_eight_hostile_images_at_once_take_little_memory(intake_driver: IntakeDriver, kind: str) -> None:
    data, expected = BOMBS[kind]
    web, process = await intake_driver.client_of("officer"), psutil.Process()
    web.timeout = 300

    def memory() -> int:
        return sum(each.memory_info().rss for each in (process, *_cleaners(process)))

    async def put(number: int) -> int:
        own = data + bytes([number])  # bytes after the end of an image are ignored
        return (await web.put(f"/api/intake/photos/{sha256(own).hexdigest()}", content=own)).status_code

    before = memory()
    sending = asyncio.gather(*(put(number) for number in range(8)))
    peak = before
    while not sending.done():
        peak = max(peak, memory())
        await asyncio.sleep(0.02)
    assert await sending == [expected] * 8
    assert peak - before <= ALLOWED


def _cleaners(process: psutil.Process) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for each in process.children():
        try:
            if any("photo_cleaning" in word for word in each.cmdline()):
                found.append(each)
        except psutil.Error:
            continue
    return found
