"""What the agent does, as values: timed steps for a call and for After Call Work. Pure and seeded.

Steps are idempotent where they can be (typing carries the whole text so far), so a late timer loses no letter.
The payment page is in front, and the card number on the screen, only within the card window less half a second
at both ends.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from deskreel.demo.desktop_articles import TITLES
from deskreel.demo.desktop_data import CARD_CODE, CARD_EXPIRY, CARD_NUMBER, MORE_NOTES, Customer

CARD_MARGIN_MS = 500
SHORTEST_CARD_MS = 2_000
_TICK_MS = 40  # between two steps of one scroll


class Verb(Enum):
    """What a step does to the window."""

    TAB = "tab"  # bring the tab `target` to the front
    TYPE = "type"  # the field `target` now reads `text`
    SCROLL = "scroll"  # move `target` by `amount` pixels
    PICK = "pick"  # select row `amount` of `target`
    POINT = "point"  # move the pointer to `target`
    CHOOSE = "choose"  # the selector `target` now reads `text`
    RECORDING = "recording"  # the call bar's recording sign reads `text`
    CLEAR_CARD = "clear card"  # empty every field of the payment page


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens on the desktop."""

    at_ms: int  # from the start of the script
    verb: Verb
    target: str = ""
    text: str = ""
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A step of a piece of work whose place in the script is not known yet."""

    after_ms: int  # from the step before
    verb: Verb
    target: str = ""
    text: str = ""
    amount: int = 0


class Hand:
    """The agent's hand while a script is written: its rhythm, and what each field reads by now."""

    def __init__(self, seed: str) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a script, no secret
        self.said: dict[str, str] = {}


Work = Callable[[Customer, Hand, int], Iterator[Act]]


def call_script(
    customer: Customer, seconds: float, card: tuple[float, float] | None, seed: int
) -> tuple[Step, ...]:
    """The steps of a call of `seconds` with the payment in the window `card` (seconds from its start)."""
    hand = Hand(f"call/{seed}")
    end_ms = round(seconds * 1000)
    if card is None:
        return tuple(_fill(_BEFORE_CARD + _AFTER_CARD, 300, end_ms, customer, hand))
    start_ms, stop_ms = round(card[0] * 1000), round(card[1] * 1000)
    if not 0 <= start_ms < stop_ms <= end_ms or stop_ms - start_ms < SHORTEST_CARD_MS:
        raise ValueError(f"the card window needs {SHORTEST_CARD_MS} ms within the call: {card}")
    first, last = start_ms + CARD_MARGIN_MS, stop_ms - CARD_MARGIN_MS
    return (
        *_fill(_BEFORE_CARD, 300, first, customer, hand),
        *_payment(first, last, customer),
        *_fill(_AFTER_CARD, last + 1, end_ms, customer, hand),
    )


def wrap_up_script(customer: Customer, seconds: float, seed: int) -> tuple[Step, ...]:
    """The steps of After Call Work that is meant to last `seconds`; the note is done in four fifths of it."""
    hand = Hand(f"acw/{seed}")
    end_ms = round(seconds * 800)
    acts = [
        Act(after_ms=150, verb=Verb.TAB, target="Notes"),
        Act(after_ms=50, verb=Verb.POINT, target="wrap-up"),
        *_typed("wrap-up", customer.wrap_up, hand),
        Act(after_ms=200, verb=Verb.CHOOSE, target="outcome", text="Resolved on the call"),
        Act(after_ms=250, verb=Verb.CHOOSE, target="follow-up", text="None"),
        Act(after_ms=200, verb=Verb.POINT, target="save"),
    ]
    total = sum(act.after_ms for act in acts)
    stretch = min(1.0, end_ms / total)
    return tuple(_placed(acts, 0, stretch))


