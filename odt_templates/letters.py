"""The sixteen letters of a request, in the current language: one frame, and what each one says."""

from __future__ import annotations

from collections.abc import Callable

from parts import Block, Document, Para, Row, Table, Tag
from shapes import document, heads, line
from words import word as _

NUMBER = "{{ request.number }}"
RIGHTS = "{{ request.rights }}"


def _day(name: str) -> str:
    return "{{ " + name + '|date("long") }}'


def _letter(
    title: str,
    *body: Block,
    to_applicant: bool = True,
    with_remedies: bool = False,
    reference: tuple[Row | Tag, ...] = (),
) -> Document:
    """Sender, addressee, reference, body, and who signs; a complaint is spoken of once."""
    return document(
        title,
        (
            Para("{{ organisation.name }}", "Heading 3"),
            Tag("{% if organisation.address %}"),
            Para("{{ organisation.address }}", "Note"),
            Tag("{% endif %}"),
            Para("{{ addressee.name }}"),
            Tag("{% if addressee.address %}"),
            Para("{{ addressee.address }}"),
            Tag("{% endif %}"),
            Para(_day("produced_on"), "Note"),
            Para(title, "Heading 1"),
            Table(
                "Reference",
                (5.0, 12.0),
                heads(_("Heading"), _("Content")),
                reference or _reference(),
            ),
            Para(_("Dear Sir or Madam,")),
            *body,
            *(_contact() if to_applicant else ()),
            *((Para("{{ complaint }}", "Note"),) if to_applicant and not with_remedies else ()),
            Para(_("Yours faithfully,")),
            Para("{{ signature }}"),
        ),
    )


def _reference() -> tuple[Row | Tag, ...]:
    return (
        line(_("Request"), NUMBER),
        line(_("Received on"), _day("request.received_on")),
        line(_("Rights"), RIGHTS),
        Tag("{% if subject %}"),
        line(_("Data subject"), "{{ subject }}"),
        Tag("{% endif %}"),
    )


def _contact() -> tuple[Block, ...]:
    """Where to write."""
    return (Para(_("For any question about your data, write to") + " {{ contact }}."),)


def _details(title: str) -> tuple[Block, ...]:
    return (
        Tag("{% if details %}"),
        Para(title, "Heading 3"),
        Para("{{ details }}"),
        Tag("{% endif %}"),
    )


def _reasons() -> tuple[Block, ...]:
    return (Para(_("Our reasons"), "Heading 3"), Para("{{ reasons }}"))


def _remedies() -> tuple[Block, ...]:
    return (
        Para(_("What you can do"), "Heading 3"),
        Para("{{ complaint }}", "Bullet"),
        Para(
            _("You may also bring the matter before a court (GDPR art. 79), whatever you do else."),
            "Bullet",
        ),
    )


def _told() -> tuple[Block, ...]:
    return (
        Tag("{% if recipients %}"),
        Para(_("Whom we told (GDPR art. 19)"), "Heading 3"),
        Para("{{ recipients }}"),
        Tag("{% endif %}"),
    )


def acknowledgement() -> Document:
    """The request has come in."""
    return _letter(
        _("We have received your request"),
        Para(_("We received your request on") + f" {_day('request.received_on')}."),
        Tag("{% if request.scope %}"),
        Para(_("You ask:")),
        Para("{{ request.scope }}"),
        Tag("{% endif %}"),
        Para(
            _("We will answer it, free of charge, by")
            + f" {_day('request.due_on')} "
            + _("at the latest (GDPR art. 12(3)).")
        ),
    )


def identity_request() -> Document:
    """Proof of identity, because of a reasonable doubt."""
    return _letter(
        _("We need to be sure who asks"),
        Para(
            _(
                "Before we give out or change personal data, we must be sure that they are yours. "
                "A doubt remains (GDPR art. 12(6)):"
            )
        ),
        Para("{{ details }}"),
        Para(
            _(
                "Please answer from the address that we have on file, or tell us something that "
                "only you and we know, such as your member number and the date of your last "
                "payment. A copy of an identity document is not needed unless nothing else helps; "
                "then hide its photograph and its number."
            )
        ),
        Para(
            _(
                "What you send is deleted as soon as we have decided on your request, and after "
                "one year at the latest."
            )
        ),
    )


