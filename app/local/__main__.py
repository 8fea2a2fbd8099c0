"""`make run`: everything under one supervisor, until Ctrl-C."""

import argparse
import sys

from app.errors import SettingsError
from app.local.plan import make_plan
from app.local.postgres import CannotStart
from app.local.supervisor import Supervisor


def main() -> int:
    """Run until stopped; return the exit code. What is wrong is one sentence."""
    parser = argparse.ArgumentParser(prog="python -m app.local", description=__doc__)
    parser.add_argument("--leash", type=int, metavar="PID", help="stop when this parent process is gone")
    leash = parser.parse_args().leash
    try:
        return Supervisor(make_plan(), leash).run()
    except (CannotStart, SettingsError) as fault:
        print(fault, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
