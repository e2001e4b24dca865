"""`python -m deploy.local run`: start everything, print the address, stop on Ctrl-C.

Other commands: `web` builds the pages, `kafka` runs an Apache Kafka.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a person may start it with an older version
    sys.exit("gridloop: 需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: PYTHON=python3.11 make run")


def main() -> int:
    """Run the command of the command line; return 0, 1 (it did not start) or 2 (unknown command)."""
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
