"""`python -m blotter_emitter.certify`: the same as `blotter-certify`."""

from .command import run

if __name__ == "__main__":
    run()
