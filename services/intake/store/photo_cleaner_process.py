"""Process that decodes uploaded images and encodes them again as JPEG without metadata.

Decoding an image can need far more memory and time than the file size suggests. Therefore this process decodes it,
under limits that the kernel enforces. The parent process (`services.intake.store.photo_cleaner`) writes one line of
JSON per image and reads one line back. This process ends when its input ends, or after some idle time.

It imports nothing of Gridloop, so that it needs no more memory than Pillow while it is idle.
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
"""Maximum number of pixels of a baseline JPEG, the format of phone cameras."""
DECODED_WHOLE = 16_000_000
"""A baseline JPEG with more pixels than this is decoded at half width and height."""
MAX_PIXELS = 12_500_000
"""Maximum number of pixels of a PNG, WebP or progressive JPEG. Their decoders hold several copies of an image."""
MEMORY = 224 << 20
"""Memory that decoding may use, in bytes."""
CPU_S = 10.0
"""CPU time that one image may use, in seconds."""
IDLE_S = 20
_NICE = 5
"""Nice value of this process, so that requests of the service have priority."""
_QUALITY = 88
_FORMATS = ("JPEG", "PNG", "WEBP")

TOO_MANY_PIXELS = "too_many_pixels"
NO_IMAGE = "no_image"

Image.MAX_IMAGE_PIXELS = None  # `_decode` checks the number of pixels
PngImagePlugin.MAX_TEXT_CHUNK = 64 << 10
PngImagePlugin.MAX_TEXT_MEMORY = 1 << 20
_PLUGINS = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
"""Image decoders of Pillow, named here so that they are imported before the memory limit is set."""


class RefusedError(Exception):
    """The image is refused. The argument is the code of the reason."""


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
    """Decode the first frame of the image, after checking the size in its header. Raises `RefusedError`."""
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
    """Clean the images named on standard input, until the input ends."""
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
