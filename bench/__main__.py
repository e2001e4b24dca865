"""`make bench`: run the measurements one after the other, each in its own process.

`ONLY=flow,lists` runs only the measurements `flow` and `lists`. `QUICK=1` runs each measurement with few cases. This
checks that the measurements still work; their results then say nothing about speed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

RUNS: dict[str, tuple[list[str], list[str]]] = {
    "accept": (["bench.accept"], ["300"]),
    "flow": (["bench.flow", "tansu"], ["100"]),
    "flow-kafka": (["bench.flow", "kafka"], ["100"]),
    "life": (["bench.life"], ["40"]),
    "webhooks": (["bench.webhooks"], ["500"]),
    "board": (["bench.board"], ["500", "10"]),
    "lists": (["bench.lists"], ["12000"]),
    "rebuild": (["bench.rebuild"], ["100"]),
    "routing": (["bench.routing"], []),
    "growth": (["bench.growth"], ["1500"]),
    "abuse": (["bench.abuse"], ["0.5"]),
    "catalogue": (["bench.catalogue"], []),
}
"""Name of a measurement → (module and arguments, further arguments for `QUICK=1`)."""


def main(only: str, *, quick: bool) -> int:
    """Run the measurements named in `only`, separated by commas, or all if it is empty. Return the exit code.

    The exit code is 1 if a measurement failed, and 2 if a name is unknown.
    """
    wanted = only.split(",") if only else list(RUNS)
    if unknown := [name for name in wanted if name not in RUNS]:
        print(f"没有这项测量：{unknown}；可选 / no such measurement; there are: {', '.join(RUNS)}")
        return 2
    if "flow-kafka" in wanted and not (shutil.which("java") and shutil.which("mvn")):
        print("没有 Java 17 与 Maven，不测 Apache Kafka · no Java 17 and Maven: Apache Kafka is not measured")
        wanted.remove("flow-kafka")
    failed: list[str] = []
    for name in wanted:
        began = time.monotonic()
        print(f"\n===== {name}", flush=True)
        whole, few = RUNS[name]
        if subprocess.run([sys.executable, "-m", *whole, *(few if quick else [])], check=False).returncode:
            failed.append(name)
        print(f"===== {name}: {time.monotonic() - began:.0f} s", flush=True)
    if failed:
        print(f"没有测完 · did not come to an end: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", quick=bool(os.environ.get("QUICK"))))
