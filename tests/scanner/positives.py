"""Sentences with protected data, by kind; `{}` stands for a value."""

import random
from typing import NamedTuple

from . import values
from .values import Maker, Value, plainly


def _a8(rng: random.Random) -> str:
    return "A" + values.number(rng, 8)


def _licence(rng: random.Random) -> str:
    return values.letters(rng, 1) + values.number(rng, 7)


def _sid(rng: random.Random) -> Value:
    sid = rng.choice((f"CA{values.number(rng, 8)}", f"CAA{values.number(rng, 8)}"))
    return Value(sid, sid)


class Group(NamedTuple):
    """A kind in some spelling, and the sentences in which that stands."""

    kind: str
    make: Maker
    templates: tuple[str, ...]


GROUPS = (
    Group(
        "us_ssn",
        values.ssn,
        (
            "The victim gave his SSN as {}.",
            "Social Security number {} was used to open the account.",
            "A note in the wallet read {}.",
            "S: {} / W: unknown.",
            "She had written {} and {} on the back of the card.",
            "ss# {}",
            "Both numbers ({}; {}) belong to residents.",
            "Suspect used the social of his late father, {}, for the loan.",
        ),
    ),
    Group(
        "us_ssn",
        values.bare_ssn,
        (
            "SSN {} verified with the employer.",
            "SSN: {}",
            "SSN#{}",
            "SOC {}, no local record.",
            "his social security number is {}",
            "SSNs {} and {} were on the list.",
            "Soc Sec No. {}",
        ),
    ),
    Group(
        "payment_card",
        values.card,
        (
            "The stolen Visa {} was used at a gas station.",
            "Card ending unknown, full number {}.",
            "Receipt shows {} exp 04/27.",
            "Victim's cards {} and {} were declined.",
            "Skimmer memory held {}, {}, {}.",
            "CARD NO {}",
            "He read {} to the caller.",
            "Track data: {}=2704",
        ),
    ),
    Group(
        "email",
        values.email,
        (
            "Threats came from {}.",
            "E-mail: {}",
            "Contact <{}> for the video.",
            "She forwarded it to {} and {}.",
            "(reply to {})",
            "account {}, created last week",
            "mailto:{}",
        ),
    ),
    Group(
        "phone",
        values.phone,
        (
            "Call the reporting party at {}.",
            "RP's number is {}.",
            "She can be reached at {} or {} after 5 PM.",
            "Phone: {}",
            "cell {}; work unknown",
            "The number {} showed on the caller ID.",
            "Witness Garcia, {}, saw the crash.",
            "tel:{}",
        ),
    ),
    Group(
        "phone",
        values.bare_phone,
        (
            "Call her cell {} tonight.",
            "Phone {} is disconnected.",
            "phone number: {}",
            "He texted {} twice.",
            "TEL {} FAX {}",
        ),
    ),
    Group(
        "ca_driver_licence",
        plainly(_licence),
        (
            "He was identified by California driver's license {}.",
            "Driver license number {} is suspended.",
            "CDL {} expired.",
            "DL# {}",
            "DL: {} Class C",
            "OLN/{}.",
            "Presented a driver\u2019s licence, {}, in another name.",
            "CA ID {} was on the counter.",
            "License {} and {} both came back clear.",
            "California Identification Card no. {}",
            "D/L {}",
        ),
    ),
    Group(
        "date_of_birth",
        values.birth,
        (
            "DOB: {}",
            "DOB {}, 5'10, 180 lbs.",
            "The suspect (DOB {}) ran south.",
            "His date of birth is {}.",
            "Born {} in Fontana.",
            "She was born on {}.",
            "D.O.B. {}",
            "birthdate: {}",
            "Doe, Jane, dob/{}",
            "Date of Birth (as stated): {}",
            "BORN: {}",
            "Birthday {}.",
        ),
    ),
    Group(
        "licence_plate",
        values.plate,
        (
            "A silver Camry, {}, left northbound.",
            "Vehicle was a white Ford F150 (CA {}).",
            "The plate came back as {} or {}.",
            "Saw {} parked at the scene.",
            "{} is registered to the suspect.",
        ),
    ),
    Group(
        "licence_plate",
        values.any_plate,
        (
            "License plate {} was reported stolen.",
            "Plate: {}",
            "plates {} and {} were run",
            "LIC/{}",
            "California license plate number {}",
            "LP {} on a trailer.",
            "Vehicle license {} (motorcycle).",
            "a truck with plate no. {}",
            "PLATE# {}",
            "The license plate was {}.",
        ),
    ),
    Group(
        "cii_number",
        plainly(_a8),
        (
            "CII {} shows two priors.",
            "CII# {}",
            "CII number: {}",
            "CII NO. {}",
            "Records under CII {} and {} are the same man.",
            "cii/{}",
            "Criminal Identification and Information number {}",
            "His CII number is {}.",
        ),
    ),
    Group(
        "fbi_number",
        plainly(values.fbi),
        (
            "FBI number {} was returned.",
            "FBI# {}",
            "FBI/{}",
            "UCN: {}",
            "FBI No. {}",
            "FBI {} matched the prints.",
            "FBI/UCN {}",
            "His FBI number is {}.",
        ),
    ),
    Group(
        "sid_number",
        _sid,
        (
            "SID {} matched.",
            "SID: {}",
            "SID/{}",
            "SID# {}",
            "State ID number {}",
            "SID NO {}",
            "state identification number: {}",
            "The SID is {}.",
        ),
    ),
    Group(
        "clets_message",
        values.clets,
        (
            "{}.",
            "Return read: {}. ",
            "{}. entered by records",
            "The printout began with {}. and was filed.",
            "{} {}.",
        ),
    ),
    Group(
        "case_number",
        values.case_number,
        (
            "Refer to case {}.",
            "Case #{}",
            "Case No. {} is open.",
            "case number: {}",
            "DR# {}",
            "DR {} was pulled.",
            "Incident {} and {} are related.",
            "Court case {} was dismissed.",
            "File no. {}",
            "See incident number {} for the first call.",
            "Booking # {}",
            "CASE {}",
        ),
    ),
    Group(
        "medical_record_number",
        values.record,
        (
            "MRN {} at the county hospital.",
            "MRN: {}",
            "MRN# {}",
            "Medical record number {}",
            "Medical Record No. {} was subpoenaed.",
            "patient ID {}",
            "Patient number: {}",
            "Chart # {}",
            "med rec {}",
            "MR# {}",
        ),
    ),
    Group(
        "health_plan_number",
        values.mbi,
        (
            "Medicare number {}.",
            "MBI {}",
            "Her Medicare card {} was missing.",
            "The purse held a card reading {}.",
            "Billing used {} and {}.",
        ),
    ),
    Group(
        "health_plan_number",
        plainly(values.cin),
        (
            "Medi-Cal {} is active.",
            "Medi-Cal ID: {}",
            "CIN {}",
            "Client Index Number {}",
            "BIC# {}",
        ),
    ),
    Group(
        "health_plan_number",
        plainly(values.member),
        (
            "Kaiser member ID {}.",
            "Blue Shield subscriber ID: {}",
            "Insured by Anthem, policy number {}.",
            "health plan ID {}",
            "IEHP member number {}",
            "Health insurance no. {}",
        ),
    ),
)


