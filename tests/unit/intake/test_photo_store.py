"""Storage of photos: named by the hash of the bytes, without metadata; dangerous and invalid images are refused."""

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
    """Return a photo as a phone makes it: rotated, with GPS position."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 29.0, 0.0), 3: "E", 4: (118.0, 15.0, 0.0)})
    return picture(exif=exif, comment=b"secret")


async def stream(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def upload_and_keep(photo_store: PhotoStore, data: bytes) -> str:
    upload = await photo_store.receive(sha256(data).hexdigest(), stream(data))
    try:
        return await photo_store.keep(upload)
    finally:
        upload.unlink()


async def refusal_reason(photo_store: PhotoStore, data: bytes) -> str:
    with pytest.raises(PhotoRefused) as refused:
        await upload_and_keep(photo_store, data)
    assert not list(photo_store.path("0" * 64).parent.parent.glob(".*")), "a refused upload leaves no file"
    return refused.value.members["reason_en"]


async def test_metadata_is_removed_and_the_photo_is_rotated(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await upload_and_keep(photo_store, with_position())
    kept = photo_store.path(name).read_bytes()
    assert b"Telephone" not in kept
    assert b"secret" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (48, 64), {})


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("JPEG", "CMYK")]
)
async def test_every_accepted_format_is_stored_as_jpeg(tmp_path: Path, form: str, mode: str) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await upload_and_keep(photo_store, picture(form, mode))
    with Image.open(photo_store.path(name)) as image:
        assert image.format == "JPEG"


async def test_the_same_photo_is_stored_once(tmp_path: Path) -> None:
    photo_store, data = PhotoStore(tmp_path), picture()
    name = await upload_and_keep(photo_store, data)
    assert await upload_and_keep(photo_store, data) == name == sha256(photo_store.path(name).read_bytes()).hexdigest()
    assert [each.name for each in photo_store.path(name).parent.iterdir()] == [f"{name}.jpg"]


async def test_a_stored_photo_and_its_folders_are_flushed_to_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is the file, its folder, and the folder of a new folder."""
    written: list[int] = []
    monkeypatch.setattr("os.fsync", lambda opened: written.append(os.fstat(opened).st_ino))
    photo_store = PhotoStore(tmp_path)
    photo = photo_store.path(await upload_and_keep(photo_store, picture()))
    assert written == [each.stat().st_ino for each in (photo, photo.parent, photo.parent.parent)]


async def test_the_name_must_be_the_hash_of_the_bytes(tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused):
        await PhotoStore(tmp_path).receive("0" * 64, stream(picture()))
    assert not list((tmp_path / "photos").iterdir())


async def test_an_invalid_image_is_refused(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    broken = (b"", b"GIF89a", b"\xff\xd8\xff", b"<svg/>", picture("GIF"), picture("BMP"), picture()[:200])
    for data in broken:
        assert "not a JPEG" in await refusal_reason(photo_store, data)


@pytest.mark.parametrize(
    ("form", "size"),
    [("PNG", (5000, 4000)), ("WEBP", (5000, 4000)), ("progressive", (5000, 4000)), ("JPEG", (9000, 6000))],
)
async def test_too_many_pixels_are_refused_by_the_header(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    data = picture("JPEG", size=size, progressive=True) if form == "progressive" else picture(form, size=size)
    assert "too many pixels" in await refusal_reason(PhotoStore(tmp_path), data)


async def test_a_large_photo_is_stored_at_half_its_width(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    name = await upload_and_keep(photo_store, picture(size=(8000, 6000), mode="L"))
    with Image.open(photo_store.path(name)) as image:
        assert image.size == (4000, 3000)


async def test_an_image_that_kills_the_cleaner_is_refused_and_the_next_one_is_stored(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    await upload_and_keep(photo_store, picture())
    process = photo_store.cleaner.process
    assert process is not None
    process.send_signal(signal.SIGPROF)
    process.wait()
    assert "too much" in await refusal_reason(photo_store, picture(size=(65, 65)))
    await upload_and_keep(photo_store, picture(size=(65, 65)))


async def test_a_cleaner_that_ended_while_idle_is_restarted(tmp_path: Path) -> None:
    photo_store = PhotoStore(tmp_path)
    await upload_and_keep(photo_store, picture())
    process = photo_store.cleaner.process
    assert process is not None
    process.send_signal(signal.SIGALRM)
    process.wait()
    await upload_and_keep(photo_store, picture(size=(65, 65)))


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_a_name_must_be_a_hash(tmp_path: Path, name: str) -> None:
    with pytest.raises(PhotoUnknown):
        PhotoStore(tmp_path).path(name)
