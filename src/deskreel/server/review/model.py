"""What the API speaks of reviewing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from deskreel.server.interactions.asked import InteractionFilters

LONGEST_COMMENT = 4_000  # characters
_DAY_MS = 24 * 3_600_000


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold the character NUL")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_without_nul),
]
# how long it may be is said in words by `comments`, which also counts for the author
CommentText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000),
    AfterValidator(_without_nul),
    Field(description=f"Up to {LONGEST_COMMENT} characters."),
]
Moment = Annotated[int, Field(ge=0, le=7 * _DAY_MS, description="In ms after the interaction's start.")]


class Person(BaseModel):
    """A user, by name."""

    id: str
    name: str


class CommentContent(BaseModel):
    """What its author says."""

    model_config = ConfigDict(extra="forbid")

    at_ms: Moment
    until_ms: Moment | None = Field(default=None, description="End of a range; null: a point.")
    text: CommentText


class NewComment(CommentContent):
    """A comment to be made."""

    once: Line | None = Field(
        default=None, description="A name of your choice: sent again under it, it is not made twice."
    )


class CommentChange(CommentContent):
    """All of a comment anew."""

    revision: int = Field(ge=1, description="The one that was read.")


class Comment(BaseModel):
    """Somebody's comment on a point or range of an interaction's timeline."""

    id: str
    interaction_id: str
    author: Person
    at_ms: int = Field(description="In ms after the interaction's start.")
    until_ms: int | None
    text: str
    revision: int
    created_at: int
    edited_at: int | None
    may_edit: bool = Field(description="The caller wrote it.")
    may_delete: bool = Field(description="The caller wrote it, or is an admin.")


class CommentList(BaseModel):
    """The comments of an interaction, in the order of its timeline."""

    items: list[Comment]


class SavedQuery(InteractionFilters):
    """Filters to keep: as the list takes them, or with days that move on with the calendar."""

    range: Literal["today", "yesterday", "7d", "30d", "month"] | None = Field(
        default=None, description="Days up to the reader's today, in place of since and until."
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.range is not None and (self.since, self.until) != (None, None):
            raise ValueError("range stands in place of since and until: give the one or the others")
        return self


class FilterContent(BaseModel):
    """A filter of the list of interactions, to keep."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    query: SavedQuery
    shared: bool = Field(default=False, description="Everybody sees it; needs filters.share.")


class FilterChange(FilterContent):
    """All of a saved filter anew."""

    revision: int = Field(ge=1, description="The one that was read.")


class SavedFilter(BaseModel):
    """A saved filter."""

    id: str
    name: str
    query: SavedQuery = Field(description="As the list takes it; what is null is not asked for.")
    shared: bool
    owner: Person
    revision: int
    changed_at: int
    may_edit: bool = Field(description="The caller made it.")
    may_delete: bool = Field(description="The caller made it; or it is shared, and the caller is an admin.")


class SavedFilterList(BaseModel):
    """One's own by name, then those that others share."""

    items: list[SavedFilter]


class NewScreenshot(BaseModel):
    """A still that is about to be taken."""

    model_config = ConfigDict(extra="forbid")

    at_ms: Moment
