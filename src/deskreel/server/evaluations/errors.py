"""What can go wrong with forms and evaluations."""

from __future__ import annotations

from deskreel.core.errors import ConflictError, ForbiddenError, InvalidInputError


class QmOffError(ConflictError):
    """Quality Management is off for the account."""

    code = "quality_management_off"
    title = "Quality Management is off"
    hint = "An admin can switch it on under Settings, Features; what was published before can still be read."


class FormNotReadyError(InvalidInputError):
    """A form that cannot be published as it is; `problems` lists why."""

    code = "form_not_ready"
    title = "The form cannot be published yet"
    hint = "Mend what `problems` lists, and publish again."


class FormInUseError(ConflictError):
    """A form that was published cannot be deleted."""

    code = "form_in_use"
    title = "The form was published"
    hint = "Archive it: evaluations keep their version."


class FormUnusableError(ConflictError):
    """A form that is archived, or not published yet."""

    code = "form_not_usable"
    title = "Nothing can be evaluated with this form"
    hint = "Publish the form, or take it out of the archive, or choose another one."


class AgentNeededError(InvalidInputError):
    """A call of several agents; `agents` lists them."""

    code = "agent_needed"
    title = "It is not said which agent of the call is meant"
    hint = "Send `agent_id`: one of those in `agents`."


class AgentNotInQmError(ConflictError):
    """An agent who is not enabled in Quality Management."""

    code = "agent_not_in_quality_management"
    title = "This agent is not enabled in Quality Management"
    hint = "An admin can enable them under Settings, Users."


class EvaluatorUnsuitableError(ConflictError):
    """Somebody who cannot evaluate this."""

    code = "evaluator_not_suitable"
    title = "This person cannot evaluate this call"
    hint = "Choose an active user who may evaluate, looks after the agent's team, and is not the agent."


class EvaluationIncompleteError(InvalidInputError):
    """Answers that cannot be published; `problems` lists why, by question."""

    code = "evaluation_incomplete"
    title = "The evaluation is not complete"
    hint = "Mend what `problems` lists, and publish again."


class InteractionGoneError(ConflictError):
    """The call was deleted."""

    code = "interaction_gone"
    title = "The call of this evaluation was deleted"
    hint = "It can no longer be evaluated; delete the evaluation."


class NotYourEvaluationError(ForbiddenError):
    """Somebody else's to do."""

    code = "not_your_evaluation"
    title = "This evaluation is somebody else's"
    hint = "Only its evaluator can work on it; who assigns evaluations can give it to you."


class OwnEvaluationError(ForbiddenError):
    """The second reviewer must be a second person."""

    code = "own_evaluation"
    title = "You cannot review this yourself"
    hint = "Somebody other than the evaluator and the agent must answer the dispute."


class TooMuchFeedbackError(ConflictError):
    """More pieces of feedback than an evaluation can have."""

    code = "too_much_feedback"
    title = "There is too much feedback"
    hint = "Remove some of it first; the limit is in the detail."
