"""`python -m deploy.local run`: start everything, say where to look, stop on Ctrl-C. `web` builds the pages only, `kafka` runs a broker."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who starts it by hand may have an older one
    sys.exit("gridloop: 需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: PYTHON=python3.11 make run")


def main() -> int:
    """Run the command named on the command line; the exit code is 0, 1 (it did not start) or 2 (no such command)."""
    try:
        from deploy.local import commands
        from deploy.local.say import Trouble, complain
    except ModuleNotFoundError as missing:
        name = missing.name
        print(f"gridloop: 缺少 {name}，请运行 make install / {name} is missing: run make install", file=sys.stderr)
        return 1
    command = commands.COMMANDS.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if command is None:
        print(f"python -m deploy.local {'|'.join(commands.COMMANDS)}", file=sys.stderr)
        return 2
    try:
        command()
    except Trouble as trouble:
        complain(trouble)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
