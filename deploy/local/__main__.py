"""Command line of the launcher.

`python -m deploy.local run` starts everything, prints the addresses and stops on Ctrl-C. Instead of `run`, `web` builds
the pages, `web-check` also tests them, and `kafka` runs Apache Kafka.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a person may start it with an older version
    sys.exit("gridloop: 需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: PYTHON=python3.11 make run")


def main() -> int:
    """Run the command that the arguments name. Return exit code 0, 1 for a failed start, 2 for an unknown command."""
    try:
        from deploy.local import commands
        from deploy.local.messages import StartupError, print_error
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
    except StartupError as error:
        print_error(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
