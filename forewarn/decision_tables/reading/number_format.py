"""What a spreadsheet program shows for a value under a number format (ECMA-376 part 1 §18.8.31).

It follows the parts of the format language that people use, for messages and to tell what an owner meant; never to
decide.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from forewarn.decision_tables.grid import CellError, Native

_IGNORED = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[(?:\$([^\]-]*)[^\]]*|(?!h+\]|m+\]|s+\])[^\]]*)\]', re.IGNORECASE)
_DATE_TOKEN = re.compile(r"\[h+\]|\[m+\]|\[s+\]|am/pm|a/p|y+|m+|d+|h+|s+(?:\.0+)?|.", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[#0?,.]+%?|%")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def shown(value: Native, number_format: str | None) -> str:
    """The text that a cell shows; without a format, the value in its plain form."""
    if value is None:
        return ""
    if number_format is not None and len(number_format) > 255:
        number_format = None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, CellError):
        return value.text
    if isinstance(value, Decimal):
        return _shown_number(value, number_format)
    if number_format is not None and number_format not in ("General", "@"):
        return _shown_moment(value, number_format)
    return _plain_moment(value)


def plain_number(value: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}"
    return f"{_WIDE.normalize(value):f}"


def _plain_moment(value: date | datetime | time | timedelta) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat()


def _shown_number(value: Decimal, number_format: str | None) -> str:
    if number_format is None or number_format in ("General", "@"):
        return _general(value)
    sections = number_format.split(";")
    section = sections[1] if value < 0 and len(sections) > 1 else sections[0]
    negative = value < 0 and len(sections) == 1
    literals = _IGNORED.sub(lambda match: match[1] or match[2] or match[3] or "", section)
    # Digits are looked for where no literal text stands, the literals are put around them.
    bare = _IGNORED.sub(lambda match: "\0" * len(match[1] or match[2] or match[3] or ""), section)
    found = _NUMBER.search(bare)
    if found is None or "E" in bare.upper() or "?/" in bare:
        return _scientific(value, bare) if "E" in bare.upper() else _general(value)
    text = _digits(abs(value), found[0], "%" in bare)
    return ("-" if negative else "") + literals[: found.start()] + text + literals[found.end() :]


def _general(value: Decimal) -> str:
    if value and (abs(value) >= Decimal("1e11") or abs(value) < Decimal("1e-9")):
        return _scientific(value, "0.#####E+00")
    return plain_number(value)


def _scientific(value: Decimal, code: str) -> str:
    if not value:
        return "0E+00"
    mantissa = code.upper().partition("E")[0].partition(".")[2]
    exponent = value.adjusted()
    digits = _WIDE.scaleb(value, -exponent).quantize(Decimal(1).scaleb(-len(mantissa)), context=_WIDE)
    text = f"{digits:f}"
    if "#" in mantissa and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text}E{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _digits(value: Decimal, code: str, percent: bool) -> str:
    if percent:
        value = _WIDE.multiply(value, Decimal(100))
    whole, _, fraction = code.rstrip("%").partition(".")
    fraction = fraction.rstrip(",")
    rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), context=_WIDE)
    left, _, right = f"{rounded:f}".partition(".")
    left = left.lstrip("0").rjust(whole.count("0"), "0")
    optional = len(fraction) - fraction.rfind("0") - 1 if "0" in fraction else len(fraction)
    while optional and right.endswith("0"):
        right, optional = right[:-1], optional - 1
    if "," in whole.strip(","):
        left = re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", left)
    return left + (f".{right}" if right else "") + ("%" if code.endswith("%") else "")


def _shown_moment(value: date | datetime | time | timedelta, number_format: str) -> str:
    section = number_format.split(";", maxsplit=1)[0]
    half_day = re.search(r"am/pm|a/p", section, re.IGNORECASE) is not None
    literal: list[str] = []

    def keep(match: re.Match[str]) -> str:
        literal.append(match[1] or match[2] or match[3] or "")
        return "\0"

    tokens = _DATE_TOKEN.findall(_IGNORED.sub(keep, section))
    parts: list[str] = []
    literals = iter(literal)
    for position, part in enumerate(tokens):
        if part == "\0":
            parts.append(next(literals, ""))
        else:
            parts.append(_moment_part(value, part, _is_minute(tokens, position), half_day))
    return "".join(parts)


def _is_minute(tokens: list[str], position: int) -> bool:
    """Whether an ``m`` token means minutes: it follows hours or stands before seconds."""
    if tokens[position][0] not in "mM":
        return False
    letters = [part.lstrip("[")[:1].lower() for part in tokens]
    before = next((letter for letter in reversed(letters[:position]) if letter.isalpha()), "")
    after = next((letter for letter in letters[position + 1 :] if letter.isalpha()), "")
    return before == "h" or after == "s"


def _moment_part(value: date | datetime | time | timedelta, token: str, minute: bool, half_day: bool) -> str:
    letter = token[0].lower()
    if token.lower() in ("am/pm", "a/p"):
        return "AM" if _clock(value)[0] < 12 else "PM"
    if letter == "[" and token.endswith("]"):
        total = int(_elapsed(value).total_seconds())
        count = {"h": total // 3600, "m": total // 60, "s": total}[token[1].lower()]
        return str(count).rjust(len(token) - 2, "0")
    if letter in "hs" or minute:
        hours, minutes, seconds = _clock(value)
        number = {"h": (hours % 12 or 12) if half_day else hours, "m": minutes, "s": seconds}[letter]
        return str(number).rjust(min(len(token.partition(".")[0]), 2), "0")
    if letter not in "ymd":
        return token
    if not isinstance(value, date):
        return "0"
    if letter == "y":
        return f"{value.year % 100:02}" if len(token) <= 2 else f"{value.year:04}"
    if letter == "m":
        name = _MONTHS[value.month - 1]
        return (str(value.month), f"{value.month:02}", name[:3], name, name[0])[min(len(token), 5) - 1]
    name = _DAYS[value.weekday()]
    return (str(value.day), f"{value.day:02}", name[:3], name)[min(len(token), 4) - 1]


def _clock(value: date | datetime | time | timedelta) -> tuple[int, int, int]:
    if isinstance(value, (datetime, time)):
        return value.hour, value.minute, value.second
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds()) % 86_400
        return seconds // 3600, seconds // 60 % 60, seconds % 60
    return 0, 0, 0


def _elapsed(value: date | datetime | time | timedelta) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return moment - datetime(1899, 12, 30, tzinfo=moment.tzinfo)
