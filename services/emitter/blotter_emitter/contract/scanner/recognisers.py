"""All of the scanner's own recognisers."""

from .case_number import CASE_NUMBER
from .cii_number import CII
from .clets_message import CLETS
from .date_of_birth import DATE_OF_BIRTH
from .driver_licence import DRIVER_LICENCE
from .email_address import EMAIL
from .fbi_number import FBI
from .health_plan import HEALTH_PLAN
from .licence_plate import PLATE
from .medical_record import MEDICAL_RECORD
from .payment_card import CARD
from .phone import PHONE
from .sid_number import SID
from .ssn import SSN

RECOGNISERS = (
    SSN,
    CARD,
    EMAIL,
    PHONE,
    DRIVER_LICENCE,
    DATE_OF_BIRTH,
    PLATE,
    CII,
    FBI,
    SID,
    CLETS,
    CASE_NUMBER,
    MEDICAL_RECORD,
    HEALTH_PLAN,
)
"""In the order in which their hits are listed."""
