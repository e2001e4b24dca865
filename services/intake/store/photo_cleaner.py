"""Client of the process that cleans uploaded images one at a time, with limited memory and time."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

from services.chassis.problems import TryLater
from services.intake.domain.problems import PhotoRefused
from services.intake.store import photo_cleaner_process

_WAITING = 32
"""Maximum number of images in the queue. Waiting images are on disk, not in memory."""
_PROBLEMS = {
    photo_cleaner_process.TOO_MANY_PIXELS: (
        "像素过多（JPEG 上限 5000 万；PNG、WebP 和渐进式 JPEG 上限 1250 万）",
        "too many pixels (at most 50 million for JPEG; 12.5 million for PNG, WebP and progressive JPEG)",
    ),
    photo_cleaner_process.NO_IMAGE: ("不是 JPEG、PNG 或 WebP 图片", "not a JPEG, PNG or WebP image"),
}
_TOO_COSTLY = (
    "解码此图片耗费过多，请另存为普通 JPEG 后再传",
    "decoding it takes too much memory or time; save it as a plain JPEG",
)


class PhotoCleaner:
    """Sends images to the cleaning process. Starts the process if an image must be cleaned and none is running."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0
        self.process: subprocess.Popen[str] | None = None

    async def clean(self, source: Path, target: Path) -> None:
        """Write the image in `source` to `target` as JPEG without metadata.

        Raises `PhotoRefused`, and `TryLater` if too many images wait.
        """
        if self._waiting >= _WAITING:
            raise TryLater
        self._waiting += 1
        try:
            async with self._turn:
                await asyncio.to_thread(self._clean, source, target)
        finally:
            self._waiting -= 1

    def _clean(self, source: Path, target: Path) -> None:
        line = json.dumps({"source": str(source.resolve()), "target": str(target.resolve())})
        answer = self._ask(line) or self._ask(line)
        if not answer:
            raise TryLater
        if refused := json.loads(answer)["refused"]:
            zh, en = _PROBLEMS[refused]
            raise PhotoRefused(reason=zh, reason_en=en)

    def _ask(self, line: str) -> str:
        """Send one request line to the cleaning process and return its answer.

        Return an empty string if the process had already stopped because it was idle. Raises `PhotoRefused` if this
        image ended the process.
        """
        if self.process is None:
            self.process = subprocess.Popen(  # noqa: S603 (nothing in it comes from outside)
                [sys.executable, "-P", photo_cleaner_process.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        answer = ""
        try:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            pass
        if not answer:
            self.process = None
            if process.wait() != -signal.SIGALRM:
                raise PhotoRefused(reason=_TOO_COSTLY[0], reason_en=_TOO_COSTLY[1])
        return answer
