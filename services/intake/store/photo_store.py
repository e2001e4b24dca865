"""Photos: a folder of JPEG files, each named by the SHA-256 of its bytes.

What is kept is not what was sent: every image is decoded and encoded anew, so that no position, serial number or hidden
payload survives. Uploads wait on the disk, not in memory.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import time

from services.chassis.problems import TooLarge
from services.intake.domain.problems import PhotoRefused, PhotoUnknown
from services.intake.store.photo_cleaner import PhotoCleaner

MAX_BYTES = 10 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_ABANDONED_S = 86_400.0


class PhotoStore:
    """The folder, and the process that cleans what comes into it."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "photos"
        self.cleaner = PhotoCleaner()

    def path(self, name: str) -> Path:
        """Where the photo of this name is, or would be. Raises `PhotoUnknown` for what is not a hash."""
        if not _HASH.fullmatch(name):
            raise PhotoUnknown(sha256=name[:64])
        return self._folder / name[:2] / f"{name}.jpg"

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write an upload to a file of its own; the caller removes it. Raises `TooLarge`, or `PhotoRefused` if the hash of
        the bytes is not `name`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        digest, size = sha256(), 0
        with NamedTemporaryFile(dir=self._folder, prefix=".upload-", delete=False) as upload:
            path = Path(upload.name)
            try:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > MAX_BYTES:
                        raise TooLarge(limit=MAX_BYTES)
                    digest.update(chunk)
                    upload.write(chunk)
                if digest.hexdigest() != name:
                    raise PhotoRefused(reason="内容与 SHA-256 不符", reason_en="its bytes do not have this SHA-256")
            except BaseException:
                path.unlink()  # noqa: ASYNC240
                raise
        return path

    async def keep(self, upload: Path) -> str:
        """Keep an upload as JPEG without metadata; return the SHA-256 of that. Raises `PhotoRefused` or `TryLater`."""
        cleaned = upload.with_name(f"{upload.name}.jpg")
        try:
            await self.cleaner.clean(upload, cleaned)
            return await asyncio.to_thread(self._put, cleaned)
        finally:
            cleaned.unlink(missing_ok=True)

    async def remove(self, name: str) -> None:
        """Erase a photo that no case needs any more; one that is gone already stays gone."""
        await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    def sweep(self) -> None:
        """Remove what a service that was killed has left of its uploads."""
        for each in self._folder.glob(".upload-*"):
            with suppress(FileNotFoundError):
                if each.stat().st_mtime < time() - _ABANDONED_S:
                    each.unlink()

    def _put(self, cleaned: Path) -> str:
        """Move it in place: a half-written file never has a photo's name, and a kept one does not lose it."""
        with cleaned.open("rb") as file:
            name = sha256(file.read()).hexdigest()
            os.fsync(file.fileno())
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        cleaned.replace(path)
        for folder in (path.parent, path.parent.parent):  # the name, and that of a folder that is new
            _sync_folder(folder)
        return name


def _sync_folder(folder: Path) -> None:
    """Return when what the folder lists is on the disk: the file's own fsync says nothing of its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
