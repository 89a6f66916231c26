"""How often Python looks for garbage that refers to itself, in processes that hold thousands of lines open."""

import gc

# New objects until they are looked at; such looks until those that stayed are; such looks until everything is. Python's
# own (700, 10, 10) take a sixth of the time where 2,000 sockets talk, and each look at everything stops all of them,
# and the relay's packets, for 0.25 s. With more than 5,000 the young no longer fit the processor's cache. Everything is
# still to be looked at: a connection of the relay that has ended is such garbage, half a MiB each.
THRESHOLDS = (5_000, 10, 5)


def look_seldom() -> None:
    """Call once the process has loaded what it needs: that stays, and is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
