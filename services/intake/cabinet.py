"""Photos: a folder of files named by the hash of the bytes that were sent, kept without their metadata.

What is kept is not what was sent: every image is decoded and encoded anew as JPEG, so that no position, serial number or
hidden payload survives. It still goes by the name under which the sender knows it.
"""

from __future__ import annotations

import asyncio
import os
import re
import warnings
from collections.abc import Iterable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic

from PIL import Image, ImageOps

from services.intake.domain.problems import PhotoRefused, PhotoUnknown

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""Decoded, at three bytes each: 150 MB. Phones take up to 50 million."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 88
_REMEMBERED = 100_000
_BELIEVED_S = 600.0
_HASH = re.compile(r"[0-9a-f]{64}")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class Cabinet:
    """The folder. Two images are decoded at a time: more would only fight for memory."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "photos"
        self._decoding = asyncio.Semaphore(2)
        self._here: dict[str, float] = {}
        """Names known to be here, and until when that is believed: asking the disk for each report costs, and photos go away
        weeks after their case has ended."""

    def path(self, name: str) -> Path:
        """Where the photo of this name is, or would be. Raises `PhotoUnknown` for what is not a hash."""
        if not _HASH.fullmatch(name):
            raise PhotoUnknown(sha256=name[:64])
        return self._folder / name[:2] / f"{name}.jpg"

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the names that nobody has uploaded."""
        return [name for name in names if not self._has(name)]

    async def keep(self, name: str, data: bytes) -> bool:
        """Keep an image under the hash of these bytes. False when it was there already. Raises `PhotoRefused`."""
        path = self.path(name)
        if sha256(data).hexdigest() != name:
            raise PhotoRefused(reason="内容与 SHA-256 不符", reason_en="its bytes do not have this SHA-256")
        if self._has(name):
            return False
        async with self._decoding:
            await asyncio.to_thread(_keep, path, data)
        self._here[name] = monotonic() + _BELIEVED_S
        return True

    async def remove(self, name: str) -> None:
        """Erase a photo that no case needs any more; one that is gone already stays gone."""
        self._here.pop(name, None)
        await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    def _has(self, name: str) -> bool:
        now = monotonic()
        if self._here.get(name, 0.0) > now:
            return True
        if not self.path(name).exists():
            return False
        if len(self._here) >= _REMEMBERED:
            self._here.clear()
        self._here[name] = now + _BELIEVED_S
        return True


def clean(data: bytes) -> bytes:
    """The image upright, as JPEG, without any metadata. Raises `PhotoRefused` for bombs and for what is no image."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                image.draft("RGB", image.size)
                upright = _on_white(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoRefused(
            reason="像素过多（上限 5000 万）", reason_en="too many pixels (at most 50 million)"
        ) from error
    except Exception as error:
        raise PhotoRefused(reason="不是 JPEG、PNG 或 WebP 图片", reason_en="not a JPEG, PNG or WebP image") from error
    cleaned = BytesIO()
    upright.save(cleaned, "JPEG", quality=_QUALITY)
    return cleaned.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, and without the metadata that a converted image still carries along."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _keep(path: Path, data: bytes) -> None:
    """Write it aside and move it in place: a half-written file never has a photo's name, and a kept one does not lose it."""
    cleaned = clean(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as aside:
        try:
            aside.write(cleaned)
            aside.flush()
            os.fsync(aside.fileno())
            Path(aside.name).replace(path)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise
    for folder in (path.parent, path.parent.parent):  # the name, and that of a folder that is new
        _to_disk(folder)


def _to_disk(folder: Path) -> None:
    """Return when what the folder lists is on the disk: the file's own fsync says nothing of its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