def clarification() -> Document:
    """What exactly is asked."""
    return _letter(
        _("A question about your request"),
        Para(_("To give you a useful answer, we need to know:")),
        Para("{{ details }}"),
        Para(
            _(
                "If you want everything that we hold, say so: you need not narrow your request. "
                "We answer by"
            )
            + f" {_day('request.due_on')} "
            + _("at the latest (GDPR art. 12(3)).")
        ),
    )


def extension() -> Document:
    """More time, with its reason."""
    return _letter(
        _("We need more time for your request"),
        Para(
            _("Your request was due on")
            + f" {_day('request.first_due_on')}. "
            + _("We extend this term, as article 12(3) of the GDPR allows. You have our answer by")
            + f" {_day('request.due_on')}."
        ),
        *_reasons(),
        *_remedies(),
        with_remedies=True,
    )


def access_response() -> Document:
    """The copy, and how to read it."""
    return _letter(
        _("Your personal data: our answer"),
        Para(
            _(
                "You asked for your personal data. You receive a document with all that we hold "
                "about you, what it is used for, who receives it, how long it is kept and where it "
                "comes from (GDPR art. 15), and the same content in a file for machines."
            )
        ),
        Para(
            _(
                "It contains your data alone. Other persons are named by their role, and what was "
                "left out is listed with the reason."
            )
        ),
        *_details(_("Good to know")),
    )


def no_data() -> Document:
    """Nothing is held."""
    return _letter(
        _("We hold no data about you"),
        Para(
            _(
                "We searched our files for the name and the contact details of your request and "
                "found no data about you (GDPR art. 15(1)). Your request itself is kept in our "
                "register of requests for five years, to prove that it was answered."
            )
        ),
        *_details(_("Where we searched")),
    )


def rectified() -> Document:
    """The data are put right."""
    return _letter(
        _("Your data have been put right"),
        Para(_("As you asked, we have put your data right (GDPR art. 16):")),
        Para("{{ details }}"),
        *_told(),
    )


def erased() -> Document:
    """All is erased."""
    return _letter(
        _("Your data have been erased"),
        Para(
            _(
                "As you asked, we have erased the data that we held about you (GDPR art. 17). This "
                "cannot be undone. Copies in our backups go with their rotation."
            )
        ),
        Para(
            _(
                "Your request is kept in our register of requests for five years, to prove that it "
                "was answered."
            )
        ),
        *_told(),
    )


def partly_erased() -> Document:
    """A part is erased, the rest is kept for reasons."""
    return _letter(
        _("Part of your data has been erased"),
        Para(
            _(
                "As you asked, we have erased the data that we held about you, but for those that "
                "we must keep (GDPR art. 17(3))."
            )
        ),
        Para(_("What is kept, why and until when"), "Heading 3"),
        Para("{{ kept }}"),
        *_told(),
        *_remedies(),
        with_remedies=True,
    )


def restricted() -> Document:
    """The data may only be stored."""
    return _letter(
        _("The use of your data is restricted"),
        Para(
            _(
                "As you asked, your data are now only stored: nobody uses, changes or erases them "
                "(GDPR art. 18), but with your consent, for legal claims or to protect another "
                "person. We tell you before this ends."
            )
        ),
        *_details(_("What is restricted, and why")),
        *_told(),
    )


def restriction_lift() -> Document:
    """The restriction is about to end."""
    return _letter(
        _("The restriction of your data is about to end"),
        Para(
            _(
                "You obtained that the use of your data be restricted. As article 18(3) of the "
                "GDPR asks, we tell you before we lift this restriction."
            )
        ),
        Para(_("When, and why"), "Heading 3"),
        Para("{{ details }}"),
    )


