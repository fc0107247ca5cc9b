"""`python -m blotter_emitter.certify`: the same as `blotter-certify`."""

from .command import run

run()
