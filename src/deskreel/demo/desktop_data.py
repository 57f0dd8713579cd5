"""What the demo desktop shows: invented people, orders, articles and texts. Nothing here is anybody's data.

E-mail addresses are under example.com, telephone numbers in ranges that are reserved for fiction, the card
number is a well-known test number.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

CARD_NUMBER = "4000 0000 0000 0002"
CARD_EXPIRY = "12 / 31"
CARD_CODE = "000"
AMOUNT = "£24.90"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A caller and the case that the call is about."""

    name: str
    number: str  # customer number
    phone: str
    email: str
    address: str
    since: str
    tier: str
    case: str  # case number
    order: str  # the order that the call is about
    subject: str
    description: str
    note: str  # typed during the call
    wrap_up: str  # typed after the call


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One line of the order list."""

    number: str
    placed: str
    item: str
    channel: str
    quantity: int
    total: str
    status: str


CUSTOMERS = (
    Customer(
        name="Eleanor Whitfield",
        number="HC-204 718",
        phone="+44 20 7946 0312",
        email="eleanor.whitfield@example.com",
        address="18 Larkspur Row\nBristol BS6 7QN",
        since="March 2019",
        tier="Plus member",
        case="CS-48213",
        order="HL-90417",
        subject="Desk top scratched on arrival",
        description="Scratch along the front edge, about 20 cm. Frame and motor are fine. "
        "New top wanted by Thursday.",
        note="Replacement top ordered, express. Collection Thursday 9 to 12. Confirmation sent by e-mail.",
        wrap_up="Desk top damaged in transit, replaced under guarantee. Express fee paid by card. "
        "Photo requested for the courier claim. No further action by the customer.",
    ),
    Customer(
        name="Tomasz Brandt",
        number="HC-198 330",
        phone="+44 161 496 0177",
        email="t.brandt@example.com",
        address="4 Millstone Court\nManchester M20 3GD",
        since="August 2021",
        tier="Standard",
        case="CS-48240",
        order="HL-91102",
        subject="Chair gas lift does not hold its height",
        description="Seat sinks within minutes. Tried the reset in the manual, no change. "
        "Guarantee until 2031. Customer wants the part sent with express delivery.",
        note="Gas lift HL-GL4 ordered, express. Fitting guide sent by e-mail. "
        "Offered a call back on Friday, accepted.",
        wrap_up="Faulty gas lift, part sent under guarantee, express fee paid by card. "
        "Call back on Friday to confirm that the chair holds its height.",
    ),
    Customer(
        name="Amara Nwosu",
        number="HC-211 056",
        phone="+44 29 2018 0465",
        email="amara.nwosu@example.com",
        address="Flat 9, 52 Quay Street\nCardiff CF10 1EA",
        since="January 2023",
        tier="Business",
        case="CS-48266",
        order="HL-91385",
        subject="Change of delivery address for six desks",
        description="New office is ready one week early. Six desks to go to Quay Street instead. "
        "Goods lift on site, contact is the building desk. Express delivery requested.",
        note="Address changed for all six desks. Express slot Wednesday morning, two people. "
        "Building desk has our reference.",
        wrap_up="Address changed before dispatch, express fee paid by card. "
        "Warehouse informed by task 7731. Nothing open.",
    ),
)

_ITEMS = (
    ("Harbour standing desk 160, oak", 649.00),
    ("Harbour desk top 160, oak", 189.00),
    ("Mistral task chair, graphite", 329.00),
    ("Cable tray, long", 34.50),
    ("Monitor arm, single", 89.00),
    ("Monitor arm, dual", 139.00),
    ("Desk lamp Lumen 2", 74.90),
    ("Drawer unit on castors", 159.00),
    ("Footrest, adjustable", 45.00),
    ("Acoustic panel 120 x 60", 112.00),
    ("Chair mat, clear", 58.00),
    ("Gas lift HL-GL4", 39.00),
)
_STATUSES = ("Delivered",) * 12 + ("In transit", "In transit", "Processing", "Returned", "Cancelled")


def orders(customer: Customer, seed: int, count: int = 120) -> tuple[Order, ...]:
    """The customer's orders, newest first; the same for the same seed."""
    rng = random.Random(f"{customer.number}/{seed}")  # noqa: S311 - invented data, no secret
    placed, number = date(2026, 6, 11), int(customer.order.split("-")[1])
    found: list[Order] = []
    while len(found) < count:
        item, price = rng.choice(_ITEMS) if found else _ITEMS[0]
        quantity = rng.choice((1, 1, 1, 2, 4)) if found else 1
        found.append(
            Order(
                number=f"HL-{number}",
                placed=placed.strftime("%d %b %Y"),
                item=item,
                channel=rng.choice(("Web", "Web", "Phone", "Store")),
                quantity=quantity,
                total=f"£{price * quantity:,.2f}",
                status=rng.choice(_STATUSES) if found else "Delivered",
            )
        )
        placed -= timedelta(days=rng.randint(2, 19))
        number -= rng.randint(40, 640)
    return tuple(found)


STATUS_TONES = {
    "Delivered": "good",
    "In transit": "info",
    "Processing": "quiet",
    "Returned": "warn",
    "Cancelled": "bad",
    "Resolved": "good",
    "Open": "info",
    "Waiting": "warn",
}

