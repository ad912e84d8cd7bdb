"""Dates, and how they are written."""

from case import MIDDLE, ROOT, Case
from certificates import ca, leaf
from der import generalized_time, utc_time

FUTURE = utc_time("260701000000Z")
PAST = utc_time("260301000000Z")


def served(id, title, at=None, **rest):
    case = Case(f"time-{id}", title, [leaf(MIDDLE, **rest), MIDDLE])
    case.at = at or case.at
    return case


def lasting(id, title, ends, at):
    """A whole chain that ends at one time."""
    root = ca("lasting root", ends=ends)
    return Case(f"time-{id}", title, [leaf(root, ends=ends)], [root], at=at)


def cases():
    yield served("good", "valid")
    yield served("expired", "an expired server", ends=PAST)
    yield served("not-yet", "a server that is not valid yet", begins=FUTURE)
    middle = ca("expired middle", ROOT, ends=PAST)
    yield Case("time-expired-middle", "an expired intermediate", [leaf(middle), middle])
    middle = ca("future middle", ROOT, begins=FUTURE)
    yield Case("time-future-middle", "an intermediate that is not valid yet", [leaf(middle), middle])
    root = ca("expired root", ends=PAST)
    yield Case("time-expired-root", "an expired root", [leaf(root)], [root])
    root = ca("future root", begins=FUTURE)
    yield Case("time-future-root", "a root that is not valid yet", [leaf(root)], [root])
    yield served("first-second", "judged at the first second", begins=utc_time("260615120000Z"))
    yield served("last-second", "judged at the last second", ends=utc_time("260615120000Z"))
    yield served("second-before", "judged a second before it begins", begins=utc_time("260615120001Z"))
    yield served("second-after", "judged a second after its end", ends=utc_time("260615115959Z"))
    yield served("backwards", "it ends before it begins", begins=FUTURE, ends=PAST)
    middle = ca("short middle", ROOT, ends=utc_time("260801000000Z"))
    yield Case("time-outlives", "a server that outlives its intermediate", [leaf(middle), middle])
    yield lasting("2049-utc", "until the end of 2049, as UTCTime", utc_time("491231235959Z"), "2049-12-31T23:59:58Z")
    yield lasting("2050-generalized", "until 2050, as GeneralizedTime", generalized_time("20500101000000Z"), "2049-12-31T23:59:58Z")
    yield lasting("2055-in-2052", "until 2055, judged in 2052", generalized_time("20550101000000Z"), "2052-01-01T00:00:00Z")
    yield lasting("9999", "without an end: 9999-12-31", generalized_time("99991231235959Z"), "2026-06-15T12:00:00Z")
    yield served("1950-utc", "until 1950: the year 50 of a UTCTime", ends=utc_time("500101000000Z"))
    yield served("generalized-early", "a date before 2050 as GeneralizedTime", ends=generalized_time("20270101000000Z"))
    yield served("no-seconds", "a UTCTime without seconds", ends=utc_time("2701010000Z"))
    yield served("offset", "a UTCTime with an offset", ends=utc_time("270101000000+0100"))
    yield served("no-z", "a UTCTime without its Z", ends=utc_time("270101000000"))
    yield served("fraction", "a GeneralizedTime with a fraction", ends=generalized_time("20510101000000.5Z"))
    yield served("february-30", "until 30 February", ends=utc_time("270230000000Z"))
    yield served("hour-24", "until 24:00", ends=utc_time("270101240000Z"))
    yield served("letters", "a date of letters", ends=utc_time("27010100000AZ"))
    yield served("empty", "an empty date", ends=utc_time(""))