def portability_response() -> Document:
    """What the person gave, in a format of machines."""
    return _letter(
        _("Your data to take along"),
        Para(
            _(
                "You receive the data that you gave us under your consent or a contract, in a "
                "structured format that machines read (JSON and CSV, with a description of each "
                "field): article 20 of the GDPR."
            )
        ),
        Para(
            _(
                "You may hand it to another organisation. Our own appraisals are not in it; ask "
                "for access to your data to receive them."
            )
        ),
        *_details(_("Good to know")),
    )


def objection_granted() -> Document:
    """The use has ended."""
    return _letter(
        _("Your objection has been followed"),
        Para(
            _(
                "You objected to a use of your data (GDPR art. 21). We have ended this use. Where "
                "you objected to messages, none will be sent to you any more."
            )
        ),
        *_details(_("What has ended")),
        *_told(),
    )


def refusal() -> Document:
    """No, with reasons and remedies."""
    return _letter(
        _("We cannot grant your request"),
        Para(_("We have examined your request and cannot grant it (GDPR art. 12(4)).")),
        *_reasons(),
        *_remedies(),
        with_remedies=True,
    )


def recipient_notice() -> Document:
    """To who received the data: they changed."""
    return _letter(
        _("Data that we gave you have changed"),
        Para(
            _(
                "We gave you personal data of the person named above. They have been rectified, "
                "erased or restricted at the request of this person. As article 19 of the GDPR "
                "asks, we tell you, so that you do the same:"
            )
        ),
        Para("{{ details }}"),
        Para(_("Please confirm that it is done by writing to") + " {{ contact }}."),
        to_applicant=False,
    )


def breach_notice() -> Document:
    """A breach that may harm the person."""
    return _letter(
        _("A breach concerns your personal data"),
        Para(
            _(
                "Personal data about you were concerned by a breach of security that may be of "
                "consequence to you. Article 34 of the GDPR asks us to tell you in plain words."
            )
        ),
        Tag("{% if breach %}"),
        *_said(_("What happened"), "breach.facts"),
        *_said(_("Your data concerned"), "breach.data_categories"),
        *_said(_("What may follow"), "breach.consequences"),
        *_said(_("What we have done"), "breach.measures"),
        *_said(_("What you can do"), "breach.advice"),
        Tag("{% else %}"),
        Para(
            _("What happened, what may follow, what we have done and what you can do"), "Heading 3"
        ),
        Para("{{ details }}"),
        Tag("{% endif %}"),
        reference=(
            Tag("{% if breach %}"),
            line(_("Breach"), "{{ breach.number }}"),
            line(_("Discovered on"), _day("breach.discovered_on")),
            Tag("{% if breach.occurred_on %}"),
            line(_("Occurred on"), _day("breach.occurred_on")),
            Tag("{% endif %}"),
            line(_("Nature"), "{{ breach.natures }}"),
            Tag("{% else %}"),
            *_reference(),
            Tag("{% endif %}"),
        ),
    )


def _said(title: str, name: str) -> tuple[Block, ...]:
    """A heading with what the breach says there; neither of them where it says nothing."""
    return (
        Tag(f"{{% if {name} %}}"),
        Para(title, "Heading 3"),
        Para("{{ " + name + " }}"),
        Tag("{% endif %}"),
    )


LETTERS: dict[str, Callable[[], Document]] = {
    "acknowledgement": acknowledgement,
    "identity_request": identity_request,
    "clarification": clarification,
    "extension": extension,
    "access_response": access_response,
    "no_data": no_data,
    "rectified": rectified,
    "erased": erased,
    "partly_erased": partly_erased,
    "restricted": restricted,
    "restriction_lift": restriction_lift,
    "portability_response": portability_response,
    "objection_granted": objection_granted,
    "refusal": refusal,
    "recipient_notice": recipient_notice,
    "breach_notice": breach_notice,
}
