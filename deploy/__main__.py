"""`python -m deploy up|down|status|clean`: the whole stack, with or without Docker."""

import argparse
import sys

from deploy import stack
from deploy.native.processes import StackError


def main() -> int:
    """Run a command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "clean"])
    command = parser.parse_args().command
    try:
        if command == "status":
            return 0 if stack.status() else 1
        {"up": stack.up, "down": stack.down, "clean": stack.clean}[command]()
    except StackError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
