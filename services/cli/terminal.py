"""What people and vendors wrote, as a terminal may show it."""


def visible(text: str) -> str:
    """Without characters that move a terminal's cursor or forge lines."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
