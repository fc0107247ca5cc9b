"""The part of Blotter's event contract that AI systems speak.

`base.py`, `envelope.py`, `ai.py` and the folder `scanner` are copies of the same in `schemas/`,
made by `python -m deploy.sync_contract`: change them there.
"""
