"""Made-up values of each kind: as somebody writes them, and in normal form."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple


class Value(NamedTuple):
    written: str
    normal: str


Maker = Callable[[random.Random], Value]


def number(rng: random.Random, length: int, first: str = "0123456789") -> str:
    return rng.choice(first) + "".join(rng.choices("0123456789", k=length - 1))


def letters(rng: random.Random, length: int, among: str = "ABCDEFGHJKLMNPRSTUVWXYZ") -> str:
    return "".join(rng.choices(among, k=length))


def plainly(make: Callable[[random.Random], str]) -> Maker:
    """Values that are written as they are, or in small letters."""

    def maker(rng: random.Random) -> Value:
        value = make(rng)
        return Value(value if rng.random() < 0.85 else value.lower(), value)

    return maker


def ssn(rng: random.Random) -> Value:
    area = rng.choice([n for n in range(1, 900) if n != 666])
    parts = (f"{area:03}", f"{rng.randint(1, 99):02}", f"{rng.randint(1, 9999):04}")
    return Value(rng.choice(("-", "-", "-", " ", "\u2013")).join(parts), "".join(parts))


def bare_ssn(rng: random.Random) -> Value:
    normal = ssn(rng).normal
    return Value(normal, normal)


def luhn(digits: str) -> str:
    """The digits with their check digit."""
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits))]
    return digits + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def card(rng: random.Random) -> Value:
    if rng.random() < 0.2:
        n = luhn(rng.choice(("34", "37")) + number(rng, 12))
        written = rng.choice((n, f"{n[:4]} {n[4:10]} {n[10:]}", f"{n[:4]}-{n[4:10]}-{n[10:]}"))
        return Value(written, n)
    prefix = rng.choice(("4", "51", "53", "55", "2345", "6011", "65"))
    n = luhn(prefix + number(rng, 15 - len(prefix)))
    groups = [n[i : i + 4] for i in range(0, 16, 4)]
    return Value(rng.choice(("", " ", "-")).join(groups), n)


NAMES = ("Smith", "Garcia", "Nguyen", "Johnson", "Lopez", "Brown", "Kim", "Patel", "Sid", "Reyes")


def email(rng: random.Random) -> Value:
    name = rng.choice(NAMES).lower()
    local = rng.choice((name, f"{name}.{number(rng, 2)}", f"j_{name}", f"{name}+tips", f"j-{name}"))
    host = rng.choice(("example.com", "mail.example.org", "ci.example.ca.us", "example.co"))
    written = f"{local}@{host}"
    return Value(rng.choice((written, written, written.upper(), written.title())), written)


def phone(rng: random.Random) -> Value:
    area = rng.choice(("951", "909", "213", "760", "415", "626"))
    middle, last = number(rng, 3, "23456789"), number(rng, 4)
    written = rng.choice(
        (
            f"({area}) {middle}-{last}",
            f"({area}){middle}-{last}",
            f"{area}-{middle}-{last}",
            f"{area}.{middle}.{last}",
            f"{area} {middle} {last}",
            f"{area}/{middle}-{last}",
            f"+1 {area} {middle} {last}",
            f"1-{area}-{middle}-{last}",
            f"+1 ({area}) {middle}-{last}",
        )
    )
    return Value(written, area + middle + last)


def bare_phone(rng: random.Random) -> Value:
    normal = phone(rng).normal
    return Value(normal, normal)


def plate(rng: random.Random) -> Value:
    """The common passenger plate."""
    parts = (number(rng, 1, "456789"), letters(rng, 3), number(rng, 3))
    written = rng.choice(("{}{}{}", "{}{}{}", "{}{} {}", "{}{}-{}")).format(*parts)
    return Value(written, "".join(parts))


def any_plate(rng: random.Random) -> Value:
    """Plates of trucks, trailers, motorcycles, old cars, governments, and on order."""
    written = rng.choice(
        (
            f"{number(rng, 1)}{letters(rng, 1)}{number(rng, 5)}",
            f"{number(rng, 5)}{letters(rng, 1)}{number(rng, 1)}",
            f"4{letters(rng, 2)}{number(rng, 4)}",
            f"{number(rng, 2)}{letters(rng, 1)}{number(rng, 4)}",
            f"{letters(rng, 3)} {number(rng, 3)}",
            f"{letters(rng, 3)}-{number(rng, 4)}",
            f"{number(rng, 3)}{letters(rng, 3)}",
            f"1{number(rng, 6)}",
            f"{letters(rng, 2)}{number(rng, 1)}{letters(rng, 3)}",
            f"{number(rng, 3)}{letters(rng, 3)}{number(rng, 1)}",
            plate(rng).written,
        )
    )
    normal = written.replace(" ", "").replace("-", "")
    return Value(rng.choice((written, written, written.lower())), normal)


def birth(rng: random.Random) -> Value:
    day = date(1940, 1, 1) + timedelta(days=rng.randrange(25_000))
    written = rng.choice(
        (
            day.strftime("%m/%d/%Y"),
            day.strftime("%m/%d/%y"),
            f"{day.month}/{day.day}/{day.year}",
            day.strftime("%m-%d-%Y"),
            day.isoformat(),
            day.strftime("%Y%m%d"),
            day.strftime("%m%d%Y"),
            day.strftime("%B %-d, %Y"),
            day.strftime("%b %d, %Y"),
            day.strftime("%-d %B %Y"),
            day.strftime("%b. %-d %Y"),
        )
    )
    return Value(written, day.isoformat())


def fbi(rng: random.Random) -> str:
    return rng.choice(
        (
            f"{number(rng, 6, '123456789')}{letters(rng, 2, 'ABCDEFH')}{number(rng, 1)}",
            f"{number(rng, 5, '123456789')}{letters(rng, 1, 'ABCDEFH')}{number(rng, 2)}",
            f"{letters(rng, 1)}{number(rng, 1)}{letters(rng, 4)}{number(rng, 1)}{letters(rng, 2)}",
        )
    )


def clets(rng: random.Random) -> Value:
    """A field of a message, as it stands."""
    written = rng.choice(
        (
            f"ORI/CA0{number(rng, 4)}00",
            f"NIC/W{number(rng, 9)}",
            f"FCN/{number(rng, 13, '123456789')}",
            f"OCA/{number(rng, 2)}-{number(rng, 5)}",
            f"NAM/{rng.choice(NAMES).upper()},{rng.choice(('JOHN', 'ANA', 'LI'))}",
            f"QW.CA033{number(rng, 4)}",
            f"QHY.CA033{number(rng, 4)}",
        )
    )
    return Value(written, written)


def case_number(rng: random.Random) -> Value:
    written = rng.choice(
        (
            f"{rng.randint(19, 26)}-{number(rng, rng.randint(4, 6))}",
            f"{rng.randint(19, 26)}{number(rng, 5)}",
            f"P{rng.randint(19, 26)}-{number(rng, 6)}",
            f"P{rng.randint(19, 26)}{number(rng, 6)}",
            f"RIF{rng.randint(19, 26)}{number(rng, 5)}",
            f"{rng.randint(2019, 2026)}-{number(rng, 6)}",
        )
    )
    return Value(written, written.replace("-", ""))


def record(rng: random.Random) -> Value:
    written = rng.choice(
        (
            number(rng, 7),
            number(rng, 8),
            f"{letters(rng, 1)}{number(rng, 7)}",
            f"{number(rng, 3)}-{number(rng, 2)}-{number(rng, 3)}",
            f"E{number(rng, 9)}",
        )
    )
    return Value(written, written.replace("-", ""))


_MBI = "ACDEFGHJKMNPQRTUVWXY"


def mbi(rng: random.Random) -> Value:
    def a() -> str:
        return letters(rng, 1, _MBI)

    def either() -> str:
        return letters(rng, 1, _MBI + "0123456789")

    def n() -> str:
        return number(rng, 1)

    parts = (
        number(rng, 1, "123456789") + a() + either() + n(),
        a() + either() + n(),
        a() + a() + n() + n(),
    )
    return Value(rng.choice(("-", "")).join(parts), "".join(parts))


def cin(rng: random.Random) -> str:
    short = f"9{number(rng, 7)}{letters(rng, 1, 'ACDEFGHMNTUVWXYZ')}"
    return rng.choice((short, short + number(rng, 1), short + number(rng, 5)))


def member(rng: random.Random) -> str:
    return rng.choice((number(rng, 9), f"{letters(rng, 3)}{number(rng, 9)}", number(rng, 12)))
