"""List functions (DMN 1.5 §10.3.4.4) and ``not`` (§10.3.4.2). Positions count from 1, negative ones from the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from decimal import Decimal, DecimalException
from functools import cmp_to_key, reduce

from forewarn.decision_tables.feel.builtins.numbers import number, whole
from forewarn.decision_tables.feel.builtins.registry import argument, builtin, function, items, spread
from forewarn.decision_tables.feel.operators import arithmetic
from forewarn.decision_tables.feel.runtime import (
    MAX_ITEMS,
    FeelError,
    FeelValue,
    Function,
    Range,
    before,
    kind_of,
    same,
)
from forewarn.decision_tables.values import DECIMALS

FUNCTIONS: dict[str, Function] = {}

Items = tuple[FeelValue, ...]


@builtin(FUNCTIONS, "not", ("negand",), nulls=True)
def _not(negand: FeelValue) -> FeelValue:
    return None if negand is None else not argument(negand, bool, "true or false")


def holds(given: Items, value: FeelValue) -> bool:
    """Whether a list has an item equal to the value."""
    return any(same(item, value) is True for item in given)


@builtin(FUNCTIONS, "list contains", ("list", "element"), nulls=True)
def _list_contains(given: FeelValue, element: FeelValue) -> FeelValue:
    return None if given is None else holds(items(given), element)


@builtin(FUNCTIONS, "count", ("list",), nulls=True)
def _count(given: FeelValue) -> FeelValue:
    return None if given is None else Decimal(len(items(given)))


def _extreme(given: Items, *, largest: bool) -> FeelValue:
    best: FeelValue = None
    for item in given:
        if item is None:
            return None
        if best is None:
            best = item
            continue
        less = before(item, best)
        if less is None:
            raise FeelError(f"cannot order {kind_of(item)} and {kind_of(best)}")
        if less is not largest and same(item, best) is not True:
            best = item
    return best


@builtin(FUNCTIONS, "min", ("list",), variadic=True, nulls=True)
def _min(*given: FeelValue) -> FeelValue:
    return _extreme(spread(given), largest=False)


@builtin(FUNCTIONS, "max", ("list",), variadic=True, nulls=True)
def _max(*given: FeelValue) -> FeelValue:
    return _extreme(spread(given), largest=True)


def _total(given: Items, operator: str) -> FeelValue:
    return reduce(lambda left, right: arithmetic(operator, left, right), given)


@builtin(FUNCTIONS, "sum", ("list",), variadic=True, nulls=True)
def _sum(*given: FeelValue) -> FeelValue:
    listed = spread(given)
    if not listed:
        return None
    if isinstance(listed[0], str):
        raise FeelError("texts have no sum")
    return _total(listed, "+")


@builtin(FUNCTIONS, "mean", ("list",), variadic=True, nulls=True)
def _mean(*given: FeelValue) -> FeelValue:
    listed = spread(given)
    return arithmetic("/", _total(listed, "+"), Decimal(len(listed))) if listed else None


@builtin(FUNCTIONS, "product", ("list",), variadic=True, nulls=True)
def _product(*given: FeelValue) -> FeelValue:
    listed = _numbers(spread(given))
    return _total(listed, "*") if listed else None


def _numbers(given: Items) -> tuple[Decimal, ...]:
    return tuple(number(item) for item in given)


@builtin(FUNCTIONS, "median", ("list",), variadic=True, nulls=True)
def _median(*given: FeelValue) -> FeelValue:
    listed = sorted(_numbers(spread(given)))
    if not listed:
        return None
    middle = len(listed) // 2
    if len(listed) % 2:
        return listed[middle]
    return DECIMALS.divide(DECIMALS.add(listed[middle - 1], listed[middle]), Decimal(2))


@builtin(FUNCTIONS, "stddev", ("list",), variadic=True, nulls=True)
def _stddev(*given: FeelValue) -> FeelValue:
    listed = _numbers(spread(given))
    if len(listed) < 2:
        raise FeelError("a standard deviation needs two numbers")
    try:
        mean = DECIMALS.divide(reduce(DECIMALS.add, listed), Decimal(len(listed)))
        squares = [DECIMALS.power(DECIMALS.subtract(item, mean), Decimal(2)) for item in listed]
        return DECIMALS.sqrt(DECIMALS.divide(reduce(DECIMALS.add, squares), Decimal(len(listed) - 1)))
    except DecimalException as error:
        raise FeelError("the standard deviation is out of range") from error


@builtin(FUNCTIONS, "mode", ("list",), variadic=True, nulls=True)
def _mode(*given: FeelValue) -> FeelValue:
    counts: dict[Decimal, int] = {}
    for item in _numbers(spread(given)):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return tuple(sorted(item for item, count in counts.items() if count == most))


def _all_of(given: Items, *, decisive: bool) -> FeelValue:
    outcome: bool | None = not decisive
    for item in given:
        if item is decisive:
            return decisive
        if not isinstance(item, bool):
            if item is not None:
                raise FeelError(f"{kind_of(item)} is not true or false")
            outcome = None
    return outcome


@builtin(FUNCTIONS, "all", ("list",), variadic=True, nulls=True)
def _all(*given: FeelValue) -> FeelValue:
    return None if given == (None,) else _all_of(spread(given), decisive=False)


@builtin(FUNCTIONS, "any", ("list",), variadic=True, nulls=True)
def _any(*given: FeelValue) -> FeelValue:
    return None if given == (None,) else _all_of(spread(given), decisive=True)


def _place(listed: Items, position: FeelValue, *, end: int = 0) -> int:
    """A position as an index from 0. Raises `FeelError` outside the list."""
    place = whole(position)
    if place == 0 or place > len(listed) + end or -place > len(listed):
        raise FeelError(f"the list has no position {place}")
    return place - 1 if place > 0 else len(listed) + place


@builtin(FUNCTIONS, "sublist", ("list", "start position"), ("list", "start position", "length"))
def _sublist(given: FeelValue, start: FeelValue, length: FeelValue = None) -> FeelValue:
    listed = items(given)
    begin = _place(listed, start)
    if length is None:
        return listed[begin:]
    count = whole(length)
    if count < 0 or begin + count > len(listed):
        raise FeelError(f"the list has no {count} items from there")
    return listed[begin : begin + count]


def _bounded(given: Iterable[FeelValue]) -> Items:
    listed = tuple(given)
    if len(listed) > MAX_ITEMS:
        raise FeelError("the list is too long")
    return listed


@builtin(FUNCTIONS, "append", ("list", "item"), variadic=True, nulls=True)
def _append(given: FeelValue = None, *added: FeelValue) -> FeelValue:
    return None if given is None else _bounded((*items(given), *added))


@builtin(FUNCTIONS, "concatenate", ("list",), variadic=True)
def _concatenate(*given: FeelValue) -> FeelValue:
    return _bounded(item for listed in given for item in items(listed))


@builtin(FUNCTIONS, "insert before", ("list", "position", "newItem"), nulls=True)
def _insert_before(given: FeelValue, position: FeelValue, item: FeelValue) -> FeelValue:
    if given is None or position is None:
        return None
    listed = items(given)
    place = _place(listed, position)
    return _bounded((*listed[:place], item, *listed[place:]))


@builtin(FUNCTIONS, "remove", ("list", "position"))
def _remove(given: FeelValue, position: FeelValue) -> FeelValue:
    listed = items(given)
    place = _place(listed, position)
    return listed[:place] + listed[place + 1 :]


@builtin(FUNCTIONS, "list replace", ("list", "position", "newItem"), ("list", "match", "newItem"), nulls=True)
def _list_replace(given: FeelValue, chosen: FeelValue, item: FeelValue) -> FeelValue:
    if given is None or chosen is None:
        return None
    listed = items(given)
    if isinstance(chosen, Function):
        return tuple(item if chosen.invoke((old, item)) is True else old for old in listed)
    place = _place(listed, chosen)
    return (*listed[:place], item, *listed[place + 1 :])


@builtin(FUNCTIONS, "reverse", ("list",))
def _reverse(given: FeelValue) -> FeelValue:
    return items(given)[::-1]


@builtin(FUNCTIONS, "index of", ("list", "match"), nulls=True)
def _index_of(given: FeelValue, match: FeelValue) -> FeelValue:
    if given is None:
        return None
    return tuple(Decimal(place) for place, item in enumerate(items(given), start=1) if same(item, match) is True)


def _key(value: FeelValue) -> Hashable:
    """Equal for equal values, and hashable; kinds are kept apart (Python's True equals 1)."""
    match value:
        case tuple():
            return ("list", *map(_key, value))
        case Mapping():
            return ("context", frozenset((key, _key(item)) for key, item in value.items()))
        case Range():
            return ("range", _key(value.low), _key(value.high), value.low_closed, value.high_closed)
        case Function():
            return id(value)
        case _:
            return (kind_of(value), value)


def _distinct(given: Iterable[FeelValue]) -> Items:
    first: dict[Hashable, FeelValue] = {}
    for item in given:
        first.setdefault(_key(item), item)
    return tuple(first.values())


@builtin(FUNCTIONS, "union", ("list",), variadic=True)
def _union(*given: FeelValue) -> FeelValue:
    return _distinct(_bounded(item for listed in given for item in items(listed)))


@builtin(FUNCTIONS, "distinct values", ("list",))
def _distinct_values(given: FeelValue) -> FeelValue:
    return _distinct(items(given))


@builtin(FUNCTIONS, "duplicate values", ("list",))
def _duplicate_values(given: FeelValue) -> FeelValue:
    listed = items(given)
    counts = Counter(map(_key, listed))
    return _distinct(item for item in listed if counts[_key(item)] > 1)


@builtin(FUNCTIONS, "flatten", ("list",))
def _flatten(given: FeelValue) -> FeelValue:
    flat: list[FeelValue] = []
    waiting = list(reversed(items(given)))
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting.extend(reversed(item))
        else:
            flat.append(item)
    return tuple(flat)


@builtin(FUNCTIONS, "sort", ("list", "precedes"), ("list",), nulls=True)
def _sort(given: FeelValue, precedes: FeelValue = None) -> FeelValue:
    if given is None:
        return None
    first: Callable[[FeelValue, FeelValue], bool | None]
    if precedes is None:
        first = before
    else:
        chosen = function(precedes)

        def first(left: FeelValue, right: FeelValue) -> bool | None:
            answer = chosen.invoke((left, right))
            if not isinstance(answer, bool):
                raise FeelError("'precedes' must give true or false")
            return answer

    def order(left: FeelValue, right: FeelValue) -> int:
        if first(left, right):
            return -1
        return 1 if first(right, left) else 0

    return tuple(sorted(items(given), key=cmp_to_key(order)))
