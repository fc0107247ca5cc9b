"""The part of Blotter's event contract that AI systems speak.

`base.py`, `envelope.py` and `ai.py` are copies of the files of the same name in `schemas/`, made by
`python -m deploy.sync_contract`: change them there.
"""
