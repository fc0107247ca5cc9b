"""Messages of CLETS, NCIC and Nlets: their fields (`NIC/W123456789`), headers (`QW.CA0330000.`) and
banners. A sentence that merely names one of these systems is none."""

import re

from .recogniser import Recogniser, bare

_FIELDS = (
    r"(?i:ORI/[A-Z]{2}[A-Z0-9]{7}|NIC/[A-Z][0-9]{9}|FCN/[0-9]{13})|OCA/[A-Z0-9-]{3,20}"
    r"|MKE/[A-Z][A-Z -]{1,30}|NAM/[A-Z'-]{1,30}, ?[A-Z'-]{1,30}(?: [A-Z'-]{1,30}(?![A-Z0-9'./-]))?"
)
_HEADER = r"[A-Z]{2,4}\.[A-Z]{2}[0-9]{5}[A-Z0-9]{2}"
_BANNERS = (
    r"(?:CLETS|NCIC|NLETS)(?:/(?:CLETS|NCIC|NLETS))?[ -]"
    r"(?:HIT|RESPONSE|RETURN|RECORD|MESSAGE|INFORMATION)"
    r"|CONFIDENTIAL[ -]{1,3}CLETS"
)

CLETS = Recogniser(
    "cji",
    "clets_message",
    bare(
        re.compile(rf"(?<![A-Za-z0-9/])(?:{_FIELDS}|{_HEADER}|{_BANNERS})(?![A-Za-z0-9])"),
        str.upper,
    ),
)
