"""Rules of photos: named by the bytes sent, kept without metadata; bombs, fakes and strangers are refused."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from services.intake.domain.problems import PhotoRefused, PhotoUnknown
from services.intake.store.photo_store import PhotoStore


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


async def sent(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def keep(photo_store: PhotoStore, data: bytes) -> str:
    upload = await photo_store.receive(sha256(data).hexdigest(), sent(data))
    try:
        return await photo_store.keep(upload)
    finally:
        upload.unlink()


async def refusal(photo_store: PhotoStore, data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        await keep(photo_store, data)
    assert not list(photo_store.path("0" * 64).parent.parent.glob(".*")), "nothing is left of it"
    return refused.value.members["reason_en"]


async def test_position_and_device_are_gone_and_the_photo_stands_upright(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await keep(photo_store, with_position())
    kept = photo_store.path(name).read_bytes()
    assert b"Telephone" not in kept
    assert b"secret" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (48, 64), {})


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("JPEG", "CMYK")]
)
async def test_every_accepted_kind_is_kept_as_jpeg(tmp_path: Path, form: str, mode: str) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await keep(photo_store, picture(form, mode))
    with Image.open(photo_store.path(name)) as image:
        assert image.format == "JPEG"


async def test_kept_once(tmp_path: Path) -> None:
    photo_store, data = PhotoStore(tmp_path), picture()
    name = await keep(photo_store, data)
    assert await keep(photo_store, data) == name == sha256(photo_store.path(name).read_bytes()).hexdigest()
    assert [each.name for each in photo_store.path(name).parent.iterdir()] == [f"{name}.jpg"]


async def test_a_kept_photo_does_not_lose_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written to the disk are its bytes, then the folder that names it, then the folder that names a new folder."""
    written: list[int] = []
    monkeypatch.setattr("os.fsync", lambda opened: written.append(os.fstat(opened).st_ino))
    photo_store = PhotoStore(tmp_path)
    photo = photo_store.path(await keep(photo_store, picture()))
    assert written == [each.stat().st_ino for each in (photo, photo.parent, photo.parent.parent)]


async def test_the_name_must_be_that_of_the_bytes(tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused):
        await PhotoStore(tmp_path).receive("0" * 64, sent(picture()))
    assert not list((tmp_path / "photos").iterdir())


async def test_what_is_no_image_of_ours_is_refused(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    broken = (b"", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", picture("GIF"), picture("BMP"), picture()[:200])
    for data in broken:
        assert "not a JPEG" in await refusal(photo_store, data)


@pytest.mark.parametrize(
    ("form", "size"),
    [("PNG", (5000, 4000)), ("WEBP", (5000, 4000)), ("progressive", (5000, 4000)), ("JPEG", (9000, 6000))],
)
async def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    data = picture("JPEG", size=size, progressive=True) if form == "progressive" else picture(form, size=size)
    assert "too many pixels" in await refusal(PhotoStore(tmp_path), data)


async def test_a_large_photo_of_a_phone_is_kept_at_half_its_width(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await keep(photo_store, picture(size=(8000, 6000), mode="L"))
    with Image.open(photo_store.path(name)) as image:
        assert image.size == (4000, 3000)


async def test_an_image_that_ends_the_cleaner_is_refused_and_the_next_one_is_kept(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    await keep(photo_store, picture())
    process = photo_store.cleaner.process
    assert process is not None
    process.send_signal(signal.SIGPROF)
    process.wait()
    assert "too much" in await refusal(photo_store, picture(size=(65, 65)))
    await keep(photo_store, picture(size=(65, 65)))


async def test_a_cleaner_that_ended_while_idle_is_started_again(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    await keep(photo_store, picture())
    process = photo_store.cleaner.process
    assert process is not None
    process.send_signal(signal.SIGALRM)
    process.wait()
    await keep(photo_store, picture(size=(65, 65)))


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_a_name_is_a_hash_and_nothing_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoUnknown):
        PhotoStore(tmp_path).path(name)
