"""Photo files: a folder of JPEG files, each named by the SHA-256 of its bytes.

Every image is decoded and encoded again, which removes the position, the camera's serial number and hidden content.
Uploads are written to disk, not held in memory.
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
    """The photo folder, and the process that cleans uploaded images."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "photos"
        self.cleaner = PhotoCleaner()

    def path(self, name: str) -> Path:
        """Return the path of the photo with this name. Raises `PhotoUnknown` if the name is not a hash."""
        if not _HASH.fullmatch(name):
            raise PhotoUnknown(sha256=name[:64])
        return self._folder / name[:2] / f"{name}.jpg"

    async def receive(self, name: str, chunks: AsyncIterator[bytes]) -> Path:
        """Write an upload to a new temporary file and return the path; the calling function removes the file.

        Raises `TooLarge`, and `PhotoRefused` if the hash of the bytes is not `name`.
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
                    raise PhotoRefused(reason="内容与 SHA-256 不符", reason_en="its bytes have another SHA-256")
            except BaseException:
                path.unlink()  # noqa: ASYNC240
                raise
        return path

    async def keep(self, upload: Path) -> str:
        """Store an upload as JPEG without metadata and return the SHA-256 of the stored file.

        Raises `PhotoRefused` and `TryLater`.
        """
        cleaned = upload.with_name(f"{upload.name}.jpg")
        try:
            await self.cleaner.clean(upload, cleaned)
            return await asyncio.to_thread(self._put, cleaned)
        finally:
            cleaned.unlink(missing_ok=True)

    async def remove(self, name: str) -> None:
        """Delete a photo that no case needs any more. A missing file is ignored."""
        await asyncio.to_thread(self.path(name).unlink, missing_ok=True)

    def sweep(self) -> None:
        """Delete unfinished uploads that a killed service left behind."""
        for each in self._folder.glob(".upload-*"):
            with suppress(FileNotFoundError):
                if each.stat().st_mtime < time() - _ABANDONED_S:
                    each.unlink()

    def _put(self, cleaned: Path) -> str:
        """Move a cleaned image to its final path and return its name. A file at a final path is always complete."""
        with cleaned.open("rb") as file:
            name = sha256(file.read()).hexdigest()
            os.fsync(file.fileno())
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        cleaned.replace(path)
        for folder in (path.parent, path.parent.parent):  # the file name, and the name of a new folder
            _sync_folder(folder)
        return name


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entries to disk; `fsync` of a file does not flush its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
