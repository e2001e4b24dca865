"""`make bench`: every measurement, one after the other, each in a process of its own. `make bench ONLY=flow,lists`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

RUNS: dict[str, list[str]] = {
    "flow": ["bench.flow", "tansu"],
    "flow-kafka": ["bench.flow", "kafka"],
    "board": ["bench.board"],
    "lists": ["bench.lists"],
    "rebuild": ["bench.rebuild"],
    "routing": ["bench.routing"],
    "catalogue": ["bench.catalogue"],
}


def main(only: str) -> int:
    """Run those whose names are given, or all. The exit code says whether every one of them came to its end."""
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
        if subprocess.run([sys.executable, "-m", *RUNS[name]], check=False).returncode:
            failed.append(name)
        print(f"===== {name}: {time.monotonic() - began:.0f} s", flush=True)
    if failed:
        print(f"没有测完 · did not come to an end: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