def _spaced(make: Maker) -> Maker:
    """Letter by letter, as heard over the radio."""

    def maker(rng: random.Random) -> Value:
        value = make(rng)
        return Value(" ".join(value.normal), value.normal)

    return maker


def _lower(make: Maker) -> Maker:
    def maker(rng: random.Random) -> Value:
        value = make(rng)
        return Value(value.written.lower(), value.normal)

    return maker


DIFFICULT = (
    Group("us_ssn", _spaced(values.ssn), ("He spelled out {}.",)),
    Group("us_ssn", values.bare_ssn, ("Tax number {}.", "Social is {}.", "ssn = {}")),
    Group("payment_card", _spaced(values.card), ("Card {}.", "Card 4: {}")),
    Group("email", lambda rng: _in_words(values.email(rng)), ("Write to {}.",)),
    Group("phone", values.bare_phone, ("Reach me on {}.", "his # is {}", "Ph. {}")),
    Group("ca_driver_licence", plainly(_licence), ("Lisence {}.", "His {} expired.", "D.L. {}")),
    Group("date_of_birth", values.birth, ("b. {}", "Age 40 ({}).", "DOB/POB: Fontana CA, {}")),
    Group("licence_plate", _lower(values.plate), ("a sedan, {}, left", "lic plate {}", "tag {}")),
    Group("licence_plate", _spaced(values.plate), ("Plate {}.",)),
    Group("cii_number", plainly(_a8), ("Index number {}.", "CII record {}", "CII (main) {}")),
    Group("fbi_number", plainly(values.fbi), ("F.B.I. number {}.", "FBI record {}", "FBI #: {}")),
    Group("sid_number", _sid, ("sid {}", "State number {}", "S.I.D. {}")),
    Group("clets_message", _lower(values.clets), ("{}.",)),
    Group("case_number", values.case_number, ("See {}.", "Report {}", "cases: {}; {}")),
    Group("medical_record_number", values.record, ("MRN{}.", "record {}", "Med. Rec. # {}")),
    Group("health_plan_number", _lower(values.mbi), ("medicare id {}",)),
)
"""Spellings that a person reads at once and a pattern may not: they keep the measure honest."""


def _in_words(value: Value) -> Value:
    return Value(value.normal.replace("@", " at ").replace(".", " dot "), value.normal)
