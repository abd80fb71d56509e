"""The five models a third time, as plainly as they can be said, to know how many states there are.

A state is the balance (and the version), and where each request is; a request's place is a tuple. For each model: what a
request at this place can do here, as (balance, version, locked, place) afterwards; None where it can do nothing.
"""

IDLE = ("idle",)


def w1(balance, version, locked, place, amount):
    if place == IDLE:
        return balance, version, locked, ("read", balance) if balance >= amount else ("refused",)
    if place[0] == "read":
        return place[1] - amount, version, locked, ("paid",)
    return None


def w2(balance, version, locked, place, amount):
    if place == IDLE:
        return balance, version, locked, ("read",) if balance >= amount else ("refused",)
    if place == ("read",):
        return (balance - amount, version, locked, ("updated",)) if balance >= amount else (balance, version, locked, ("too late",))
    if place == ("updated",):
        return balance, version, locked, ("audited",)
    return None


def w3(balance, version, locked, place, amount):
    if place in (IDLE, ("waits",)):
        if not locked:
            return balance, version, True, ("locked",)
        return (balance, version, locked, ("waits",)) if place == IDLE else None
    if place == ("locked",):
        return (balance, version, True, ("updated",)) if balance >= amount else (balance, version, False, ("refused",))
    if place == ("updated",):
        return balance - amount, version, False, ("paid",)
    return None


def w4(balance, version, locked, place, amount):
    if place == IDLE or place[0] == "again":
        attempt = 1 if place == IDLE else place[1]
        return balance, version, locked, ("read", attempt, balance, version) if balance >= amount else ("refused",)
    if place[0] == "read":
        _, attempt, seen, seen_version = place
        if seen_version == version:
            return seen - amount, version + 1, locked, ("paid",)
        return balance, version, locked, ("again", attempt + 1) if attempt < 3 else ("exhausted",)
    return None


def w5(balance, version, locked, place, amount):
    if place == IDLE:
        return (balance - amount, version, locked, ("sold",)) if balance >= amount else (balance, version, locked, ("refused",))
    return None


STEPS = {"w1": w1, "w2": w2, "w3": w3, "w4": w4, "w5": w5}


def explore(twin, amounts, balance, alike=False):
    """Number of states and of steps between them; with `alike`, requests of equal amounts are interchangeable and a step is
    counted once for all that would do the same."""
    step = STEPS[twin]

    def name(state):
        return state if not alike else (*state[:3], tuple(sorted(state[3])))

    first = (balance, 0, False, (IDLE,) * len(amounts))
    seen, waiting, transitions = {name(first)}, [first], 0
    while waiting:
        *shared, places = waiting.pop()
        ways = set()
        for number, amount in enumerate(amounts):
            after = step(*shared, places[number], amount)
            if after is None:
                continue
            state = name((*after[:3], places[:number] + (after[3],) + places[number + 1:]))
            ways.add(state if alike else (state, number))
            if state not in seen:
                seen.add(state)
                waiting.append(state)
        transitions += len(ways)
    return len(seen), transitions
