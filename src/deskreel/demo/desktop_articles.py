"""The knowledge base of the demo desktop: article titles and texts as simple HTML."""

from __future__ import annotations

TITLES = (
    "Transit damage: replace or refund",
    "Express delivery: fees and cut-off",
    "Collection of damaged goods",
    "Guarantee periods by product",
    "Gas lift: test and replacement",
    "Change of delivery address",
    "Taking a card payment by phone",
    "Desk controller error codes",
    "Returns without original box",
)

_SECTIONS = (
    (
        "When this applies",
        "<p>The customer reports damage that was there when the parcel was opened. It does not matter whether "
        "the box was damaged. Report within 14 days of delivery; after that, use <i>Guarantee periods by "
        "product</i>.</p>",
    ),
    (
        "Check first",
        "<ol><li>Open the order and compare the item with what the customer describes.</li>"
        "<li>Ask which part is damaged: top, frame, motor, controller or accessory.</li>"
        "<li>Ask whether the part can be used safely until the replacement arrives.</li>"
        "<li>Ask for one photo by e-mail. Do not hold the replacement for it.</li></ol>",
    ),
    (
        "What to offer",
        "<table cellpadding='7' width='100%'>"
        "<tr><td><b>Part</b></td><td><b>Offer</b></td><td><b>Delivery</b></td></tr>"
        "<tr><td>Desk top, drawer front</td><td>New part, old one collected</td><td>5 working days</td></tr>"
        "<tr><td>Frame or motor</td><td>New frame, technician on request</td><td>7 working days</td></tr>"
        "<tr><td>Controller, cable</td><td>New part, old one is kept</td><td>2 working days</td></tr>"
        "<tr><td>Chair part</td><td>New part with fitting guide</td><td>3 working days</td></tr></table>"
        "<p>A discount instead of a replacement is possible for marks that are not visible in use: 10 % up to "
        "£50 without approval, more with approval by the team lead.</p>",
    ),
    (
        "Express delivery",
        "<p>Express costs <b>£24.90</b> for the customer and arrives on the next delivery day when it is ordered "
        "before 15:00. Waive the fee when the same order was damaged before, or for Business customers with a "
        "service contract. Take the fee by card: the recording of the call has to be paused while the "
        "customer says the card number.</p>",
    ),
    (
        "Collection",
        "<p>The courier that brings the new part takes the old one. The customer needs no label. The window is "
        "three hours; the customer can move it by text message until the evening before.</p>"
        "<ul><li>The part should be in a box or wrapped in cardboard.</li>"
        "<li>Tops over 140 cm need two people: set the flag <i>Heavy item</i>.</li>"
        "<li>If nobody is at home, the courier tries once more on the next day.</li></ul>",
    ),
    (
        "In the case",
        "<p>Category <b>Delivery / Damage</b>, priority Normal. Write what is damaged, what was agreed and the "
        "collection window. Close the case when the new part is delivered; the system does this by itself "
        "when the order carries the case number.</p>",
    ),
    (
        "What to say",
        "<p><i>“I am sorry that it arrived like this. I send you a new part today, and the courier takes the "
        "damaged one back. You do not need to do anything else.”</i></p>"
        "<p>Avoid promises about the hour of delivery, and do not ask the customer to repair anything.</p>",
    ),
    (
        "Related",
        "<p>Guarantee periods by product · Returns without original box · Courier claims (team leads only)</p>",
    ),
)


def article(index: int, *, heading: str, soft: str) -> str:
    """The HTML of the article at `index` in TITLES; `heading` and `soft` are colours."""
    start = index % 3  # articles differ in the order of their parts
    parts = _SECTIONS[start:-1] + _SECTIONS[:start] + _SECTIONS[-1:]
    body = "".join(
        f"<h3 style='color:{heading}; font-size:17px; margin-top:22px; margin-bottom:4px'>{title}</h3>{text}"
        for title, text in parts
    )
    return (
        f"<div style='line-height:150%'><h2 style='font-size:24px; margin-bottom:2px'>{TITLES[index]}</h2>"
        f"<p style='color:{soft}; margin-top:2px'>KB-{1040 + 17 * index} · Version 7 · Reviewed in May 2026 · "
        f"4 min read</p>{body}</div>"
    )
