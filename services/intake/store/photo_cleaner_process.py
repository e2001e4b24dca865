"""Decodes uploaded images and encodes them again as JPEG without metadata. Runs as a process of its own.

An image can need far more memory and time than its size suggests, so it is decoded here under limits that the kernel
enforces. The parent (`services.intake.store.photo_cleaner`) writes one line of JSON per image and reads one back. The
process ends when its input ends, or after some idle time.

Imports nothing of Gridloop, to need no more memory at rest than Pillow does.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

MAX_JPEG_PIXELS = 50_000_000
"""Limit for baseline JPEG, which phones produce."""
DECODED_WHOLE = 16_000_000
"""A baseline JPEG with more pixels is decoded at half width and height."""
MAX_PIXELS = 12_500_000
"""Limit for PNG, WebP and progressive JPEG, whose decoders hold several copies."""
MEMORY = 224 << 20
"""Memory limit of decoding, in bytes."""
CPU_S = 10.0
"""CPU limit for one image, in seconds."""
IDLE_S = 20
_NICE = 5
"""Lower priority than the service's requests."""
_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "WEBP")

TOO_MANY_PIXELS = "too_many_pixels"
NO_IMAGE = "no_image"

Image.MAX_IMAGE_PIXELS = None  # `_decode` checks the number of pixels
PngImagePlugin.MAX_TEXT_CHUNK = 64 << 10
PngImagePlugin.MAX_TEXT_MEMORY = 1 << 20
_PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Imported before the memory limit is set."""


class RefusedError(Exception):
    """The image is refused; the argument is the reason."""


def clean(source: Path, target: Path) -> None:
    """Write the image upright, as JPEG without metadata. Raises `RefusedError`."""
    try:
        with Image.open(source, formats=_FORMATS) as image:
            _decode(image)
            ImageOps.exif_transpose(image, in_place=True)
            upright = _on_white(image)
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError(TOO_MANY_PIXELS) from error
    except Exception as error:
        raise RefusedError(NO_IMAGE) from error
    upright.info.clear()
    upright.save(target, "JPEG", quality=_QUALITY)


def _decode(image: Image.Image) -> None:
    """Decode the first frame, after checking the size in the header."""
    pixels = image.width * image.height
    is_baseline = isinstance(image, JpegImagePlugin.JpegImageFile) and "progressive" not in image.info
    if pixels > (MAX_JPEG_PIXELS if is_baseline else MAX_PIXELS):
        raise RefusedError(TOO_MANY_PIXELS)
    if pixels > DECODED_WHOLE:
        image.draft("RGB", (image.width // 2, image.height // 2))
    image.load()


def _on_white(image: Image.Image) -> Image.Image:
    """Return the image on a white background, without transparency."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    return image.convert("RGB") if image.mode != "RGB" else image


def main() -> None:
    """Clean images until the input ends."""
    warnings.simplefilter("ignore")
    os.nice(_NICE)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while True:
        signal.alarm(IDLE_S)
        line = sys.stdin.readline()
        signal.alarm(0)
        if not line:
            return
        wanted = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        refused = ""
        try:
            clean(Path(wanted["source"]), Path(wanted["target"]))
        except RefusedError as error:
            refused = str(error)
        except MemoryError:
            refused = TOO_MANY_PIXELS
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(json.dumps({"refused": refused}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