HISTORY = (
    ("11 Jun 2026", "Order", "Standing desk ordered on the web", "Resolved"),
    ("02 May 2026", "Call", "Question about the guarantee of the frame", "Resolved"),
    ("17 Mar 2026", "E-mail", "Invoice with VAT number requested", "Resolved"),
    ("09 Feb 2026", "Chat", "Assembly: cable tray does not fit", "Resolved"),
    ("21 Nov 2025", "Call", "Delivery moved by one week", "Resolved"),
    ("30 Sep 2025", "Return", "Monitor arm returned, wrong size", "Resolved"),
    ("12 Jul 2025", "E-mail", "Newsletter preferences changed", "Resolved"),
    ("28 May 2025", "Call", "Delivery note missing in the parcel", "Resolved"),
    ("03 Apr 2025", "Store", "Chair tried out in the Bristol store", "Resolved"),
    ("19 Feb 2025", "Chat", "Which monitor arm fits the oak top", "Resolved"),
    ("08 Jan 2025", "E-mail", "Address changed after a move", "Resolved"),
)

PRODUCTS = (
    ("Harbour standing desk 160", "SN 7714-0923", "until 06 / 2031"),
    ("Mistral task chair", "SN 5520-1187", "until 02 / 2030"),
    ("Monitor arm, dual", "SN 3308-4410", "until 02 / 2027"),
    ("Desk lamp Lumen 2", "SN 1102-7754", "until 11 / 2026"),
)

RECENT = (
    ("09:02", "Priya Raman", "Delivery date of a drawer unit", "4:12", "Resolved"),
    ("09:11", "George Ellery", "Invoice to another address", "2:48", "Resolved"),
    ("09:24", "Sofia Marchetti", "Chair armrest loose", "6:31", "Open"),
    ("09:40", "Liam Corrigan", "Order cancelled before dispatch", "3:05", "Resolved"),
    ("09:52", "Hannah Vogel", "Desk controller shows E04", "8:17", "Waiting"),
    ("10:07", "Yusuf Demir", "Question about colours", "1:56", "Resolved"),
    ("10:18", "Nora Lindgren", "Return label not received", "2:22", "Resolved"),
    ("10:29", "Peter Aldous", "Lamp flickers", "5:40", "Open"),
)

TEAM = (
    ("Daniel Okafor", "Available", "good"),
    ("Ruth Castellano", "On a call", "info"),
    ("Imran Sheikh", "On a call", "info"),
    ("Beth Okonkwo", "After Call Work", "warn"),
    ("Jonas Petersen", "Break", "quiet"),
    ("Carla Mendes", "On a call", "info"),
    ("Owen Pritchard", "Available", "good"),
)

PAST_NOTES = (
    ("02 May 2026 · Ruth Castellano", "Explained that frame and motor carry a five year guarantee."),
    ("17 Mar 2026 · Imran Sheikh", "Sent the invoice again with the VAT number on it."),
    ("21 Nov 2025 · Daniel Okafor", "Moved the delivery by a week at the customer's wish."),
)

MORE_NOTES = (
    "Customer asked for the same oak batch, warehouse has it.",
    "Told the customer about the text message with the courier's window.",
    "Checked the guarantee, frame and motor are covered until June 2031.",
    "Customer prefers e-mail over phone for questions about this case.",
)

MY_CASES = (
    ("CS-48190", "Chair armrest loose", "Sofia Marchetti", "today, 15:30", "Open"),
    ("CS-48177", "Desk controller shows E04", "Hannah Vogel", "today, 17:00", "Waiting"),
    ("CS-48169", "Lamp flickers", "Peter Aldous", "tomorrow", "Open"),
    ("CS-48142", "Second monitor arm missing", "Isabel Duarte", "tomorrow", "Waiting"),
    ("CS-48120", "Wrong colour of drawer unit", "Kofi Mensah", "Wednesday", "Open"),
    ("CS-48098", "Courier did not come", "Julia Sorensen", "Wednesday", "Waiting"),
    ("CS-48071", "Invoice shows two desks", "Martin Keogh", "Friday", "Open"),
)

NEWS = (
    ("Today", "Express deliveries to the islands take one day longer this week."),
    ("Yesterday", "New article: desk controller error codes, with the reset for model 3."),
    ("Friday", "Courier collections can be moved by text message until 20:00."),
)

SIMILAR = (
    ("CS-47702", "Desk top scratched, replaced"),
    ("CS-47355", "Edge of desk top chipped"),
    ("CS-46918", "Scratch on drawer front"),
    ("CS-46240", "Desk top bent, frame fine"),
)

CHECKLIST = (
    "Order and item compared",
    "Damaged part named",
    "Photo asked for",
    "Offer explained",
    "Collection window agreed",
)

PAYMENTS = (
    ("11 Jun 2026", "Standing desk, order paid on the web", "£649.00"),
    ("17 Mar 2026", "Acoustic panels, invoice", "£448.00"),
    ("02 Feb 2026", "Task chair, card in store", "£329.00"),
    ("14 Nov 2025", "Desk lamp, order paid on the web", "£74.90"),
)
