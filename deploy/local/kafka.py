"""Apache Kafka (one node, KRaft), as an alternative to the embedded broker and for `make test-kafka`.

It needs Java 17 or newer and Maven. `deploy/kafka/pom.xml` names the version of Kafka.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from deploy import topics
from deploy.local import kafka_access
from deploy.local.home import ROOT, Home
from deploy.local.messages import StartupError, print_progress
from deploy.local.ports import free_port
from deploy.local.processes import Process
from services.chassis.kafka import KafkaConnection, SecurityProtocol

_POM = ROOT / "deploy" / "kafka" / "pom.xml"
_SETTINGS = _POM.with_name("server.properties")
_JAVA = [
    "java",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    f"-Dlog4j2.configurationFile={_POM.with_name('log4j2.properties')}",
]
"""Java command with a small heap and a quick start. This is enough for the small load on a laptop."""


class ApacheKafka:
    """One Kafka node. Its data is in `<home>/log` and is kept when the node stops or is killed.

    The file `<home>/access.json` has the principals of the node and their passwords. `tls` is a folder with
    `broker.pem` (key and certificate of the broker) and `ca.pem`. Clients connect by TLS only if `tls` is given.
    """

    def __init__(self, home: Home, port: int, *, tls: Path | None = None) -> None:
        self.port = port
        self.access_file = home.path / "access.json"
        self._folder = home.path / "log"
        self._settings = home.run / "kafka.properties"
        self._scratch = home.run / "principals"
        self._tls = tls
        self._classes = fetch()
        self._controller = free_port()
        if (self._folder / "meta.properties").exists() and not self.access_file.exists():
            raise StartupError(
                f"{home.path} 中的 Kafka 没有账号。请删除该文件夹，再启动一次。",
                f"The Kafka in {home.path} has no principals. Delete that folder and start again.",
            )
        protocol: SecurityProtocol = "SASL_SSL" if tls else "SASL_PLAINTEXT"
        self._passwords = kafka_access.ensure_access(self.access_file, self.servers, protocol, tls and tls / "ca.pem")
        self.process = Process(
            "broker",
            [*_JAVA, "-cp", self._classes, "kafka.Kafka", self._settings],
            home,
            env=os.environ
            | {"KAFKA_SECURITY_PROTOCOL": protocol, "KAFKA_PASSWORD_ADMIN": self._passwords[topics.ADMIN]},
        )

    @property
    def servers(self) -> str:
        return f"127.0.0.1:{self.port}"

    def connection(self, name: str = topics.ADMIN) -> KafkaConnection:
        return kafka_access.read(self.access_file, name)

    async def start(self) -> None:
        if not self.process.alive:
            self._settings.write_text(self._properties())
            if not (self._folder / "meta.properties").exists():
                await asyncio.to_thread(self._format)
            self.process.start()
        await self.process.listening(self.port)
        await topics.create(self.connection())

    async def stop(self) -> None:
        await self.process.stop(within=20)

    async def wipe(self) -> None:
        self.process.kill()
        shutil.rmtree(self._folder)
        await self.start()

    async def watch(self) -> None:
        """Return at once: Apache Kafka stays fast with a long log, so it is never emptied."""

    def _format(self) -> None:
        cluster = f"gridloop{secrets.token_hex(7)}"  # 22 characters; a random base64 id may begin with "-"
        scram_arguments = [
            argument
            for name, password in self._passwords.items()
            for argument in ("--add-scram", f"SCRAM-SHA-512=[name={topics.principal(name)},password={password}]")
        ]
        self._scratch.touch(mode=0o600)  # not on the command line, which other users can read
        self._scratch.write_text("\n".join(scram_arguments))
        tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", self._settings]
        done = subprocess.run(
            [*_JAVA, "-cp", self._classes, *tool, f"@{self._scratch}"],
            check=False,
            capture_output=True,
            text=True,
            env=self.process.env,
        )
        self._scratch.unlink()
        if done.returncode:
            why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
            raise StartupError(
                f"无法建立 Kafka 的数据文件夹：{why}", f"Kafka's data folder could not be created: {why}"
            )

    def _properties(self) -> str:
        """Return the settings of `deploy/kafka/server.properties`, followed by the local addresses and folders."""
        local_settings = {
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self._controller}",
            "listeners": f"CLIENTS://{self.servers},CONTROLLER://127.0.0.1:{self._controller}",
            "advertised.listeners": f"CLIENTS://{self.servers}",
            "log.dirs": str(self._folder),
        }
        if self._tls:
            local_settings |= {
                "listener.name.clients.ssl.keystore.location": str(self._tls / "broker.pem"),
                "listener.name.clients.ssl.truststore.location": str(self._tls / "ca.pem"),
            }
        return _SETTINGS.read_text() + "".join(f"{name}={value}\n" for name, value in local_settings.items())


def fetch() -> str:
    """Return the Java class path of Apache Kafka. Raises `StartupError` if Java or Maven is missing or Maven fails.

    Maven fetches each version of Kafka once into `.cache/`.
    """
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise StartupError(
                f"缺少 {program}：需要 Java 17 和 Maven（例如 apt-get install openjdk-17-jre-headless maven）。",
                f"{program} is missing: Java 17 and Maven are needed (e.g. apt-get install openjdk-17-jre-headless maven).",
            )
    version = hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / f"kafka-{version}"
    if not folder.exists():
        folder.parent.mkdir(exist_ok=True)
        with (folder.parent / "kafka.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two launchers that start together fetch once
            if not folder.exists():
                print_progress("正在通过 Maven 获取 Apache Kafka", "fetching Apache Kafka through Maven")
                _copy(folder)
    return f"{folder}/*"


def _copy(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    done = subprocess.run(
        [
            "mvn",
            "-q",
            "-B",
            "-f",
            _POM,
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            f"-DoutputDirectory={part}",
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout)
        raise StartupError("Maven 未能获取 Kafka（见上）。", "Maven could not fetch Kafka (see above).")
    part.replace(folder)
