"""`python -m deploy.native up|down|status [name …]`; see `deploy.native.stack`."""

import sys

from deploy.native import stack

if __name__ == "__main__":
    sys.exit(stack.main(sys.argv[1:]))
