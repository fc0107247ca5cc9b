"""`python -m deploy.health PORT`: ends with 0 if /health on this machine answers 200."""

import sys

from deploy.native.services import is_healthy

if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(sys.argv[1])) else 1)
