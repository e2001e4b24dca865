"""Rules of photos: named by the bytes sent, kept without metadata; bombs, fakes and strangers are refused."""

from __future__ import annotations

import os
import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from services.intake.cabinet import Cabinet, clean
from services.intake.domain.problems import PhotoRefused, PhotoUnknown


def picture(form: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (64, 48), **save: object) -> bytes:
    data = BytesIO()
    Image.new(mode, size, 128 if mode == "L" else "green").save(data, form, **save)
    return data.getvalue()


def with_position() -> bytes:
    """A photo as a phone makes it: sideways, with GPS."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 29.0, 0.0), 3: "E", 4: (118.0, 15.0, 0.0)})
    return picture(exif=exif, comment=b"secret")


async def keep(cabinet: Cabinet, data: bytes) -> str:
    name = sha256(data).hexdigest()
    await cabinet.keep(name, data)
    return name


async def test_position_and_device_are_gone_and_the_photo_stands_upright(tmp_path: Path) -> None:
    cabinet = Cabinet(tmp_path)
    name = await keep(cabinet, with_position())
    kept = cabinet.path(name).read_bytes()
    assert b"Telephone" not in kept
    assert b"secret" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (48, 64), {})


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("JPEG", "CMYK")]
)
async def test_every_accepted_kind_is_kept_as_jpeg(tmp_path: Path, form: str, mode: str) -> None:
    cabinet = Cabinet(tmp_path)
    name = await keep(cabinet, picture(form, mode))
    assert cabinet.missing([name, "f" * 64]) == ["f" * 64]
    with Image.open(cabinet.path(name)) as image:
        assert image.format == "JPEG"


async def test_kept_once(tmp_path: Path) -> None:
    cabinet, data = Cabinet(tmp_path), picture()
    name = sha256(data).hexdigest()
    assert [await cabinet.keep(name, data), await cabinet.keep(name, data)] == [True, False]
    assert [each.name for each in cabinet.path(name).parent.iterdir()] == [f"{name}.jpg"]


async def test_a_kept_photo_does_not_lose_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written to the disk are its bytes, then the folder that names it, then the folder that names a new folder."""
    written: list[int] = []
    monkeypatch.setattr("os.fsync", lambda opened: written.append(os.fstat(opened).st_ino))
    cabinet = Cabinet(tmp_path)
    photo = cabinet.path(await keep(cabinet, picture()))
    assert written == [each.stat().st_ino for each in (photo, photo.parent, photo.parent.parent)]


async def test_the_name_must_be_that_of_the_bytes(tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused):
        await Cabinet(tmp_path).keep("0" * 64, picture())


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", picture("GIF"), picture("BMP"), picture()[:200]]
)
def test_what_is_no_image_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoRefused):
        clean(data)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """A PNG of some kilobytes that claims 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = 30_000
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(90_000)))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(PhotoRefused) as refused:
        clean(bomb)
    assert "pixels" in refused.value.members["reason_en"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_a_name_is_a_hash_and_nothing_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoUnknown):
        Cabinet(tmp_path).path(name)
