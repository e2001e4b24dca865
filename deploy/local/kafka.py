"""Apache Kafka itself (one node, KRaft), for whom the embedded broker is not enough, and for `make test-kafka`.

Needs Java 17 or newer, and Maven for the first start (`deploy/kafka/pom.xml` names the version).
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import secrets
import shutil
import subprocess
from pathlib import Path

from deploy import topics
from deploy.local.home import ROOT, Home
from deploy.local.ports import free
from deploy.local.processes import Process
from deploy.local.say import Trouble, say

_POM = ROOT / "deploy" / "kafka" / "pom.xml"
_SETTINGS = _POM.with_name("server.properties")
_JAVA = [
    "java", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={_POM.with_name('log4j2.properties')}",
]  # fmt: skip
"""A small heap and a quick start: a laptop's load, not a city's."""


class ApacheKafka:
    """One node with its log in `<home>/log`; what it holds survives stops and kills."""

    def __init__(self, home: Home, port: int) -> None:
        self.port = port
        self._folder = home.path / "log"
        self._settings = home.run / "kafka.properties"
        self._classes = fetch()
        self._controller = free()
        self.process = Process("broker", [*_JAVA, "-cp", self._classes, "kafka.Kafka", self._settings], home)

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        if not self.process.alive:
            self._settings.write_text(self._properties())
            if not (self._folder / "meta.properties").exists():
                await asyncio.to_thread(self._format)
            self.process.start()
        await self.process.listening(self.port)
        await topics.create(self.servers)

    async def stop(self) -> None:
        await self.process.stop(within=20)

    async def wipe(self) -> None:
        self.process.kill()
        shutil.rmtree(self._folder)
        await self.start()

    async def watch(self) -> None:
        """Nothing: it keeps its log for ever, and stays fast."""

    def _format(self) -> None:
        cluster = f"gridloop{secrets.token_hex(7)}"  # 22 letters; a random base64 id may begin with "-"
        tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", self._settings]
        made = subprocess.run([*_JAVA, "-cp", self._classes, *tool], check=False, capture_output=True, text=True)
        if made.returncode:
            why = (made.stderr.strip() or made.stdout.strip()).splitlines()[-1]
            raise Trouble(f"Kafka 的数据文件夹没有建立：{why}", f"Kafka's folder was not made: {why}")

    def _properties(self) -> str:
        """The settings that compose uses, with addresses and a folder of our own: later lines win."""
        ours = {
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self._controller}",
            "listeners": f"PLAINTEXT://{self.servers},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://{self.servers}",
            "log.dirs": str(self._folder),
        }
        return _SETTINGS.read_text() + "".join(f"{name}={value}\n" for name, value in ours.items())


def fetch() -> str:
    """The class path of Apache Kafka; fetched through Maven into `.cache/` once per version. Raises `Trouble`."""
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Trouble(
                f"缺少 {program}：需要 Java 17 和 Maven（例如 apt-get install openjdk-17-jre-headless maven）。",
                f"{program} is missing: Java 17 and Maven are needed (e.g. apt-get install openjdk-17-jre-headless maven).",
            )
    version = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"kafka-{version}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        with (folder.parent / "kafka.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two that start together fetch once
            if not folder.exists():
                say("正在通过 Maven 获取 Apache Kafka", "fetching Apache Kafka through Maven")
                _copy(folder)
    return f"{folder}/*"


def _copy(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    made = subprocess.run(
        ["mvn", "-q", "-B", "-f", _POM, "dependency:copy-dependencies", "-DincludeScope=runtime",
         f"-DoutputDirectory={part}"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        print(made.stdout)
        raise Trouble("Maven 没有取到 Kafka（见上）。", "Maven did not get Kafka (see above).")
    part.replace(folder)