def _fill(
    works: Sequence[Work], start_ms: int, end_ms: int, customer: Customer, hand: Hand
) -> Iterator[Step]:
    """One piece of work after the other, round after round, until the time is over."""
    at, turn = start_ms, 0
    while True:
        for step in _placed(works[turn % len(works)](customer, hand, turn // len(works)), at, 1.0):
            if step.at_ms >= end_ms:
                return
            at = step.at_ms
            yield step
        at += hand.rng.randint(350, 900)
        turn += 1


def _placed(acts: Iterator[Act] | Sequence[Act], start_ms: int, stretch: float) -> Iterator[Step]:
    at = float(start_ms)
    for act in acts:
        at += act.after_ms * stretch
        yield Step(at_ms=round(at), verb=act.verb, target=act.target, text=act.text, amount=act.amount)


def _payment(first: int, last: int, customer: Customer) -> Iterator[Step]:
    """The card section: in at `first`, typed in three quarters of the time, emptied and left at `last`."""
    yield Step(at_ms=first, verb=Verb.RECORDING, text="Recording paused")
    yield Step(at_ms=first, verb=Verb.TAB, target="Payment")
    typed: list[tuple[str, str]] = []
    for field, text in (("card", CARD_NUMBER), ("holder", customer.name), ("expiry", CARD_EXPIRY)):
        typed += [(field, text[:n]) for n in range(1, len(text) + 1)]
    typed += [("code", CARD_CODE[:n]) for n in range(1, len(CARD_CODE) + 1)]
    gap = (last - first) * 0.75 / (len(typed) + 1)
    for i, (field, text) in enumerate(typed):
        yield Step(at_ms=round(first + gap * (i + 1)), verb=Verb.TYPE, target=field, text=text)
    yield Step(at_ms=last, verb=Verb.CLEAR_CARD)
    yield Step(at_ms=last, verb=Verb.TAB, target="Notes")
    yield Step(at_ms=last, verb=Verb.RECORDING, text="Recording")


def _typed(field: str, text: str, hand: Hand) -> Iterator[Act]:
    """Letter by letter on from what the field reads already, about 14 letters in a second."""
    said = hand.said.get(field, "")
    for n in range(len(said) + 1 if text.startswith(said) else 1, len(text) + 1):
        pause = hand.rng.randint(35, 90) + (hand.rng.randint(80, 200) if text[n - 1] in ".," else 0)
        yield Act(after_ms=pause, verb=Verb.TYPE, target=field, text=text[:n])
        hand.said[field] = text[:n]  # not reached when the script ended before this letter


def _grown(field: str, first: str, separator: str, hand: Hand) -> str:
    """What the field should read next: the first text, then with one more sentence each time."""
    texts = (first, *MORE_NOTES)
    wholes = (separator.join(texts[: n + 1]) for n in range(len(texts)))
    said = hand.said.get(field, "")
    return next((whole for whole in wholes if len(whole) > len(said)), said)


def _scrolled(target: str, flicks: int, hand: Hand, sign: int = 1) -> Iterator[Act]:
    """Flicks of a wheel: some quick moves that slow down, then a rest to read."""
    for _ in range(flicks):
        for amount in (18, 34, 40, 34, 24, 14, 8):
            yield Act(after_ms=_TICK_MS, verb=Verb.SCROLL, target=target, amount=sign * amount)
        yield Act(after_ms=hand.rng.randint(150, 420), verb=Verb.SCROLL, target=target)


def _read_customer(_customer: Customer, _hand: Hand, _turn: int) -> Iterator[Act]:
    yield Act(after_ms=100, verb=Verb.TAB, target="Customer")
    yield Act(after_ms=500, verb=Verb.POINT, target="subject")


def _fill_subject(customer: Customer, hand: Hand, _turn: int) -> Iterator[Act]:
    if hand.said.get("subject") != customer.subject:
        yield from _typed("subject", customer.subject, hand)
        yield Act(after_ms=120, verb=Verb.CHOOSE, target="category", text="Delivery / Damage")


def _look_through_orders(_customer: Customer, hand: Hand, turn: int) -> Iterator[Act]:
    yield Act(after_ms=100, verb=Verb.POINT, target="tab Orders")
    yield Act(after_ms=150, verb=Verb.TAB, target="Orders")
    yield Act(after_ms=200, verb=Verb.POINT, target="orders")
    yield from _scrolled("orders", 3, hand, sign=-1 if turn % 3 == 2 else 1)
    yield Act(after_ms=250, verb=Verb.PICK, target="orders", amount=14 * (turn % 3) + 20)


def _read_article(_customer: Customer, hand: Hand, turn: int) -> Iterator[Act]:
    yield Act(after_ms=100, verb=Verb.POINT, target="tab Knowledge")
    yield Act(after_ms=150, verb=Verb.TAB, target="Knowledge")
    yield Act(after_ms=50, verb=Verb.PICK, target="articles", amount=turn % len(TITLES))
    yield Act(after_ms=300, verb=Verb.POINT, target="article")
    yield from _scrolled("article", 2, hand)


def _describe(customer: Customer, hand: Hand, _turn: int) -> Iterator[Act]:
    yield Act(after_ms=100, verb=Verb.POINT, target="description")
    yield from _typed("description", _grown("description", customer.description, " ", hand), hand)
    yield Act(after_ms=150, verb=Verb.CHOOSE, target="priority", text="Normal")


def _take_notes(customer: Customer, hand: Hand, _turn: int) -> Iterator[Act]:
    yield Act(after_ms=50, verb=Verb.TAB, target="Notes")
    yield Act(after_ms=200, verb=Verb.POINT, target="note")
    yield from _typed("note", _grown("note", customer.note, "\n", hand), hand)


_BEFORE_CARD: tuple[Work, ...] = (
    _read_customer,
    _fill_subject,
    _look_through_orders,
    _read_article,
    _describe,
)
_AFTER_CARD: tuple[Work, ...] = (
    _take_notes,
    _fill_subject,
    _look_through_orders,
    _describe,
    _read_article,
)
